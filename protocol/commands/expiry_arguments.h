#pragma once

#include <cstdint>
#include <optional>

#include "protocol/commands/command.h"

namespace tutti {

// The unit of an argument that is a time: for EX and EXPIRE seconds from now, for PXAT and PEXPIREAT milliseconds
// since 1970.
struct TimeUnit {
  bool seconds;
  bool relative;
};
constexpr TimeUnit kSecondsFromNow{true, true};
constexpr TimeUnit kMillisecondsFromNow{false, true};
constexpr TimeUnit kUnixSeconds{true, false};
constexpr TimeUnit kUnixMilliseconds{false, false};

// The unit behind one of the words EX, PX, EXAT and PXAT; null: another word.
const TimeUnit* find_expiry_word(ByteView word);

// Milliseconds since 1970, perhaps past or negative. Empty: it would overflow.
std::optional<int64_t> absolute_ms(int64_t amount, TimeUnit unit, uint64_t now_ms);

// The argument as such a time; empty after an error reply, which names the command. `positive`: refuses amounts
// below 1, as SET does and EXPIRE does not.
std::optional<int64_t> expiry_argument(CommandCall& call, size_t index, TimeUnit unit, bool positive,
                                       ByteView command);

}  // namespace tutti
