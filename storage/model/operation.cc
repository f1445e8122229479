#include "storage/model/operation.h"

#include "storage/model/payload.h"
#include "storage/model/row_key.h"

namespace tutti {
namespace {

std::optional<std::string> find_fault(const Operation& operation, const Edit& edit) {
  switch (edit.scope) {
    case Edit::Scope::kRow:
      if (!split_row_key(edit.target)) return "a row edit without a canonical row key";
      break;
    case Edit::Scope::kKey:
      if (key_prefix_size(edit.target) != edit.target.size() || edit.target.empty())
        return "a key edit without a canonical key prefix";
      break;
    case Edit::Scope::kPrefix:
      if (!unescape(edit.target) || edit.target.ends_with(ByteView("\0\1", 2)))
        return "a prefix edit without a canonical prefix";
      if (edit.payload) return "a prefix edit with a payload";
      break;
    default: return "an edit of an unknown scope";
  }
  if (edit.payload && !decode_payload(*edit.payload)) return "a payload that is none";
  if (edit.expired && (edit.payload || !edit.replaces))
    return "a reaper's delete that names no dots, or brings";
  if (!edit.resets && !edit.expired) return "an edit that resets no chain, and is no reaper's delete";
  if (edit.replaces) {
    if (edit.scope != Edit::Scope::kRow) return "named dots beside a row edit alone";
    for (const Dot& dot : *edit.replaces) {
      if (dot.counter.value == 0 || !operation.past_covers(dot)) return "a named dot that is not in the past";
    }
  }
  return std::nullopt;
}

}  // namespace

bool Operation::ready_at(const VersionVector& clock) const {
  return clock.get(dot.actor).value + 1 >= dot.counter.value && clock.covers(*past);
}

std::optional<std::string> find_fault(const Operation& operation) {
  if (operation.dot.counter.value == 0 || operation.dot.actor.value == 0) return "an operation without a dot";
  if (!operation.past) return "an operation without a past";
  if (operation.past->get(operation.dot.actor).value != 0) return "a past that names its own actor";
  if (operation.edits.empty() || operation.edits.size() > kEditsPerOperationMax)
    return "an operation without edits, or with too many";
  for (const Edit& edit : operation.edits) {
    if (auto fault = find_fault(operation, edit)) return fault;
  }
  return std::nullopt;
}

std::optional<std::string> find_excess(const Operation& operation) {
  for (const Edit& edit : operation.edits) {
    if (!within_bounds(edit.target)) {
      return "a key, field or member beyond " + std::to_string(kKeyBytesMax) +
             " bytes (its edit's target has " + std::to_string(edit.target.size()) + ")";
    }
  }
  return std::nullopt;
}

size_t rough_bytes(const Operation& operation) {
  size_t bytes = 24;  // dot, clock reading, count of edits
  for (const Edit& edit : operation.edits) {
    bytes += edit.target.size() + 8;
    if (edit.payload) bytes += edit.payload->size();
    if (edit.replaces) bytes += edit.replaces->size() * 4;
  }
  return bytes;
}

}  // namespace tutti
