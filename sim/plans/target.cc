#include "sim/plans/target.h"

#include <charconv>
#include <cmath>

#include "sim/report/text.h"

namespace tutti::sim {
namespace {

// From this ratio on, steps are factors.
constexpr double kByFactors = 8;

std::optional<double> read_number(const std::string& text) {
  double value = 0;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (failed != std::errc() || end != text.data() + text.size() || !std::isfinite(value)) return std::nullopt;
  return value;
}

bool by_factors(const Freedom& freedom) {
  return freedom.low > 0 && freedom.high / freedom.low >= kByFactors;
}

// Four digits that matter are as many as a setting is chosen by.
double tidy(const Freedom& freedom, double value) {
  if (freedom.whole) return std::round(value);
  if (value == 0) return 0;
  const double scale = std::pow(10, 3 - std::floor(std::log10(std::fabs(value))));
  return std::round(value * scale) / scale;
}

std::string metric_names() {
  std::string names;
  for (const auto& kind : metric_kinds()) names += (names.empty() ? "" : ", ") + std::string(kind.name);
  return names;
}

}  // namespace

Result<Target> read_target(const std::string& text) {
  const size_t at = text.find_first_of("<>");
  if (at == std::string::npos)
    return error(ErrorCode::kMalformed, "--target wants metric<number or metric>number, not " + text);
  Target target;
  target.metric = text.substr(0, at);
  target.below = text[at] == '<';
  target.or_equal = text.substr(at + 1).starts_with('=');
  const auto bound = read_number(text.substr(at + (target.or_equal ? 2 : 1)));
  if (!bound) return error(ErrorCode::kMalformed, "--target " + text + ": no number follows");
  target.bound = *bound;
  if (!find_metric_kind(target.metric)) {
    return error(ErrorCode::kMalformed, "--target " + text + ": no metric is called " + target.metric +
                                            "; there are " + metric_names());
  }
  return target;
}

std::string words(const Target& target) {
  return target.metric + (target.below ? " <" : " >") + (target.or_equal ? "= " : " ") + number(target.bound);
}

Result<Freedom> read_freedom(const std::string& text) {
  const size_t equals = text.find('='), dots = text.find("..", equals == std::string::npos ? 0 : equals);
  if (equals == std::string::npos || equals == 0 || dots == std::string::npos)
    return error(ErrorCode::kMalformed, "--vary wants key=low..high, not " + text);
  const std::string low = text.substr(equals + 1, dots - equals - 1), high = text.substr(dots + 2);
  const auto from = read_number(low), to = read_number(high);
  if (!from || !to || *from >= *to)
    return error(ErrorCode::kMalformed, "--vary " + text + ": wants two numbers, the lower first");
  const bool whole =
      low.find_first_of(".e") == std::string::npos && high.find_first_of(".e") == std::string::npos;
  return Freedom{text.substr(0, equals), *from, *to, whole};
}

std::vector<double> spread(const Freedom& freedom, size_t count) {
  std::vector<double> values;
  for (size_t i = 0; i < count; ++i) {
    const double share = static_cast<double>(i) / static_cast<double>(count - 1);
    const double value = by_factors(freedom) ? freedom.low * std::pow(freedom.high / freedom.low, share)
                                             : freedom.low + share * (freedom.high - freedom.low);
    const double kept = tidy(freedom, value);
    if (values.empty() || values.back() != kept) values.push_back(kept);
  }
  return values;
}

double between(const Freedom& freedom, double a, double b) {
  return tidy(freedom, by_factors(freedom) ? std::sqrt(a * b) : (a + b) / 2);
}

std::string setting(const Freedom& freedom, double value) { return freedom.key + "=" + number(value); }

}  // namespace tutti::sim
