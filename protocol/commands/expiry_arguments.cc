#include "protocol/commands/expiry_arguments.h"

#include <algorithm>

#include "protocol/commands/replies.h"

namespace tutti {

namespace {

struct ExpiryWord {
  ByteView word;
  TimeUnit unit;
};
constexpr ExpiryWord kExpiryWords[] = {{"ex", kSecondsFromNow},
                                       {"px", kMillisecondsFromNow},
                                       {"exat", kUnixSeconds},
                                       {"pxat", kUnixMilliseconds}};

}  // namespace

const TimeUnit* find_expiry_word(ByteView word) {
  const auto found = std::ranges::find_if(
      kExpiryWords, [&](const ExpiryWord& e) { return equal_ignoring_case(e.word, word); });
  return found == std::end(kExpiryWords) ? nullptr : &found->unit;
}

std::optional<int64_t> absolute_ms(int64_t amount, TimeUnit unit, uint64_t now_ms) {
  if (unit.seconds && __builtin_mul_overflow(amount, int64_t{1000}, &amount)) return std::nullopt;
  if (unit.relative && __builtin_add_overflow(amount, static_cast<int64_t>(now_ms), &amount))
    return std::nullopt;
  return amount;
}

std::optional<int64_t> expiry_argument(CommandCall& call, size_t index, TimeUnit unit, bool positive,
                                       ByteView command) {
  const auto amount = integer_argument(call, index);
  if (!amount) return std::nullopt;
  const auto at =
      positive && *amount <= 0 ? std::nullopt : absolute_ms(*amount, unit, call.keys.wall_ms(call.now));
  if (!at) call.out.error("ERR invalid expire time in '" + std::string(command) + "' command");
  return at;
}

}  // namespace tutti
