#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "storage/base/ids.h"
#include "storage/model/hlc.h"

namespace tutti {

// What an edit brings to a row. Bytes: kind u8, expiry varint (ms since 1970, 0 never), then by kind
//   kValue    the value, to the end
//   kCounter  running total (zigzag varint), count of marks, each mark: counter varint, total zigzag varint
//   kMember   nothing
//   kExpiry   since varint (ms since 1970), left out where it is 0; the expiry above is the key's
//   kSaved    what a reaper took too early (RULES.md, "Expiry"): hlc u64, actor u64, counter varint of the payload that
//             it was, its kind u8, then of kValue the value, of kCounter its worth (zigzag varint), of kMember nothing
enum class PayloadKind : uint8_t { kValue = 1, kCounter = 2, kMember = 3, kExpiry = 4, kSaved = 5 };

// A counter chain's state at one of its own operations: after `counter`, its running total was `total`.
struct CounterMark {
  Counter counter;
  int64_t total = 0;
  bool operator==(const CounterMark&) const = default;
};

// The most marks that an increment carries. A longer chain is thinned in the middle: its first and its latest marks
// stay, because resets after a partition hit the first ones, and ordinary concurrent resets the latest.
constexpr size_t kCounterMarksMax = 16;

// The payload that a saved one was before.
struct SavedFrom {
  PayloadKind kind = PayloadKind::kValue;  // kValue, kCounter, kMember
  Hlc hlc;
  Dot dot;
  bool operator==(const SavedFrom&) const = default;
};

struct Payload {
  PayloadKind kind = PayloadKind::kValue;
  uint64_t expires_ms = 0;
  ByteView value;                  // kValue
  int64_t total = 0;               // kCounter; of a saved one its worth
  std::vector<CounterMark> marks;  // kCounter; ascending counters
  uint64_t since_ms = 0;           // kExpiry: what had ended before then is not prolonged
  Hlc from = {};                   // kExpiry: what was written from it on is; 0: the expiry's own
  std::optional<SavedFrom> saved = std::nullopt;  // kSaved, and only then; then value or total is of its kind

  bool operator==(const Payload&) const = default;
};

// Empty: the bytes are no canonical payload. `value` is a view into them.
std::optional<Payload> decode_payload(ByteView bytes);
std::string encode_payload(const Payload& payload);

// Without decoding the rest; REQUIRES a payload that decodes.
PayloadKind payload_kind(ByteView bytes);
uint64_t payload_expires_ms(ByteView bytes);
ByteView payload_value(ByteView bytes);  // REQUIRES kValue

std::string value_payload(ByteView value, uint64_t expires_ms = 0);
std::string member_payload(uint64_t expires_ms = 0);
// `expires_ms` 0: never. `since_ms` 0: prolongs whatever was there, so that `from` says nothing.
std::string expiry_payload(uint64_t expires_ms, uint64_t since_ms = 0, Hlc from = {});

// The value of an increment after resets that had seen its chain up to `reset_at`: its total less the total
// at the largest mark <= reset_at. REQUIRES kCounter.
int64_t counter_worth(const Payload& payload, Counter reset_at);
// That mark's counter; 0: there is none. Nodes with equal clocks may hold different reset_at, but never different
// chosen marks.
Counter chosen_mark(const Payload& payload, Counter reset_at);

// The payload that continues `last` (empty: begins a chain), whose dot was
// `last_counter` and whose resets so far reached `reset_at`.
Payload next_increment(const std::optional<Payload>& last, Counter last_counter, Counter reset_at, int64_t by,
                       uint64_t expires_ms);

}  // namespace tutti
