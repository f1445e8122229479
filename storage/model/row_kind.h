#pragma once

#include <algorithm>
#include <array>
#include <cstdint>

#include "storage/base/ids.h"

namespace tutti {

// The kind of a row: a byte of its row key (row_key.h), on disk and on the wire.
enum class RowKind : uint8_t {
  kHashField = 'h',  // subkey: the field
  kRegister = 'r',   // a string, or a counter's increments beside it
  kSetMember = 's',  // subkey: the member
  kKeyExpiry = 't',  // the absolute expiry of a hash or set
};

// What a client sees a key as.
enum class KeyType : uint8_t { kNone, kString, kHash, kSet };

// How a reader sees a row (views.h).
enum class RowView : uint8_t {
  kNone,    // not at all
  kValue,   // fold_lww(): one value
  kMember,  // fold_member(): it is there, or it is not
};

// All that differs from kind to kind. Rows of all kinds merge, join and travel alike.
struct RowKindFacts {
  RowKind kind;
  RowView view;
  bool has_subkeys;  // a key has any number of these rows, which are counted; else one, with an empty subkey
  KeyType type;      // of a key whose newest row is this one; kNone: the row says nothing of the type
  ByteView type_name;  // TYPE's and SCAN's word for such a key
};

// In the order in which a key's rows lie.
inline constexpr std::array kRowKinds{
    RowKindFacts{RowKind::kHashField, RowView::kValue, true, KeyType::kHash, "hash"},
    RowKindFacts{RowKind::kRegister, RowView::kValue, false, KeyType::kString, "string"},
    RowKindFacts{RowKind::kSetMember, RowView::kMember, true, KeyType::kSet, "set"},
    RowKindFacts{RowKind::kKeyExpiry, RowView::kNone, false, KeyType::kNone, {}},
};
static_assert(std::ranges::is_sorted(kRowKinds, std::ranges::less_equal(), &RowKindFacts::kind));

// The index in kRowKinds of each byte; kNoRowKind: it is no kind.
inline constexpr size_t kNoRowKind = kRowKinds.size();
inline constexpr auto kRowKindIndex = [] {
  std::array<uint8_t, 256> index{};
  index.fill(kNoRowKind);
  for (size_t i = 0; i < kRowKinds.size(); ++i) index[static_cast<uint8_t>(kRowKinds[i].kind)] = i;
  return index;
}();

constexpr bool is_row_kind(uint8_t byte) { return kRowKindIndex[byte] != kNoRowKind; }
constexpr size_t row_kind_index(RowKind kind) { return kRowKindIndex[static_cast<uint8_t>(kind)]; }
// REQUIRES a kind of the table.
constexpr const RowKindFacts& facts_of(RowKind kind) { return kRowKinds[row_kind_index(kind)]; }

// "none" for kNone.
constexpr ByteView type_name(KeyType type) {
  for (const RowKindFacts& facts : kRowKinds) {
    if (type != KeyType::kNone && facts.type == type) return facts.type_name;
  }
  return "none";
}

}  // namespace tutti
