#include "protocol/commands/glob.h"

#include <utility>

namespace tutti {
namespace {

uint8_t folded(char c, bool ignore_case) {
  const auto byte = static_cast<uint8_t>(c);
  return ignore_case && byte >= 'A' && byte <= 'Z' ? static_cast<uint8_t>(byte + 32) : byte;
}

// Whether the class that opens at `at` holds `c`; `at` moves behind its bracket, or to the end where that is
// missing.
bool class_holds(ByteView pattern, size_t& at, char c, bool ignore_case) {
  const uint8_t wanted = folded(c, ignore_case);
  ++at;
  const bool negated = at < pattern.size() && pattern[at] == '^';
  if (negated) ++at;
  bool found = false;
  for (; at < pattern.size() && pattern[at] != ']'; ++at) {
    if (pattern[at] == '\\' && at + 1 < pattern.size()) {
      found |= folded(pattern[++at], ignore_case) == wanted;
    } else if (at + 2 < pattern.size() && pattern[at + 1] == '-') {
      uint8_t low = folded(pattern[at], ignore_case);
      uint8_t high = folded(pattern[at + 2], ignore_case);
      if (low > high) std::swap(low, high);
      found |= low <= wanted && wanted <= high;
      at += 2;
    } else {
      found |= folded(pattern[at], ignore_case) == wanted;
    }
  }
  if (at < pattern.size()) ++at;
  return found != negated;
}

// Matches one character; `at` moves behind what it matched with.
bool one_matches(ByteView pattern, size_t& at, char c, bool ignore_case) {
  switch (pattern[at]) {
    case '?': ++at; return true;
    case '[': return class_holds(pattern, at, c, ignore_case);
    case '\\':
      if (at + 1 < pattern.size()) ++at;
      [[fallthrough]];
    default: return folded(pattern[at++], ignore_case) == folded(c, ignore_case);
  }
}

}  // namespace

bool glob_match(ByteView pattern, ByteView text, bool ignore_case) {
  size_t p = 0;
  size_t t = 0;
  size_t star = ByteView::npos;  // behind the latest star
  size_t star_text = 0;          // how far that star reaches
  while (t < text.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = ++p;
      star_text = t;
      continue;
    }
    size_t next = p;
    if (p < pattern.size() && one_matches(pattern, next, text[t], ignore_case)) {
      p = next;
      ++t;
      continue;
    }
    if (star == ByteView::npos) return false;
    p = star;
    t = ++star_text;
  }
  while (p < pattern.size() && pattern[p] == '*') ++p;
  return p == pattern.size();
}

ByteView glob_literal_beginning(ByteView pattern) {
  return pattern.substr(0, pattern.find_first_of("*?[\\"));
}

}  // namespace tutti
