#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "sim/kernel/scenario.h"
#include "storage/base/result.h"

namespace tutti::sim {

// Reading the value of one Setting. Every error names the setting, its line and what is possible; nothing is
// changed then.

struct Bounds {
  double low, high;
  bool whole = false;  // no fractions
  double least = 0;    // a value is 0, or this and above: what is divided by it fits into nanoseconds
};
constexpr Bounds kShare{0, 1};
constexpr Bounds kAny{0, 1e12};
constexpr Bounds kSeconds{0, 1e8};             // 3 years
constexpr Bounds kMilliseconds{0, 1e11};       // 3 years
constexpr Bounds kWorkMilliseconds{0, 3.6e6};  // what one operation of a disk takes
constexpr Bounds kPerSecond{0, 1e5, false, 1e-6};
constexpr Bounds kBytesPerSecond{0, 1e12, false, 1};
constexpr Bounds count(double low, double high) { return {low, high, true}; }
constexpr double kNodesMax = 20'000, kClientsMax = 10'000;

std::unexpected<Error> wrong(const Setting& setting, const std::string& why);

Result<> read_range(Range& range, const Setting& setting, Bounds bounds);
Result<> read_number(double& value, const Setting& setting, Bounds bounds);
// A whole number from 0 to `max`.
Result<> read_index(size_t& value, const Setting& setting, double max);
Result<> read_word(std::string& word, const Setting& setting);
// Hexadecimal digits in quotes, as TOML's numbers end at 63 bits.
Result<> read_draw(std::optional<uint64_t>& draw, const Setting& setting);
// One of two words; `yes` sets `second`.
Result<> read_choice(bool& second, const Setting& setting, std::string_view no, std::string_view yes);

}  // namespace tutti::sim
