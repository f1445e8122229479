#include "sim/scenario/read_setting.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "sim/scenario/toml_values.h"

namespace tutti::sim {

std::unexpected<Error> wrong(const Setting& setting, const std::string& why) {
  const std::string where = setting.line > 0 ? "line " + std::to_string(setting.line) + ": " : "";
  return error(ErrorCode::kMalformed, where + setting.path + ": " + why);
}

Result<> read_range(Range& range, const Setting& setting, Bounds bounds) {
  if (setting.numbers.empty() || setting.numbers.size() > 2)
    return wrong(setting, "wants a number, or [low, high]");
  const Range read{setting.numbers.front(), setting.numbers.back()};
  if (std::ranges::any_of(setting.numbers, [](double n) { return !std::isfinite(n); }))
    return wrong(setting, "wants finite numbers");
  if (read.low > read.high) return wrong(setting, "the low end is above the high one");
  if (read.low < bounds.low || read.high > bounds.high) {
    return wrong(setting, "must lie within " + toml_number(bounds.low) + " and " + toml_number(bounds.high));
  }
  for (const double number : setting.numbers) {
    if (bounds.whole && number != std::floor(number))
      return wrong(setting, "wants whole numbers, not " + toml_number(number));
    if (number > 0 && number < bounds.least)
      return wrong(setting, "must be 0, or at least " + toml_number(bounds.least));
  }
  range = read;
  return {};
}

Result<> read_number(double& value, const Setting& setting, Bounds bounds) {
  if (setting.numbers.size() != 1) return wrong(setting, "wants one number");
  Range range;
  if (const auto read = read_range(range, setting, bounds); !read) return read;
  value = range.low;
  return {};
}

Result<> read_index(size_t& value, const Setting& setting, double max) {
  double number = 0;
  const auto read = read_number(number, setting, count(0, max));
  if (read) value = static_cast<size_t>(number);
  return read;
}

Result<> read_word(std::string& word, const Setting& setting) {
  if (setting.words.size() != 1 || setting.listed) return wrong(setting, "wants one word");
  word = setting.words.front();
  return {};
}

Result<> read_draw(std::optional<uint64_t>& draw, const Setting& setting) {
  std::string word;
  if (const auto read = read_word(word, setting); !read) return read;
  uint64_t value = 0;
  const char* end = word.data() + word.size();
  const auto [read, ec] = std::from_chars(word.data(), end, value, 16);
  if (ec != std::errc() || read != end) return wrong(setting, "wants up to 16 hexadecimal digits, in quotes");
  draw = value;
  return {};
}

Result<> read_choice(bool& second, const Setting& setting, std::string_view no, std::string_view yes) {
  if (setting.words.size() != 1 || (setting.words[0] != no && setting.words[0] != yes)) {
    return wrong(setting, "wants \"" + std::string(no) + "\" or \"" + std::string(yes) + "\"");
  }
  second = setting.words[0] == yes;
  return {};
}

}  // namespace tutti::sim
