#include "tools/shell/words.h"

#include <cstdint>
#include <optional>

#include "storage/crypto/text_encoding.h"

namespace tutti {
namespace {

std::optional<int> hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return std::nullopt;
}

// The character of an escape inside "..."; `at` is behind the backslash, and moves behind the escape.
char unescape_at(std::string_view line, size_t& at) {
  const char c = line[at++];
  if (c == 'n') return '\n';
  if (c == 'r') return '\r';
  if (c == 't') return '\t';
  if (c != 'x' || at + 1 >= line.size()) return c;
  const auto high = hex_digit(line[at]);
  const auto low = hex_digit(line[at + 1]);
  if (!high || !low) return c;
  at += 2;
  return static_cast<char>(*high * 16 + *low);
}

// The length of the well-formed UTF-8 sequence at the beginning (RFC 3629); 0: there is none.
size_t utf8_size(std::string_view bytes) {
  const auto byte = [&](size_t i) { return static_cast<uint8_t>(bytes[i]); };
  const uint8_t first = byte(0);
  if (first < 0x80) return 1;
  const size_t size = first >= 0xC2 && first <= 0xDF   ? 2
                      : first >= 0xE0 && first <= 0xEF ? 3
                      : first >= 0xF0 && first <= 0xF4 ? 4
                                                       : 0;
  if (size == 0 || bytes.size() < size) return 0;
  for (size_t i = 1; i < size; ++i) {
    if ((byte(i) & 0xC0) != 0x80) return 0;
  }
  const uint8_t second = byte(1);
  const bool overlong = (first == 0xE0 && second < 0xA0) || (first == 0xF0 && second < 0x90);
  const bool beyond = (first == 0xED && second > 0x9F) || (first == 0xF4 && second > 0x8F);
  return overlong || beyond ? 0 : size;
}

}  // namespace

Outcome<std::vector<std::string>> split_words(std::string_view line) {
  std::vector<std::string> words;
  size_t at = 0;
  while (true) {
    while (at < line.size() && (line[at] == ' ' || line[at] == '\t')) ++at;
    if (at == line.size()) return words;
    std::string word;
    char quote = 0;
    while (at < line.size()) {
      const char c = line[at];
      if (quote == 0 && (c == ' ' || c == '\t')) break;
      ++at;
      if (c == quote) {
        quote = 0;
      } else if (quote == 0 && (c == '"' || c == '\'')) {
        quote = c;
      } else if (quote == '"' && c == '\\' && at < line.size()) {
        word += unescape_at(line, at);
      } else {
        word += c;
      }
    }
    if (quote != 0) return failure(ExitCode::kUsage, std::string("A quote (") + quote + ") is not closed.");
    words.push_back(std::move(word));
  }
}

std::string printable(std::string_view bytes) {
  std::string out;
  while (!bytes.empty()) {
    const size_t size = utf8_size(bytes);
    const auto first = static_cast<uint8_t>(bytes[0]);
    if (size > 1 || (size == 1 && first >= 0x20 && first != 0x7F)) {
      out += bytes.substr(0, size);
      bytes.remove_prefix(size);
      continue;
    }
    if (first == '\n') {
      out += "\\n";
    } else {
      out += "\\x" + to_hex(bytes.substr(0, 1));
    }
    bytes.remove_prefix(1);
  }
  return out;
}

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return out;
}

bool is_utf8(std::string_view bytes) {
  while (!bytes.empty()) {
    const size_t size = utf8_size(bytes);
    if (size == 0) return false;
    bytes.remove_prefix(size);
  }
  return true;
}

}  // namespace tutti
