#pragma once

#include <catch2/catch.hpp>
#include <utility>
#include <vector>

#include "protocol/repair/anti_entropy.h"
#include "storage/model/operation_codec.h"
#include "tests/protocol/messages/recording_transport.h"
#include "tests/storage/memory_database.h"

namespace tutti {

// Anti-entropy of one node, with its database and what it sends.
struct Repairing {
  static constexpr ActorId kActor{1};  // who writes here
  static constexpr Duration kClockGrace = std::chrono::milliseconds(100);
  static constexpr Duration kPullTimeout = std::chrono::seconds(2);

  MemoryDatabase data;
  RecordingTransport transport;
  Messenger messenger{transport};
  Membership membership{member_record(255), MemoryDatabase::kKey};
  ClockBases bases{{32}, MemoryDatabase::kKey, data.db->clock(), messenger};
  AntiEntropy repair;
  Now now{Instant(std::chrono::hours(1)), {}};

  explicit Repairing(size_t chunk_bytes = 1000, const Database::Options& options = {})
      : data(options),
        repair({kClockGrace, kPullTimeout, chunk_bytes}, *data.db, membership, bases, messenger) {}

  // With a stream, and the clock exchanged.
  void up(const NodeId& peer, const VersionVector& clock = {}) {
    transport.connect(peer);
    repair.stream_up(now, peer);
    const auto told = take<ClockMessage>(peer);
    CHECK(told.wants_answer);
    if (!clock.empty()) repair.told(now, peer, clock, false);
  }
  template <class M>
  M take(const NodeId& to) {
    return transport.take<M>(to);
  }
  // The clock up to which the peers allow the log to be cut.
  VersionVector held() const {
    VersionVector clock = data.db->clock();
    repair.log_needed(now, clock);
    return clock;
  }
  uint64_t pulls() const {
    uint64_t count = 0;
    repair.metrics([&](ByteView, ByteView name, uint64_t value) {
      if (name == "pulls") count = value;
    });
    return count;
  }
  bool silent() const { return transport.sent.empty(); }
  void pass(Duration time) {
    now.mono += time;
    repair.handle_timeout(now);
  }
  void answer(const NodeId& peer, uint64_t id, OperationsMessage::Status status) {
    repair.pulled(now, peer, OperationsMessage{id, status, 0, {}});
  }
  // The answer to this peer's pull.
  std::pair<OperationsMessage::Status, std::vector<Operation>> pulled_by(const NodeId& peer,
                                                                         const VersionVector& clock) {
    repair.asked(now, peer, 77, clock);
    const auto sent = transport.take();
    CHECK(sent.to == peer);
    const auto message = RecordingTransport::decoded<OperationsMessage>(sent);
    CHECK(message.id == 77);
    if (message.batch.empty()) return {message.status, {}};
    auto operations = decode_operations(clock, message.batch);
    REQUIRE(operations);
    return {message.status, *std::move(operations)};
  }
  // A log that begins after its operations.
  void write_and_cut(int operations) {
    for (int i = 0; i < operations; ++i) data.set(kActor, "k", "v");
    data.merge();
    data.cut_log();
    REQUIRE(data.db->floor() == data.db->clock());
  }
};

}  // namespace tutti
