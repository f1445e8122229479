#include "protocol/resp/inline_request.h"

namespace tutti {
namespace {

bool is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// Walks one line. A read past its end gives NUL, which no unquoted argument can hold.
class Line {
 public:
  explicit Line(ByteView bytes) : bytes_(bytes.substr(0, bytes.find('\0'))) {}

  bool at_end() const { return at_ >= bytes_.size(); }
  char peek(size_t ahead = 0) const { return at_ + ahead < bytes_.size() ? bytes_[at_ + ahead] : '\0'; }
  void skip(size_t n) { at_ += n; }
  void skip_spaces() {
    while (!at_end() && is_space(peek())) ++at_;
  }

 private:
  ByteView bytes_;
  size_t at_ = 0;
};

void take_escape(Line& line, std::string& text) {
  const char c = line.peek(1);
  const int high = hex_digit(line.peek(2));
  const int low = hex_digit(line.peek(3));
  if (c == 'x' && high >= 0 && low >= 0) {
    text.push_back(static_cast<char>(high * 16 + low));
    line.skip(4);
    return;
  }
  switch (c) {
    case 'n': text.push_back('\n'); break;
    case 'r': text.push_back('\r'); break;
    case 't': text.push_back('\t'); break;
    case 'b': text.push_back('\b'); break;
    case 'a': text.push_back('\a'); break;
    default: text.push_back(c);
  }
  line.skip(2);
}

// Reads from behind the opening quote to behind the closing one. False: it is missing, or no white space follows it.
bool take_quoted(Line& line, char quote, std::string& text) {
  while (!line.at_end()) {
    const char c = line.peek();
    if (c == quote) {
      line.skip(1);
      return line.at_end() || is_space(line.peek());
    }
    if (quote == '"' && c == '\\' && line.peek(1) != '\0') {
      take_escape(line, text);
    } else if (quote == '\'' && c == '\\' && line.peek(1) == '\'') {
      text.push_back('\'');
      line.skip(2);
    } else {
      text.push_back(c);
      line.skip(1);
    }
  }
  return false;
}

bool take_arg(Line& line, std::string& text) {
  while (!line.at_end() && !is_space(line.peek())) {
    const char c = line.peek();
    line.skip(1);
    if (c == '"' || c == '\'') return take_quoted(line, c, text);
    text.push_back(c);
  }
  return true;
}

}  // namespace

std::optional<std::vector<InlineArg>> split_inline(ByteView bytes, std::string& text) {
  Line line(bytes);
  std::vector<InlineArg> args;
  for (line.skip_spaces(); !line.at_end(); line.skip_spaces()) {
    const size_t offset = text.size();
    if (!take_arg(line, text)) return std::nullopt;
    args.push_back({offset, text.size() - offset});
  }
  return args;
}

}  // namespace tutti
