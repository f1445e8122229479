#pragma once

#include <charconv>
#include <cstdint>
#include <string>

#include "storage/base/ids.h"

namespace tutti {

// Appends replies to a string, in RESP2 or RESP3. In RESP2 it writes as Redis does: a map is a flat array, a set an
// array, a boolean 0 or 1, a double a bulk string. Of an aggregate it writes the header; the caller then writes
// exactly that number of items, which is not checked.
class RespWriter {
 public:
  // The caller owns the string, which must outlive this.
  explicit RespWriter(std::string& out, int protocol = 2) : out_(out), protocol_(protocol) {}

  int protocol() const { return protocol_; }
  void set_protocol(int protocol) { protocol_ = protocol; }

  // `text` must hold neither CR nor LF.
  void simple(ByteView text) { line('+', text); }
  void ok() { out_.append("+OK\r\n"); }
  // "CODE sentence". CR and LF become spaces: the text may hold a client's bytes.
  void error(ByteView text);
  void integer(int64_t value) { number(':', value); }
  void bulk(ByteView bytes) {
    number('$', static_cast<int64_t>(bytes.size()));
    out_.append(bytes);
    out_.append("\r\n");
  }
  void null() { out_.append(protocol_ == 2 ? "$-1\r\n" : "_\r\n"); }
  void boolean(bool value);
  void real(double value);
  // `format`: three letters, "txt" or "mkd".
  void verbatim(ByteView format, ByteView text);

  void array(size_t items) { number('*', static_cast<int64_t>(items)); }
  void set(size_t items) { number(protocol_ == 2 ? '*' : '~', static_cast<int64_t>(items)); }
  void map(size_t pairs) {
    protocol_ == 2 ? number('*', static_cast<int64_t>(2 * pairs)) : number('%', static_cast<int64_t>(pairs));
  }
  void push(size_t items) { number(protocol_ == 2 ? '*' : '>', static_cast<int64_t>(items)); }

  // One pair of a map.
  void field(ByteView name, ByteView value) {
    bulk(name);
    bulk(value);
  }
  void field(ByteView name, int64_t value) {
    bulk(name);
    integer(value);
  }

  // To take a reply back: note size() before it, and truncate() to that.
  size_t size() const { return out_.size(); }
  void truncate(size_t size) { out_.resize(size); }
  // Items that were written elsewhere, while they were counted.
  void raw(ByteView replies) { out_.append(replies); }

 private:
  void line(char type, ByteView text) {
    out_.push_back(type);
    out_.append(text);
    out_.append("\r\n");
  }
  void number(char type, int64_t value) {
    char text[24];
    text[0] = type;
    char* end = std::to_chars(text + 1, text + sizeof text - 2, value).ptr;
    *end++ = '\r';
    *end++ = '\n';
    out_.append(text, static_cast<size_t>(end - text));
  }

  std::string& out_;
  int protocol_;
};

}  // namespace tutti
