#pragma once

#include <array>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "protocol/replica/replica.h"
#include "sim/kernel/seeded_random.h"
#include "sim/machine/null_transport.h"
#include "storage/base/check.h"
#include "storage/model/payload.h"
#include "storage/model/row_key.h"
#include "storage/store/memory_store.h"

namespace tutti::sim {

class TrustsEverybody final : public MemberTrust {
 public:
  Result<> verify(const MemberRecord&, WallTime) const override { return {}; }
  std::string sign(ByteView) const override { return {}; }
};

// Two replicas on virtual time, a millisecond a step. Syncs and merges take no time.
// Loses: datagrams while `datagrams` is off; everything while `connected` is off. Never: bytes of a stream
// that stays.
class ReplicaPair {
 public:
  struct Node {
    std::shared_ptr<MemoryDisk> disk = std::make_shared<MemoryDisk>();
    std::unique_ptr<MemoryStore> store;
    std::unique_ptr<Database> database;
    std::unique_ptr<NullTransport> transport;
    std::unique_ptr<SeededRandom> random;
    std::unique_ptr<Replica> replica;
    std::vector<Replica::Event> events;
    std::vector<Replica::Deferral> answers;
    bool reopen = false;  // it asked for that
  };

  explicit ReplicaPair(uint64_t seed, Database::Options database = {}, ReplicaOptions replica = {})
      : seed_(seed), database_options_(database), replica_options_(std::move(replica)) {
    for (size_t i = 0; i < 2; ++i) start(i);
  }

  Node& operator[](size_t i) { return nodes_[i]; }
  Now now() const {
    return {Instant(elapsed_), WallTime(std::chrono::milliseconds(1'700'000'000'000) + ms())};
  }
  bool datagrams = true;
  bool connected = true;
  std::array<bool, 2> takes{true, true};  // false: that node's kernel takes nothing it sends by stream

  // One write, and its turn. REQUIRES that it succeeds.
  Dot set(size_t i, ByteView key, ByteView value) {
    return write(i, {Edit{Edit::Scope::kKey, key_prefix(key), value_payload(value), {}}});
  }
  Dot remove(size_t i, ByteView key) { return write(i, {Edit{Edit::Scope::kKey, key_prefix(key), {}, {}}}); }
  Dot write(size_t i, std::vector<Edit> edits) {
    const auto dot = nodes_[i].replica->keys().write(now(), std::move(edits));
    check(dot.has_value(), "the write is taken");
    turn(i);
    return *dot;
  }
  bool has(size_t i, ByteView key) {
    return !(*nodes_[i].database->read(row_key(key, RowKind::kRegister)))->empty();
  }
  bool equal() const { return nodes_[0].database->clock() == nodes_[1].database->clock(); }

  // Steps until `done`; false: not done after `steps` steps.
  bool until(const std::function<bool()>& done, int steps) {
    for (; steps > 0; --steps) {
      if (done()) return true;
      step();
    }
    return done();
  }
  bool settle(int steps) {
    return until([&] { return equal() && nodes_[0].replica->waiting_operations() == 0; }, steps);
  }

  void cut() {
    connected = false;
    queue_.clear();
    for (size_t i = 0; i < 2; ++i) {
      for (const auto& [mine, theirs] : std::exchange(streams_[i], {})) {
        nodes_[i].replica->handle_stream_closed(now(), mine);
        turn(i);
      }
    }
  }
  void join() { connected = true; }
  // Ends the process and starts another on the same disk.
  void restart(size_t i) {
    const bool was = connected;
    cut();
    connected = was;
    start(i);
  }

 private:
  struct Flying {
    size_t to;
    std::function<void(Replica&, const Now&)> deliver;
  };

  std::chrono::milliseconds ms() const {
    return std::chrono::duration_cast<std::chrono::milliseconds>(elapsed_);
  }
  static NodeId id_of(size_t i) {
    NodeId id;
    id.bytes[0] = static_cast<uint8_t>(i + 1);
    return id;
  }
  static MemberRecord record_of(size_t i) {
    MemberRecord record;
    record.id = id_of(i);
    record.name = i == 0 ? "a" : "b";
    record.address.port = static_cast<uint16_t>(i + 1);
    return record;
  }

  void start(size_t i) {
    Node& node = nodes_[i];
    node.replica.reset();
    node.transport.reset();
    node.database.reset();
    node.store = std::make_unique<MemoryStore>(node.disk);
    node.database = std::move(*Database::open(*node.store, HashKey{1}, database_options_));
    node.transport = std::make_unique<NullTransport>(id_of(i), starts_ + 1);
    node.random = std::make_unique<SeededRandom>(seed_, "pair", 2 * ++starts_ + i);
    ReplicaOptions options = replica_options_;
    options.self = record_of(i);
    options.seeds = make_member_list({record_of(1 - i)});
    node.replica = std::make_unique<Replica>(options, *node.database, *node.transport, trust_, *node.random,
                                             Replica::Authority{});
    check(node.replica->start(now()).has_value(), "a replica starts");
    turn(i);
  }

  void step() {
    elapsed_ += std::chrono::milliseconds(1);
    for (auto flying = std::exchange(queue_, {}); !flying.empty(); flying.pop_front()) {
      flying.front().deliver(*nodes_[flying.front().to].replica, now());
      turn(flying.front().to);
    }
    for (size_t i = 0; i < 2; ++i) {
      const auto due = nodes_[i].replica->next_deadline();
      if (!due || *due > now().mono) continue;
      nodes_[i].replica->handle_timeout(now());
      turn(i);
    }
  }

  void turn(size_t i) {
    for (bool more = true; more;) {
      more = false;
      (void)nodes_[i].replica->end_turn(now());
      while (auto output = nodes_[i].replica->poll_output()) {
        more = true;
        std::visit([&](auto& o) { act(i, o); }, *output);
      }
    }
  }

  void fly(size_t to, std::function<void(Replica&, const Now&)> deliver) {
    queue_.push_back({to, std::move(deliver)});
  }

  void act(size_t i, Transport::SendDatagram& out) {
    if (!connected || !datagrams) return;
    fly(1 - i, [bytes = out.bytes, from = record_of(i).address](Replica& r, const Now& at) {
      r.handle_datagram(at, from, bytes);
    });
  }
  void act(size_t i, Transport::OpenStream& out) {
    const StreamId mine = out.stream;
    if (!connected) {
      fly(i, [mine](Replica& r, const Now& at) { r.handle_stream_closed(at, mine); });
      return;
    }
    const StreamId theirs{(uint64_t{1} << 63) | ++last_stream_};
    streams_[i][mine] = theirs;
    streams_[1 - i][theirs] = mine;
    fly(1 - i, [theirs, address = record_of(i).address](Replica& r, const Now& at) {
      r.handle_stream_opened(at, theirs, address);
    });
    fly(i, [mine, address = record_of(1 - i).address](Replica& r, const Now& at) {
      r.handle_stream_opened(at, mine, address);
    });
  }
  void act(size_t i, Transport::SendStream& out) {
    const auto at = streams_[i].find(out.stream);
    if (at == streams_[i].end() || !takes[i]) return;
    fly(1 - i, [theirs = at->second, bytes = out.bytes](Replica& r, const Now& n) {
      r.handle_stream(n, theirs, bytes);
    });
    fly(i, [mine = out.stream, size = out.bytes.size()](Replica& r, const Now& n) {
      r.handle_stream_drained(n, mine, size);
    });
  }
  void act(size_t i, Transport::CloseStream& out) {
    const auto at = streams_[i].find(out.stream);
    if (at == streams_[i].end()) return;
    const StreamId theirs = at->second;
    streams_[i].erase(at);
    streams_[1 - i].erase(theirs);
    fly(1 - i, [theirs](Replica& r, const Now& n) { r.handle_stream_closed(n, theirs); });
  }
  void act(size_t i, Replica::RunSync& out) {
    check(nodes_[i].store->sync().has_value(), "the disk syncs");
    nodes_[i].replica->persisted(now(), out.position);
  }
  void act(size_t i, Replica::RunMerge& out) {
    auto outcome = out.merge->run();
    nodes_[i].replica->merge_finished(now(), std::move(out.merge), std::move(outcome));
  }
  void act(size_t i, Replica::RunResume&) {
    nodes_[i].replica->resume_finished(now(), nodes_[i].store->resume());
  }
  void act(size_t i, Replica::Reopen&) { nodes_[i].reopen = true; }
  void act(size_t, Replica::RunFetch& out) { out.job(); }
  void act(size_t, Replica::Resolve&) { check(false, "nobody here has a name"); }
  void act(size_t, Replica::RunJob& out) { check(out.job().has_value(), "the job runs"); }
  void act(size_t i, Replica::Event& out) { nodes_[i].events.push_back(out); }
  void act(size_t i, Replica::Deferral& out) { nodes_[i].answers.push_back(out); }

  uint64_t seed_;
  Database::Options database_options_;
  ReplicaOptions replica_options_;
  TrustsEverybody trust_;
  Duration elapsed_ = std::chrono::seconds(1);
  uint64_t starts_ = 0, last_stream_ = 0;
  std::deque<Flying> queue_;
  std::array<std::map<StreamId, StreamId>, 2> streams_;  // mine -> the other side's
  std::array<Node, 2> nodes_;
};

}  // namespace tutti::sim
