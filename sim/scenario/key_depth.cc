#include "sim/scenario/key_depth.h"

#include <algorithm>

namespace tutti::sim {
namespace {

// Where the string ends that begins at `at`: behind its closing quotes, or where the text ends.
size_t end_of_string(std::string_view text, size_t at) {
  const char quote = text[at];
  const std::string_view triple = quote == '"' ? R"(""")" : "'''";
  const bool multiline = text.substr(at).starts_with(triple);
  const std::string_view closing = multiline ? triple : triple.substr(0, 1);
  for (at += closing.size(); at < text.size(); ++at) {
    if (text.substr(at).starts_with(closing)) return at + closing.size();
    if (text[at] == '\n' && !multiline) return at;  // toml++ says that it is not closed
    if (text[at] == '\\' && quote == '"') ++at;
  }
  return text.size();
}

}  // namespace

std::optional<int> line_of_deep_key(std::string_view text) {
  int dots = 0;
  for (size_t at = 0; at < text.size();) {
    const char c = text[at];
    if (c == '"' || c == '\'') {
      at = end_of_string(text, at);
      continue;
    }
    if (c == '#') {
      at = std::min(text.find('\n', at), text.size());
      continue;
    }
    // Whatever stands in no key ends one.
    if (std::string_view("\n=,[]{}").find(c) != std::string_view::npos) dots = 0;
    if (c == '.' && ++dots > kKeyDotsMax)
      return 1 + static_cast<int>(std::ranges::count(text.substr(0, at), '\n'));
    ++at;
  }
  return std::nullopt;
}

}  // namespace tutti::sim
