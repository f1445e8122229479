#pragma once

#include <string>
#include <utility>
#include <vector>

#include "storage/model/operation.h"
#include "storage/model/row_key.h"

namespace tutti {

// The edits that commands make. REQUIRES keys and subkeys within their bounds.

// The key becomes a string with this payload. Its previous type and value are not read.
inline Edit put_key(ByteView key, std::string payload) {
  Edit edit{.scope = Edit::Scope::kKey, .target = {}, .payload = std::move(payload), .replaces = {}};
  edit.target.reserve(key.size() + 2);
  put_key_prefix(edit.target, key);
  return edit;
}
inline Edit remove_key(ByteView key) {
  return {.scope = Edit::Scope::kKey, .target = key_prefix(key), .payload = {}, .replaces = {}};
}
inline Edit put_row(std::string row, std::string payload) {
  return {
      .scope = Edit::Scope::kRow, .target = std::move(row), .payload = std::move(payload), .replaces = {}};
}
inline Edit remove_row(std::string row) {
  return {.scope = Edit::Scope::kRow, .target = std::move(row), .payload = {}, .replaces = {}};
}
inline Edit remove_everything() {
  return {.scope = Edit::Scope::kPrefix, .target = {}, .payload = {}, .replaces = {}};
}

// A braced list would copy the edit's bytes.
inline std::vector<Edit> only(Edit edit) {
  std::vector<Edit> edits;
  edits.push_back(std::move(edit));
  return edits;
}

}  // namespace tutti
