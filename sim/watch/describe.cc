#include "sim/watch/describe.h"

#include <algorithm>
#include <cstdio>

#include "storage/model/operation_codec.h"
#include "storage/model/payload.h"
#include "storage/model/row_key.h"

namespace tutti::sim {
namespace {

constexpr size_t kShownBytes = 40;
constexpr size_t kShownOperations = 8;

std::string shown(ByteView bytes) {
  std::string text;
  for (const char c : bytes.substr(0, kShownBytes)) {
    const auto byte = static_cast<unsigned char>(c);
    char hex[5];
    std::snprintf(hex, sizeof hex, "\\x%02x", byte);
    text += byte >= 0x20 && byte < 0x7F ? std::string(1, c) : hex;
  }
  return bytes.size() > kShownBytes ? text + "... (" + std::to_string(bytes.size()) + " bytes)" : text;
}

std::string row_name(ByteView row) {
  const auto parts = split_row_key(row);
  if (!parts) return shown(row);
  const std::string key = shown(unescape(parts->prefix).value_or(std::string(parts->prefix)));
  if (parts->kind == RowKind::kKeyExpiry) return "expiry of " + key;
  const RowKindFacts& facts = facts_of(parts->kind);
  if (!facts.has_subkeys) return key;
  return facts.view == RowView::kMember ? key + "{" + shown(parts->subkey) + "}"
                                        : key + "." + shown(parts->subkey);
}

std::string payload_text(ByteView bytes) {
  const auto payload = decode_payload(bytes);
  if (!payload) return "?";
  std::string text;
  switch (payload->kind) {
    case PayloadKind::kValue: text = "\"" + shown(payload->value) + "\""; break;
    case PayloadKind::kCounter: text = "total " + std::to_string(payload->total); break;
    case PayloadKind::kMember: text = "member"; break;
    case PayloadKind::kExpiry: text = "expiry"; break;
    case PayloadKind::kSaved: text = "saved"; break;
  }
  return payload->expires_ms ? text + " until " + std::to_string(payload->expires_ms) : text;
}

std::string describe(const Edit& edit) {
  std::string target = edit.scope == Edit::Scope::kRow ? row_name(edit.target)
                       : edit.scope == Edit::Scope::kKey
                           ? shown(unescape(edit.target).value_or(edit.target)) + ".*"
                           : shown(edit.target) + "**";
  std::string text = edit.payload ? target + " = " + payload_text(*edit.payload) : "delete " + target;
  if (edit.replaces) text += " replacing " + std::to_string(edit.replaces->size()) + " named";
  if (edit.expired) text += ", expired";
  return text;
}

std::string batch(ByteView bytes, const History& history) {
  const auto operations = decode_operations({}, bytes);  // of what is shown pasts are no part
  if (!operations) return std::to_string(bytes.size()) + " bytes of operations";
  std::string text;
  for (size_t i = 0; i < operations->size() && i < kShownOperations; ++i)
    text += (i ? " " : "") + history.name((*operations)[i].dot);
  if (operations->size() > kShownOperations)
    text += " and " + std::to_string(operations->size() - kShownOperations) + " more";
  return text.empty() ? "nothing" : text;
}

std::string told(const ToldClock& clock, const History& history) {
  return (clock.base == 0 ? "" : "like a base, but for ") + history.name(VersionVector(clock.entries));
}

const char* status(OperationsMessage::Status status) {
  switch (status) {
    case OperationsMessage::Status::kMore: return ", more to come";
    case OperationsMessage::Status::kDone: return ", that was all";
    case OperationsMessage::Status::kBelowFloor: return ": the log begins too late";
    case OperationsMessage::Status::kBusy: return ": ask later";
  }
  return "";
}

struct MessageText {
  const History& history;
  using Text = std::string;

  template <class M>
  Text operator()(const M&) const {
    return M::kName;
  }
  Text operator()(const ProbeMessage& m) const {
    return (m.answer ? "answer to probe " : "probe ") + std::to_string(m.sequence);
  }
  Text operator()(const PushMessage& m) const { return "push " + batch(m.batch, history); }
  Text operator()(const ClockMessage& m) const { return "clock " + told(m.clock, history); }
  Text operator()(const PullMessage& m) const { return "pull after " + told(m.clock, history); }
  Text operator()(const ClockBaseMessage& m) const { return "clock base " + told(m.clock, history); }
  Text operator()(const OperationsMessage& m) const {
    return "operations " + batch(m.batch, history) + status(m.status);
  }
  Text operator()(const MembersMessage& m) const { return std::to_string(m.records.size()) + " members"; }
  Text operator()(const TransferPinnedMessage& m) const {
    return m.accepted
               ? "transfer pinned at " + history.name(m.clock) + ", " + std::to_string(m.rows) + " rows"
               : "no transfer";
  }
  Text operator()(const TransferPageAskMessage& m) const {
    return m.from.empty() ? "first page?" : "page from " + row_name(m.from) + "?";
  }
  Text operator()(const TransferPageMessage& m) const {
    return "page of " + std::to_string(m.rows.size()) + " fingerprints" +
           (m.next.empty() ? ", the last" : "");
  }
  Text operator()(const TransferRowsAskMessage& m) const {
    return std::to_string(m.row_keys.size()) + " rows?";
  }
  Text operator()(const TransferRowsMessage& m) const { return std::to_string(m.rows.size()) + " rows"; }
};

}  // namespace

std::string describe(const Operation& operation) {
  std::string text;
  for (const Edit& edit : operation.edits) text += (text.empty() ? "" : "; ") + describe(edit);
  return text;
}

std::string describe(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : " ") + shown(word);
  return text;
}

std::string describe(const Message& message, const History& history) {
  return std::visit(MessageText{history}, message);
}

bool touches(const Operation& operation, const std::string& key) {
  const std::string prefix = key_prefix(key);
  return std::ranges::any_of(operation.edits, [&](const Edit& edit) {
    return edit.scope == Edit::Scope::kPrefix ? prefix.starts_with(edit.target)
                                              : edit.target.starts_with(prefix);
  });
}

}  // namespace tutti::sim
