#pragma once

#include <string>
#include <tuple>
#include <variant>
#include <vector>

#include "protocol/health.h"
#include "protocol/membership/member_record.h"
#include "storage/base/ids.h"
#include "storage/crypto/hash.h"
#include "storage/model/row.h"
#include "storage/model/version_vector.h"

namespace tutti {

// The messages between members (WIRE.md, "Messages"). A message is decoded whole before anything changes. Batches are
// views into the bytes that the message was decoded from.
//
// kFields: in their order on the wire, for both ways. kName: of a message of which the simulator's narrator says no more.

// A probe or its acknowledgement: alive, and this is where I am.
struct ProbeMessage {
  uint64_t sequence = 0;
  bool answer = false;
  Hash128 clock_hash;
  Hash128 members_hash;
  Hash128 merged_clock_hash;  // the clock that `fingerprint` belongs to
  Hash128 fingerprint;
  uint64_t wall_ms = 0;  // the sender's wall clock
  Health::State health = Health::State::kWell;
};

// Clocks have names: the low lane of their hash, for the empty clock 0.

// A clock as its differences from a base that both ends know (clock_bases.h).
struct ToldClock {
  using Entry = VersionVector::Entry;

  ToldClock() = default;
  ToldClock(const VersionVector& whole) : entries(whole.entries()) {}

  uint64_t base = 0;
  std::vector<Entry> entries;  // a counter of 0: none

  bool operator==(const ToldClock&) const = default;
};

// New operations that nobody asked for.
struct PushMessage {
  uint64_t base = 0;  // the clock that is known where the batch begins
  ByteView batch;
  static constexpr std::tuple kFields{&PushMessage::base, &PushMessage::batch};
};

// The sender's clock. A receiver that lacks some of its operations waits a moment for pushes, then pulls.
struct ClockMessage {
  ToldClock clock;
  bool wants_answer = false;
  static constexpr std::tuple kFields{&ClockMessage::clock, &ClockMessage::wants_answer};
};

// "This is my clock: what do I lack?" One OperationsMessage answers it.
struct PullMessage {
  uint64_t id = 0;
  ToldClock clock;
  static constexpr std::tuple kFields{&PullMessage::id, &PullMessage::clock};
};

struct OperationsMessage {
  enum class Status : uint8_t {
    kMore = 0,        // pull again
    kDone = 1,        // the batch ends where the sender's log ends
    kBelowFloor = 2,  // the log begins after the asker's clock: ask others, then transfer
    kBusy = 3,        // ask later
  };
  uint64_t id = 0;
  Status status = Status::kDone;
  uint64_t base = 0;  // the pull's clock, which is known where the batch begins
  ByteView batch;
  static constexpr std::tuple kFields{&OperationsMessage::id, &OperationsMessage::status,
                                      &OperationsMessage::base, &OperationsMessage::batch};
};

struct MembersMessage {
  std::vector<MemberRecord> records;
  static constexpr std::tuple kFields{&MembersMessage::records};
};

// "Your fingerprint, at or after this very moment": merges first.
struct FingerprintAskMessage {
  uint64_t id = 0;
  static constexpr const char* kName = "fingerprint?";
  static constexpr std::tuple kFields{&FingerprintAskMessage::id};
};
struct FingerprintTellMessage {
  uint64_t id = 0;
  Hash128 clock_hash;
  Hash128 fingerprint;
  uint64_t keys = 0;
  uint64_t rows = 0;
  static constexpr const char* kName = "fingerprint";
  static constexpr std::tuple kFields{&FingerprintTellMessage::id, &FingerprintTellMessage::clock_hash,
                                      &FingerprintTellMessage::fingerprint, &FingerprintTellMessage::keys,
                                      &FingerprintTellMessage::rows};
};

// A transfer (rule 8), driven by its receiver. `id` names it at both ends.
struct TransferAskMessage {
  uint64_t id = 0;
  static constexpr const char* kName = "transfer?";
  static constexpr std::tuple kFields{&TransferAskMessage::id};
};
struct TransferPinnedMessage {
  uint64_t id = 0;
  bool accepted = false;  // false: the sender already serves the most it may, or its data is damaged
  VersionVector clock;    // of the pinned rows
  uint64_t rows = 0;
  static constexpr std::tuple kFields{&TransferPinnedMessage::id, &TransferPinnedMessage::accepted,
                                      &TransferPinnedMessage::clock, &TransferPinnedMessage::rows};
};
struct TransferPageAskMessage {
  uint64_t id = 0;
  std::string from;  // the page begins at the first row key at or after it
  static constexpr std::tuple kFields{&TransferPageAskMessage::id, &TransferPageAskMessage::from};
};
struct RowDigest {
  std::string row_key;
  Hash128 fingerprint;
};
struct TransferPageMessage {
  uint64_t id = 0;
  std::vector<RowDigest> rows;  // ascending; all rows of the page
  std::string next;             // where the next page begins; empty: this is the last page
  static constexpr std::tuple kFields{&TransferPageMessage::id, &TransferPageMessage::rows,
                                      &TransferPageMessage::next};
};
struct TransferRowsAskMessage {
  uint64_t id = 0;
  std::vector<std::string> row_keys;
  static constexpr std::tuple kFields{&TransferRowsAskMessage::id, &TransferRowsAskMessage::row_keys};
};
struct TransferRowsMessage {
  uint64_t id = 0;
  std::vector<StagedRow> rows;  // the first ones of those asked for, in their order, at least one
  static constexpr std::tuple kFields{&TransferRowsMessage::id, &TransferRowsMessage::rows};
};
struct TransferEndMessage {
  uint64_t id = 0;
  static constexpr const char* kName = "end of transfer";
  static constexpr std::tuple kFields{&TransferEndMessage::id};
};

// A base: a clock of the sender's, by which it will name others. The receiver keeps the last two of each peer.
struct ClockBaseMessage {
  uint64_t name = 0;  // not 0
  ToldClock clock;
  static constexpr std::tuple kFields{&ClockBaseMessage::name, &ClockBaseMessage::clock};
};

using Message =
    std::variant<ProbeMessage, PushMessage, ClockMessage, PullMessage, OperationsMessage, MembersMessage,
                 FingerprintAskMessage, FingerprintTellMessage, TransferAskMessage, TransferPinnedMessage,
                 TransferPageAskMessage, TransferPageMessage, TransferRowsAskMessage, TransferRowsMessage,
                 TransferEndMessage, ClockBaseMessage>;

}  // namespace tutti
