#include "protocol/resp/resp_parser.h"

#include <algorithm>

#include "protocol/resp/inline_request.h"
#include "storage/base/integer.h"

namespace tutti {
namespace {

// A client that once sent a million arguments does not keep the room for them.
constexpr size_t kArgsKept = 1024;

enum class Line : uint8_t { kNumber, kMore, kTooLong, kMalformed };

// The integer behind the marker byte at `at`, up to CR LF; `at` moves behind them.
Line read_number(ByteView in, size_t& at, int64_t& value) {
  const char* const first = in.data() + at + 1;
  const char* const end = in.data() + in.size();
  const char* digit = first;
  int64_t v = 0;
  while (digit < end && *digit >= '0' && *digit <= '9' && digit - first < 10) v = v * 10 + (*digit++ - '0');
  if (digit != first && end - digit >= 2 && *digit == '\r' && (*first != '0' || digit - first == 1)) {
    value = v;
    at = static_cast<size_t>(digit - in.data()) + 2;
    return Line::kNumber;
  }
  // Anything unusual: unfinished, negative, malformed. Which of these must not depend on how the bytes were split.
  const size_t cr = in.find('\r', at);
  if (std::min(cr, in.size()) - at > RespParser::kLineBytesMax) return Line::kTooLong;
  if (cr == ByteView::npos || cr + 1 == in.size()) return Line::kMore;
  const auto number = parse_integer(in.substr(at + 1, cr - at - 1));
  if (!number) return Line::kMalformed;
  value = *number;
  at = cr + 2;
  return Line::kNumber;
}

}  // namespace

RespParser::Outcome RespParser::next(ByteView bytes, bool authenticated) {
  if (!error_.empty()) return {Status::kError, 0};
  for (size_t skipped = 0;;) {
    const ByteView in = bytes.substr(skipped);
    if (in.empty()) {
      needed_ = 1;
      return {Status::kNeedMore, skipped};
    }
    switch (in[0] == '*' ? multibulk(in, authenticated) : inline_line(in)) {
      case Step::kDone: {
        const size_t consumed = skipped + at_;
        begin();
        return {Status::kRequest, consumed};
      }
      case Step::kEmpty:
        skipped += at_;
        begin();
        break;
      case Step::kMore: return {Status::kNeedMore, skipped};
      case Step::kError: return {Status::kError, skipped};
    }
  }
}

void RespParser::begin() {
  at_ = 0;
  left_ = 0;
  bulk_ = kNoBulk;
  if (parts_.capacity() > kArgsKept) parts_ = {};
  parts_.clear();
}

RespParser::Step RespParser::fail(std::string text) {
  error_ = "Protocol error: " + std::move(text);
  return Step::kError;
}

RespParser::Step RespParser::multibulk(ByteView in, bool authenticated) {
  if (left_ == 0) {
    const Step step = count_of_args(in, authenticated);
    if (step != Step::kDone) return step;
  }
  while (left_ > 0) {
    const Step step = one_arg(in, authenticated);
    if (step != Step::kDone) return step;
    --left_;
  }
  if (args_.capacity() > kArgsKept) args_ = {};
  args_.clear();
  for (const Part& part : parts_) args_.push_back(in.substr(part.offset, part.size));
  return Step::kDone;
}

RespParser::Step RespParser::count_of_args(ByteView in, bool authenticated) {
  int64_t count = 0;
  switch (read_number(in, at_, count)) {
    case Line::kMore: needed_ = in.size() + 1; return Step::kMore;
    case Line::kTooLong: return fail("too big mbulk count string");
    case Line::kMalformed: return fail("invalid multibulk length");
    case Line::kNumber: break;
  }
  if (count > static_cast<int64_t>(kArgsMax)) return fail("invalid multibulk length");
  if (count > static_cast<int64_t>(kStrangerArgsMax) && !authenticated) {
    return fail("unauthenticated multibulk length");
  }
  if (count <= 0) return Step::kEmpty;
  left_ = static_cast<size_t>(count);
  return Step::kDone;
}

RespParser::Step RespParser::one_arg(ByteView in, bool authenticated) {
  if (bulk_ == kNoBulk) {
    if (at_ == in.size()) {
      needed_ = in.size() + 1;
      return Step::kMore;
    }
    if (in[at_] != '$') return fail(std::string("expected '$', got '") + in[at_] + "'");
    int64_t size = 0;
    switch (read_number(in, at_, size)) {
      case Line::kMore: needed_ = in.size() + 1; return Step::kMore;
      case Line::kTooLong: return fail("too big bulk count string");
      case Line::kMalformed: return fail("invalid bulk length");
      case Line::kNumber: break;
    }
    if (size < 0 || size > static_cast<int64_t>(kBulkBytesMax)) return fail("invalid bulk length");
    if (size > static_cast<int64_t>(kStrangerBulkBytesMax) && !authenticated) {
      return fail("unauthenticated bulk length");
    }
    bulk_ = static_cast<size_t>(size);
    if (at_ + bulk_ + 2 > kRequestBytesMax) return fail("too big request");
  }
  // As in Redis the two bytes behind an argument are skipped, whatever they are.
  needed_ = at_ + bulk_ + 2;
  if (in.size() < needed_) return Step::kMore;
  parts_.push_back({at_, bulk_});
  at_ = needed_;
  bulk_ = kNoBulk;
  return Step::kDone;
}

RespParser::Step RespParser::inline_line(ByteView in) {
  const size_t newline = in.find('\n');
  if (std::min(newline, in.size()) > kLineBytesMax) return fail("too big inline request");
  if (newline == ByteView::npos) {
    needed_ = in.size() + 1;
    return Step::kMore;
  }
  at_ = newline + 1;
  ByteView line = in.substr(0, newline);
  if (line.ends_with('\r')) line.remove_suffix(1);
  unquoted_.clear();
  const auto parts = split_inline(line, unquoted_);
  if (!parts) return fail("unbalanced quotes in request");
  if (parts->empty()) return Step::kEmpty;
  args_.clear();
  for (const InlineArg& part : *parts) args_.push_back(ByteView(unquoted_).substr(part.offset, part.size));
  return Step::kDone;
}

}  // namespace tutti
