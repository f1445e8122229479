#include "protocol/resp/resp_writer.h"

#include <algorithm>
#include <cmath>
#include <cstddef>

namespace tutti {

void RespWriter::error(ByteView text) {
  out_.push_back('-');
  const size_t begin = out_.size();
  out_.append(text);
  std::replace_if(
      out_.begin() + static_cast<ptrdiff_t>(begin), out_.end(), [](char c) { return c == '\r' || c == '\n'; },
      ' ');
  out_.append("\r\n");
}

void RespWriter::boolean(bool value) {
  if (protocol_ == 2) return integer(value ? 1 : 0);
  out_.append(value ? "#t\r\n" : "#f\r\n");
}

void RespWriter::real(double value) {
  char text[32];
  ByteView shown;
  if (std::isnan(value)) {
    shown = "nan";
  } else if (std::isinf(value)) {
    shown = value > 0 ? "inf" : "-inf";
  } else {
    // The shortest text that reads back as the same number.
    const char* end = std::to_chars(text, text + sizeof text, value).ptr;
    shown = ByteView(text, static_cast<size_t>(end - text));
  }
  protocol_ == 2 ? bulk(shown) : line(',', shown);
}

void RespWriter::verbatim(ByteView format, ByteView text) {
  if (protocol_ == 2) return bulk(text);
  number('=', static_cast<int64_t>(format.size() + 1 + text.size()));
  out_.append(format);
  out_.push_back(':');
  out_.append(text);
  out_.append("\r\n");
}

}  // namespace tutti
