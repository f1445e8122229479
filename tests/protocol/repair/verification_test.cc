#include "protocol/repair/verification.h"

#include <catch2/catch.hpp>

#include "tests/protocol/messages/recording_transport.h"
#include "tests/storage/memory_database.h"

using namespace tutti;
using namespace std::chrono_literals;

namespace {

// The node n1, who knows of others.
struct Verifying {
  MemoryDatabase data;
  RecordingTransport transport;
  Messenger messenger{transport};
  Membership membership{member_record(1), MemoryDatabase::kKey};
  Verification verification{*data.db, membership, messenger};
  Now now{Instant(1h), {}};

  explicit Verifying(std::initializer_list<uint8_t> others = {}) {
    for (const uint8_t other : others) {
      membership.merge(member_record(other));
      transport.connect(node_id(other));
    }
  }
  void write() { data.set(ActorId{1}, "k" + std::to_string(data.db->clock().get(ActorId{1}).value), "v"); }
  void merge() {
    data.merge();
    verification.merged(now);
  }
  FingerprintTellMessage own_tell(uint64_t id) const {
    const auto merged = data.db->merged();
    return {id, clock_hash(data.db->key(), merged->clock), merged->fingerprints.total(), merged->keys,
            merged->rows};
  }
  // The ids under which the others were asked, one each.
  std::map<NodeId, uint64_t> asked() {
    std::map<NodeId, uint64_t> ids;
    while (!transport.sent.empty()) {
      const auto sent = transport.take();
      CHECK(ids.emplace(sent.to, RecordingTransport::decoded<FingerprintAskMessage>(sent).id).second);
    }
    return ids;
  }
  std::optional<VerifyAnswer> verified(uint64_t token) {
    verification.handle_timeout(now);
    auto answer = verification.poll();
    if (!answer) return std::nullopt;
    CHECK(answer->token == token);
    CHECK_FALSE(verification.poll());
    REQUIRE(std::holds_alternative<VerifyAnswer>(answer->answer));
    return std::get<VerifyAnswer>(std::move(answer->answer));
  }
};

std::vector<std::string> names(const VerifyAnswer& answer) {
  std::vector<std::string> all;
  for (const auto& node : answer.nodes) all.push_back(node.node);
  return all;
}

}  // namespace

TEST_CASE("a fingerprint comes with the first merge that holds the moment it was asked at",
          "[verification]") {
  Verifying node;
  CHECK_FALSE(node.verification.wants_merge());
  node.write();
  auto under_way = node.data.db->begin_merge();
  node.write();
  node.verification.ask_fingerprint(7);
  CHECK(node.verification.wants_merge());
  auto outcome = under_way->run();
  REQUIRE(node.data.db->finish_merge(std::move(under_way), std::move(outcome)));
  node.verification.merged(node.now);
  CHECK_FALSE(node.verification.poll());  // that merge was begun too early
  CHECK(node.verification.wants_merge());
  node.merge();
  const auto answer = node.verification.poll();
  REQUIRE(answer);
  CHECK(answer->token == 7);
  const auto& told = std::get<FingerprintAnswer>(answer->answer);
  CHECK(told.node == "n1");
  CHECK(told.id == node_id(1));
  CHECK(told.clock_hash == node.data.db->clock_hash());
  CHECK(told.fingerprint == node.data.db->merged()->fingerprints.total());
  CHECK(told.keys == 2);
  CHECK(told.rows == 2);
  CHECK_FALSE(node.verification.poll());
  CHECK_FALSE(node.verification.wants_merge());
}

TEST_CASE("where there is nothing to merge the answer comes as soon as that is said", "[verification]") {
  Verifying node;
  node.verification.ask_fingerprint(1);
  node.verification.ask_fingerprint(2);
  node.verification.merged(node.now);
  CHECK(node.verification.poll()->token == 1);
  CHECK(node.verification.poll()->token == 2);
}

TEST_CASE("a peer that asks is told after the merge, under its own id", "[verification]") {
  Verifying node{2, 3};
  node.write();
  node.verification.handle(node.now, node_id(2), FingerprintAskMessage{40});
  node.verification.handle(node.now, node_id(3), FingerprintAskMessage{50});
  CHECK(node.verification.wants_merge());
  CHECK(node.transport.sent.empty());
  node.merge();
  for (const auto& [peer, id] : {std::pair(node_id(2), uint64_t{40}), std::pair(node_id(3), uint64_t{50})}) {
    const auto told = node.transport.take<FingerprintTellMessage>(peer);
    const auto own = node.own_tell(id);
    CHECK(told.id == id);
    CHECK(told.clock_hash == own.clock_hash);
    CHECK(told.fingerprint == own.fingerprint);
    CHECK(told.keys == 1);
    CHECK(told.rows == 1);
  }
  CHECK(node.transport.sent.empty());
}

TEST_CASE("verifying asks every member, and they agree where all that they tell is equal", "[verification]") {
  Verifying node{2, 3};
  node.write();
  node.verification.ask_all(node.now, 9);
  const auto ids = node.asked();
  REQUIRE(ids.size() == 2);
  CHECK_FALSE(node.verified(9));
  node.merge();
  node.verification.handle(node.now, node_id(2), node.own_tell(ids.at(node_id(2))));
  CHECK_FALSE(node.verified(9));  // the slowest is waited for
  FingerprintTellMessage last = node.own_tell(ids.at(node_id(3)));
  const int what = GENERATE(0, 1, 2);
  if (what == 1) last.clock_hash.low ^= 1;
  if (what == 2) last.fingerprint.high ^= 1;
  node.verification.handle(node.now, node_id(3), last);
  CHECK(node.verification.next_deadline() <= node.now.mono);  // at once, not when patience ends
  const auto answer = node.verified(9);
  REQUIRE(answer);
  CHECK(answer->agree == (what == 0));
  CHECK(names(*answer) == std::vector<std::string>{"n1", "n2", "n3"});
  CHECK(answer->silent.empty());
  CHECK(answer->nodes[2].fingerprint == last.fingerprint);
  CHECK_FALSE(node.verification.next_deadline());
}

TEST_CASE("one who stays silent is waited for up to a bound, named, and no agreement", "[verification]") {
  Verifying node{2, 3};
  node.verification.ask_all(node.now, 9);
  const auto ids = node.asked();
  node.merge();
  node.verification.handle(node.now, node_id(3), node.own_tell(ids.at(node_id(3))));
  CHECK(node.verification.next_deadline() == node.now.mono + Verification::kPatience);
  node.now.mono += Verification::kPatience - 1ms;
  CHECK_FALSE(node.verified(9));
  node.now.mono += 1ms;
  const auto answer = node.verified(9);
  REQUIRE(answer);
  CHECK_FALSE(answer->agree);
  CHECK(names(*answer) == std::vector<std::string>{"n1", "n3"});
  CHECK(answer->silent == std::vector<std::string>{"n2"});
  // Too late: nobody waits for it.
  node.verification.handle(node.now, node_id(2), node.own_tell(ids.at(node_id(2))));
  CHECK_FALSE(node.verified(9));
}

TEST_CASE("a node whose own merge does not come in time names itself among the silent", "[verification]") {
  Verifying node{2};
  node.write();
  node.verification.ask_all(node.now, 9);
  const auto ids = node.asked();
  node.verification.handle(node.now, node_id(2), node.own_tell(ids.at(node_id(2))));
  node.now.mono += Verification::kPatience;
  const auto answer = node.verified(9);
  REQUIRE(answer);
  CHECK(answer->silent == std::vector<std::string>{"n1"});
  // Its merge comes after all: to nobody.
  node.merge();
  CHECK_FALSE(node.verified(9));
}

TEST_CASE("what nobody asked for, or somebody who was not asked tells, counts for nothing",
          "[verification]") {
  Verifying node{2};
  node.verification.ask_all(node.now, 9);
  const uint64_t id = node.asked().at(node_id(2));
  node.merge();
  node.verification.handle(node.now, node_id(2), node.own_tell(id + 1));
  node.verification.handle(node.now, node_id(3), node.own_tell(id));
  CHECK_FALSE(node.verified(9));
  node.verification.handle(node.now, node_id(2), node.own_tell(id));
  CHECK(node.verified(9)->nodes.size() == 2);
}

TEST_CASE("a member that is forgotten is neither waited for nor answered", "[verification]") {
  Verifying node{2, 3};
  node.verification.handle(node.now, node_id(3), FingerprintAskMessage{1});
  node.verification.ask_all(node.now, 9);
  const uint64_t id = node.asked().at(node_id(2));
  node.verification.forget(node_id(3));
  node.merge();
  CHECK(node.transport.sent.empty());
  node.verification.handle(node.now, node_id(2), node.own_tell(id));
  const auto answer = node.verified(9);
  REQUIRE(answer);
  CHECK(answer->agree);
  CHECK(names(*answer) == std::vector<std::string>{"n1", "n2"});
  CHECK(answer->silent.empty());
}

TEST_CASE("verifications asked for at once are kept apart", "[verification]") {
  Verifying node{2};
  node.verification.ask_all(node.now, 1);
  const uint64_t first = node.asked().at(node_id(2));
  node.now.mono += 1s;
  node.verification.ask_all(node.now, 2);
  const uint64_t second = node.asked().at(node_id(2));
  REQUIRE(first != second);
  node.merge();
  node.verification.handle(node.now, node_id(2), node.own_tell(second));
  CHECK(node.verified(2)->agree);
  CHECK(node.verification.next_deadline() == node.now.mono - 1s + Verification::kPatience);
  node.verification.handle(node.now, node_id(2), node.own_tell(first));
  CHECK(node.verified(1)->agree);
}

TEST_CASE("alone in its cluster a node agrees with itself after a merge", "[verification]") {
  Verifying node;
  node.write();
  node.verification.ask_all(node.now, 5);
  CHECK_FALSE(node.verified(5));
  node.merge();
  const auto answer = node.verified(5);
  REQUIRE(answer);
  CHECK(answer->agree);
  CHECK(answer->nodes.size() == 1);
}

TEST_CASE("of more asks than may wait the oldest is forgotten", "[verification]") {
  Verifying node;
  for (uint64_t token = 1; token <= Verification::kAsksMax + 2; ++token)
    node.verification.ask_fingerprint(token);
  node.verification.merged(node.now);
  for (uint64_t token = 3; token <= Verification::kAsksMax + 2; ++token) {
    const auto answer = node.verification.poll();
    REQUIRE(answer);
    REQUIRE(answer->token == token);
  }
  CHECK_FALSE(node.verification.poll());
}
