#include "sim/scenario/toml_values.h"

#include <charconv>
#include <iterator>

#include "storage/base/toml_text.h"

namespace tutti::sim {

std::string toml_number(double value) {
  char digits[32];
  const auto [end, ec] = std::to_chars(std::begin(digits), std::end(digits), value);
  return std::string(digits, end);
}

std::string toml_range(const Range& range) {
  if (range.low == range.high) return toml_number(range.low);
  return "[" + toml_number(range.low) + ", " + toml_number(range.high) + "]";
}

std::string toml_texts(const std::vector<std::string>& words) {
  std::string list;
  for (const std::string& word : words) list += (list.empty() ? "" : ", ") + toml_text(word);
  return "[" + list + "]";
}

}  // namespace tutti::sim
