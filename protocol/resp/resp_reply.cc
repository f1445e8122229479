#include "protocol/resp/resp_reply.h"

#include <charconv>
#include <cmath>
#include <limits>

#include "storage/base/check.h"
#include "storage/base/integer.h"

namespace tutti {
namespace {

using Kind = RespValue::Kind;

// One value's head: its line, the number of bytes after it, and the number of values in it.
struct Head {
  char type = 0;
  ByteView line;         // without type and CR LF
  size_t size = 0;       // head alone
  uint64_t payload = 0;  // bytes behind the head, with their CR LF
  uint64_t items = 0;    // values behind it
};

bool is_blob(char type) { return type == '$' || type == '!' || type == '='; }

// Empty: more bytes needed.
Result<std::optional<Head>> read_head(ByteView bytes) {
  const size_t end = bytes.find("\r\n");
  if (std::min(end, bytes.size()) > RespReplyReader::kLineBytesMax) {
    return error(ErrorCode::kMalformed, "a reply's line is too long");
  }
  if (end == ByteView::npos) return std::optional<Head>();
  if (end == 0) return error(ErrorCode::kMalformed, "a reply without a type");
  Head head{.type = bytes[0], .line = bytes.substr(1, end - 1), .size = end + 2};
  if (ByteView("+-:_,#(").find(head.type) != ByteView::npos) return std::optional(head);
  if (!is_blob(head.type) && ByteView("*~>%|").find(head.type) == ByteView::npos) {
    return error(ErrorCode::kMalformed, "a reply of an unknown type");
  }
  const auto count = parse_integer(head.line);
  const bool null = count == -1 && (head.type == '$' || head.type == '*');
  if (!count || (*count < 0 && !null) || *count > static_cast<int64_t>(RespReplyReader::kReplyBytesMax)) {
    return error(ErrorCode::kMalformed, "a reply's length is no length");
  }
  if (null) return std::optional(head);
  const auto n = static_cast<uint64_t>(*count);
  if (is_blob(head.type)) {
    head.payload = n + 2;
  } else {
    head.items = head.type == '%' || head.type == '|' ? 2 * n : n;
  }
  // A remark is not a value yet: the value it is about follows.
  if (head.type == '|') ++head.items;
  return std::optional(head);
}

std::optional<double> parse_double(ByteView text) {
  if (text == "inf") return std::numeric_limits<double>::infinity();
  if (text == "-inf") return -std::numeric_limits<double>::infinity();
  if (text == "nan") return std::numeric_limits<double>::quiet_NaN();
  double value = 0;
  const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (ec != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

// Builds the tree of bytes that scan() has found whole, so that lengths need no second check.
class Builder {
 public:
  explicit Builder(ByteView bytes) : rest_(bytes) {}

  bool take(RespValue& value) {
    const Head head = **read_head(rest_);
    rest_.remove_prefix(head.size);
    if (head.type == '|') {
      value.attributes.resize(head.items - 1);
      for (RespValue& item : value.attributes) {
        if (!take(item)) return false;
      }
      return take(value);
    }
    if (!scalar(head, value)) return false;
    value.items.resize(head.items);
    for (RespValue& item : value.items) {
      if (!take(item)) return false;
    }
    return true;
  }

 private:
  bool scalar(const Head& head, RespValue& value) {
    switch (head.type) {
      case '+': return text(Kind::kSimple, head.line, value);
      case '-': return text(Kind::kError, head.line, value);
      case '(': return text(Kind::kBigNumber, head.line, value);
      case ':': {
        const auto number = parse_integer(head.line);
        value.kind = Kind::kInteger;
        value.integer = number.value_or(0);
        return number.has_value();
      }
      case ',': {
        const auto number = parse_double(head.line);
        value.kind = Kind::kDouble;
        value.real = number.value_or(0);
        return number.has_value();
      }
      case '#':
        value.kind = Kind::kBoolean;
        value.integer = head.line == "t";
        return head.line == "t" || head.line == "f";
      case '_': value.kind = Kind::kNull; return head.line.empty();
      case '~': value.kind = Kind::kSet; return true;
      case '%': value.kind = Kind::kMap; return true;
      case '>': value.kind = Kind::kPush; return true;
      case '*': value.kind = head.line == "-1" ? Kind::kNull : Kind::kArray; return true;
      default: return blob(head, value);
    }
  }

  static bool text(Kind kind, ByteView bytes, RespValue& value) {
    value.kind = kind;
    value.text = bytes;
    return true;
  }

  bool blob(const Head& head, RespValue& value) {
    if (head.payload == 0) {
      value.kind = Kind::kNull;
      return true;
    }
    ByteView bytes = rest_.substr(0, head.payload);
    rest_.remove_prefix(head.payload);
    if (!bytes.ends_with("\r\n")) return false;
    bytes.remove_suffix(2);
    if (head.type != '=') return text(head.type == '!' ? Kind::kError : Kind::kBulk, bytes, value);
    if (bytes.size() < 4 || bytes[3] != ':') return false;
    value.format = bytes.substr(0, 3);
    return text(Kind::kVerbatim, bytes.substr(4), value);
  }

  ByteView rest_;
};

}  // namespace

const RespValue* RespValue::find(ByteView name) const {
  for (size_t i = 0; i + 1 < items.size(); i += 2) {
    if (items[i].text == name) return &items[i + 1];
  }
  return nullptr;
}

Result<bool> RespReplyReader::scan() {
  if (open_.empty()) open_.push_back(1);
  while (!open_.empty()) {
    const auto head = read_head(ByteView(buffer_).substr(scanned_));
    if (!head) return std::unexpected(head.error());
    if (!*head) return false;
    const Head& h = **head;
    const uint64_t end = scanned_ + h.size + h.payload;
    if (end > kReplyBytesMax) return error(ErrorCode::kOverloaded, "a reply is larger than 1 GiB");
    if (end > buffer_.size()) return false;
    scanned_ = end;
    --open_.back();
    if (h.items > 0) open_.push_back(h.items);
    if (open_.size() > kDepthMax) return error(ErrorCode::kMalformed, "a reply is nested too deep");
    while (!open_.empty() && open_.back() == 0) open_.pop_back();
  }
  return true;
}

Result<std::optional<RespValue>> RespReplyReader::next() {
  const auto whole = scan();
  if (!whole) return std::unexpected(whole.error());
  if (!*whole) return std::optional<RespValue>();
  RespValue value;
  const bool good = Builder(ByteView(buffer_).substr(0, scanned_)).take(value);
  buffer_.erase(0, scanned_);
  scanned_ = 0;
  if (!good) return error(ErrorCode::kMalformed, "a reply's value is not of its type");
  return std::optional(std::move(value));
}

}  // namespace tutti
