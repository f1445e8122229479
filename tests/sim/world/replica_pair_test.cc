#include "tests/sim/world/replica_pair.h"

#include <algorithm>
#include <catch2/catch.hpp>

using namespace tutti;
using tutti::sim::ReplicaPair;

namespace {

constexpr int kConnect = 1000;  // steps, a millisecond each

bool told(ReplicaPair::Node& node, Replica::EventKind kind) {
  return std::ranges::any_of(node.events, [&](const auto& event) { return event.kind == kind; });
}

bool connect(ReplicaPair& pair) {
  return pair.until(
             [&] {
               return pair[0].transport->has_stream(NodeId{{2}}) &&
                      pair[1].transport->has_stream(NodeId{{1}});
             },
             kConnect) &&
         pair.until([] { return false; }, 300) == false;  // the first clocks have met
}

}  // namespace

TEST_CASE("a write shows on the other node after one way") {
  ReplicaPair pair(1);
  REQUIRE(connect(pair));
  pair.set(0, "key", "value");
  REQUIRE_FALSE(pair.has(1, "key"));
  REQUIRE(pair.until([&] { return pair.has(1, "key"); }, 2));
}

TEST_CASE("a lost push is noticed by what follows it and pulled at once") {
  ReplicaPair pair(2);
  REQUIRE(connect(pair));
  pair.datagrams = false;
  pair.set(0, "first", "value");
  pair.datagrams = true;
  pair.set(0, "second", "value");
  REQUIRE(pair.until([&] { return pair[1].replica->waiting_operations() == 1; }, 2));
  REQUIRE_FALSE(pair.has(1, "second"));  // never an effect before its cause
  REQUIRE(pair.settle(5));
}

TEST_CASE("a lost push that nothing follows is found by the clock hashes of probes") {
  ReplicaPair pair(3);
  REQUIRE(connect(pair));
  pair.datagrams = false;
  pair.set(0, "key", "value");
  pair.datagrams = true;
  REQUIRE(pair.settle(1500));
}

TEST_CASE("both sides of a split take writes and hold the same afterwards") {
  ReplicaPair pair(4);
  REQUIRE(connect(pair));
  pair.set(0, "shared", "before");
  REQUIRE(pair.settle(10));
  pair.cut();
  for (int i = 0; i < 500; ++i) {
    pair.set(0, "a" + std::to_string(i), "x");
    pair.set(1, "b" + std::to_string(i), "y");
  }
  pair.remove(0, "shared");
  REQUIRE(told(pair[0], Replica::EventKind::kMemberUnreachable) == false);
  REQUIRE(pair.until([&] { return told(pair[0], Replica::EventKind::kMemberUnreachable); }, 4000));
  pair.join();
  REQUIRE(pair.settle(10'000));
  REQUIRE(pair.has(1, "a499"));
  REQUIRE(pair.has(0, "b0"));
  REQUIRE_FALSE(pair.has(1, "shared"));
}

TEST_CASE(
    "a node whose peers' logs begin too late is brought up by a transfer, and nothing deleted returns") {
  ReplicaOptions options;
  options.log_bytes_hard_max = 1024;  // the log is cut whoever lacks it
  ReplicaPair pair(5, {.merge_log_bytes = 2048, .log_bytes_keep = 512}, options);
  REQUIRE(connect(pair));
  for (int i = 0; i < 50; ++i) pair.set(0, "key" + std::to_string(i), "value");
  REQUIRE(pair.settle(2000));
  pair.cut();
  for (int i = 0; i < 25; ++i) pair.remove(0, "key" + std::to_string(i));
  for (int i = 0; i < 200; ++i) pair.set(0, "new" + std::to_string(i), std::string(50, 'x'));
  pair.set(1, "written apart", "survives");
  REQUIRE(pair.until([&] { return !pair[0].database->floor().empty(); }, 5000));
  REQUIRE_FALSE(pair[1].database->clock().covers(pair[0].database->floor()));
  pair.join();
  REQUIRE(pair.settle(10'000));
  REQUIRE(told(pair[1], Replica::EventKind::kTransferDone));
  for (int i = 0; i < 50; ++i) REQUIRE(pair.has(1, "key" + std::to_string(i)) == (i >= 25));
  REQUIRE(pair.has(1, "new199"));
  REQUIRE(pair.has(0, "written apart"));
  REQUIRE(pair.has(1, "written apart"));
}

TEST_CASE("a peer that takes nothing costs no memory, and catches up by pulling") {
  ReplicaOptions options;
  options.push_backlog_bytes_max = 4096;
  ReplicaPair pair(6, {}, options);
  REQUIRE(connect(pair));
  pair.takes[0] = false;
  pair.datagrams = false;
  for (int i = 0; i < 1000; ++i) pair.set(0, "key" + std::to_string(i), std::string(100, 'x'));
  REQUIRE(pair[0].transport->stream_backlog_bytes(NodeId{{2}}) < 8192);
  pair.cut();  // what the kernel never took is gone with the connection
  pair.takes[0] = pair.datagrams = true;
  pair.join();
  REQUIRE(pair.settle(10'000));
  REQUIRE(pair.has(1, "key999"));
}

TEST_CASE("a large operation on its way is not encoded again for every repeated pull") {
  ReplicaPair pair(10);
  REQUIRE(connect(pair));
  pair.takes[0] = false;  // it leaves very slowly
  pair.set(0, "large", std::string(8 << 20, 'x'));
  pair.set(0, "small", "shows by datagram that something is missing");
  pair.until([] { return false; }, 20'000);
  REQUIRE(pair[1].replica->admin().info(pair.now(), "replication").find("pulls:0") == std::string::npos);
  REQUIRE(pair[0].transport->stream_backlog_bytes(NodeId{{2}}) < 10u << 20);
}

TEST_CASE("a restarted node writes as a new actor and keeps what it had") {
  ReplicaPair pair(7);
  REQUIRE(connect(pair));
  const Dot before = pair.set(0, "key", "1");
  REQUIRE(pair.settle(10));
  pair.restart(0);
  REQUIRE(pair.has(0, "key"));
  const Dot after = pair.set(0, "key", "2");
  REQUIRE(after.actor != before.actor);
  REQUIRE(after.counter == Counter{1});
  REQUIRE(pair.settle(5000));
}

TEST_CASE("verifying asks every node and says whether they agree") {
  ReplicaPair pair(8);
  REQUIRE(connect(pair));
  for (int i = 0; i < 20; ++i) pair.set(i % 2, "key" + std::to_string(i), "value");
  REQUIRE(pair.settle(100));
  pair[0].replica->defer(pair.now(), VerifyRequest{}, 77);
  REQUIRE(pair.until([&] { return !pair[0].answers.empty(); }, 1000));
  REQUIRE(pair[0].answers[0].token == 77);
  const auto& agreed = std::get<VerifyAnswer>(pair[0].answers[0].answer);
  REQUIRE(agreed.agree);
  REQUIRE(agreed.nodes.size() == 2);
  REQUIRE(agreed.nodes[0].keys == 20);

  pair[0].answers.clear();
  pair.cut();
  pair[0].replica->defer(pair.now(), VerifyRequest{}, 78);
  REQUIRE(pair.until([&] { return !pair[0].answers.empty(); }, 60'000));
  const auto& alone = std::get<VerifyAnswer>(pair[0].answers[0].answer);
  REQUIRE_FALSE(alone.agree);
  REQUIRE(alone.silent == std::vector<std::string>{"b"});
}

TEST_CASE("a failed disk stops writes in words, and reads go on") {
  ReplicaPair pair(9);
  REQUIRE(connect(pair));
  pair.set(0, "key", "value");
  pair[0].disk->fail_writes({ErrorCode::kIo, "the disk is full"});
  (void)pair[0].replica->keys().write(pair.now(),
                                      {Edit{Edit::Scope::kKey, key_prefix("other"), value_payload("x"), {}}});
  REQUIRE_FALSE(pair[0].replica->end_turn(pair.now()));
  const auto refused = pair[0].replica->keys().write(
      pair.now(), {Edit{Edit::Scope::kKey, key_prefix("k"), value_payload("x"), {}}});
  REQUIRE_FALSE(refused);
  REQUIRE(refused.error().message.find("the disk is full") != std::string::npos);
  REQUIRE(pair.has(0, "key"));
}

TEST_CASE("what a turn has applied is no longer in the clock when a job has failed before its end") {
  ReplicaPair pair(10);
  const Dot logged = pair.set(0, "key", "value");
  (void)pair[0].replica->keys().write(pair.now(),
                                      {Edit{Edit::Scope::kKey, key_prefix("other"), value_payload("x"), {}}});
  pair[0].replica->disk_failed(pair.now(), {ErrorCode::kIo, "a file could not be deleted"});
  REQUIRE_FALSE(pair[0].replica->end_turn(pair.now()));
  CHECK(pair[0].database->clock().get(logged.actor) == logged.counter);
  CHECK_FALSE(pair[0].database->read(row_key("other", RowKind::kRegister)));
  CHECK(pair.has(0, "key"));
}

TEST_CASE("a full disk refuses writes before they show, and they go on by themselves") {
  ReplicaPair pair(10);
  REQUIRE(connect(pair));
  pair.set(0, "key", "value");
  REQUIRE(pair.settle(10));
  pair[0].disk->fill(false);
  const auto write = [&] {
    return pair[0].replica->keys().write(pair.now(),
                                         {Edit{Edit::Scope::kKey, key_prefix("k"), value_payload("x"), {}}});
  };
  const VersionVector before = pair[0].database->clock();
  const auto refused = write();
  REQUIRE_FALSE(refused);
  REQUIRE(refused.error().code == ErrorCode::kFull);
  REQUIRE(pair[0].replica->end_turn(pair.now()));
  REQUIRE(pair[0].database->clock() == before);
  REQUIRE(pair.has(0, "key"));
  // The other node's writes wait there.
  pair.set(1, "other", "value");
  REQUIRE_FALSE(pair.until([&] { return pair.has(0, "other"); }, 2000));
  pair[0].disk->heal();
  REQUIRE(pair.until([&] { return pair.has(0, "other"); }, 5000));
  REQUIRE(write());
  REQUIRE_FALSE(pair[0].reopen);
  REQUIRE(pair.settle(5000));
}

TEST_CASE("what has expired on a full disk is deleted once there is room") {
  ReplicaPair pair(13);
  const auto wall_ms = [&] { return static_cast<uint64_t>(pair.now().wall_ms()); };
  pair.write(0, {Edit{Edit::Scope::kKey, key_prefix("key"), value_payload("v", wall_ms() + 100), {}}});
  REQUIRE_FALSE(pair.until([] { return false; }, 90));
  pair[0].disk->fill(false);
  REQUIRE_FALSE(pair.until([&] { return !pair.has(0, "key"); }, 3000));
  pair[0].disk->heal();
  REQUIRE(pair.until([&] { return !pair.has(0, "key"); }, 3000));
}

TEST_CASE("a longer life saves the key from a reaper also on a disk that fills amid its delete") {
  for (uint64_t spared = 0; spared < 12; ++spared) {
    CAPTURE(spared);
    ReplicaPair pair(14);
    REQUIRE(connect(pair));
    const auto wall_ms = [&] { return static_cast<uint64_t>(pair.now().wall_ms()); };
    const uint64_t ends_ms = wall_ms() + 100;
    pair.write(1, {Edit{Edit::Scope::kKey, key_prefix("key"), value_payload("v", ends_ms), {}}});
    REQUIRE(pair.settle(20));
    pair.connected = false;
    pair.write(
        0, {Edit{Edit::Scope::kRow, row_key("key", RowKind::kKeyExpiry), expiry_payload(0, wall_ms()), {}}});
    REQUIRE(pair.until([&] { return !pair.has(1, "key"); }, 3000));
    pair[0].disk->fill(false, spared);
    pair.connected = true;
    (void)pair.until([] { return false; }, 3000);
    pair[0].disk->heal();
    REQUIRE(pair.settle(30'000));
    CHECK(pair.has(0, "key"));
    CHECK(pair.has(1, "key"));
  }
}

TEST_CASE("a disk that fills amid a write makes the node open its store anew") {
  ReplicaPair pair(12);
  REQUIRE(connect(pair));
  pair.set(0, "key", "value");
  REQUIRE(pair.settle(10));
  pair[0].disk->fill(true);
  const VersionVector before = pair[0].database->clock();
  REQUIRE(pair[0].replica->keys().write(pair.now(),
                                        {Edit{Edit::Scope::kKey, key_prefix("k"), value_payload("x"), {}}}));
  const auto failed = pair[0].replica->end_turn(pair.now());
  REQUIRE_FALSE(failed);
  REQUIRE(failed.error().code == ErrorCode::kFull);
  REQUIRE(pair[0].database->clock() == before);
  REQUIRE(pair.has(0, "key"));
  REQUIRE_FALSE(pair.until([&] { return pair[0].reopen; }, 3000));
  pair[0].disk->heal();
  REQUIRE(pair.until([&] { return pair[0].reopen; }, 3000));
  pair.restart(0);
  REQUIRE(pair[0].database->clock() == before);
  pair.set(0, "key", "another");
  REQUIRE(pair.settle(5000));
}

TEST_CASE("a forgotten peer is met anew") {
  ReplicaPair pair(11);
  REQUIRE(connect(pair));
  pair.set(0, "key", "value");
  REQUIRE(pair.settle(10));
  pair[0].replica->forget(pair.now(), NodeId{{2}});
  REQUIRE_FALSE(pair[0].transport->has_stream(NodeId{{2}}));
  REQUIRE(pair[0].replica->admin().members(pair.now()).at(1).state == "unknown");
  pair.set(1, "key", "another");
  REQUIRE(connect(pair));
  REQUIRE(pair.settle(2000));
  REQUIRE(pair[0].replica->admin().members(pair.now()).at(1).state == "alive");
}
