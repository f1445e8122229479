#include "storage/table/layers.h"

#include "storage/table/key_rows.h"

namespace tutti {
namespace {

Error bad_row(ByteView prefix) {
  const auto key = unescape(prefix);
  return {ErrorCode::kCorrupt, "a row of key '" + key.value_or("?") + "' on disk is no canonical row"};
}

}  // namespace

Result<ByteView> erased(const Table& table, const Table::Entry* entry, ByteView prefix, ByteView bytes,
                        std::string& buffer) {
  Lives row;
  if (!decode_row(bytes, row)) return std::unexpected(bad_row(prefix));
  const Lives before = row;
  table.erase(entry, prefix, row);
  if (row == before) return bytes;
  std::string left;
  encode_row(row, left);
  buffer = std::move(left);
  return ByteView(buffer);
}

Result<ByteView> Layers::row(Level level, ByteView prefix, ByteView suffix, std::string& buffer,
                             Tier tier) const {
  if (level == kDisk) {
    if (const std::string* known = image(prefix)) return KeyImage::find(*known, suffix);
    std::string row_key(prefix);
    row_key.append(suffix);
    const auto found = disk->get(row_key, buffer, tier);
    if (!found) return std::unexpected(found.error());
    return *found ? ByteView(buffer) : ByteView();
  }
  const Table& table = *tables[level];
  const Table::Entry* entry = table.find(prefix);
  if (entry) {
    if (const auto* touched = entry->find(suffix)) return touched->view();
  }
  if (table.hides(entry, prefix)) return ByteView();
  const auto below = row(static_cast<Level>(level + 1), prefix, suffix, buffer, tier);
  if (!below || below->empty() || !table.erases(entry, prefix)) return below;
  if (level == kPrevious && previous_merged) return below;
  return erased(table, entry, prefix, *below, buffer);
}

const std::string* Layers::image(ByteView prefix) const {
  if (last.known && last.prefix == prefix) return &last.image;
  if (!cache) return nullptr;
  last.known = cache->get(prefix, last.image);
  if (!last.known) return nullptr;
  last.prefix = prefix;
  return &last.image;
}

Result<std::optional<ByteView>> Layers::lone_register(ByteView prefix, KeyReader& reader) const {
  for (const auto& table : tables) {
    if (const Table::Entry* entry = table->find(prefix)) {
      if (!entry->complete || entry->rows) return std::nullopt;
      return entry->reg.touched() ? entry->reg.view() : ByteView();
    }
    if (table->hides(nullptr, prefix)) return ByteView();
    if (table->erases(nullptr, prefix)) return std::nullopt;
  }
  const std::string* known = image(prefix);
  if (!known) {
    if (cache && cache->counts(prefix)) return std::nullopt;
    if (auto read = DiskRows(*this, reader).start(prefix, {}, DiskRows::Cache::kFill); !read)
      return std::unexpected(read.error());
    known = last.known ? &last.image : nullptr;
  }
  if (!known) return std::nullopt;
  KeyImageCursor row(*known);
  if (!row.valid()) return ByteView();
  if (row.suffix() != kRegisterSuffix) return std::nullopt;
  const ByteView bytes = row.bytes();
  row.next();
  return row.valid() ? std::nullopt : std::optional(bytes);
}

Result<bool> Layers::key_lives(Level level, ByteView prefix, KeyReader& reader) const {
  return KeyRows(*this, level, prefix, reader).next();
}

Result<bool> Layers::key_lives_below(Level level, ByteView prefix, KeyReader& reader) const {
  const Table& table = *tables[level];
  if (table.hides(nullptr, prefix)) return false;
  KeyRows rows(*this, static_cast<Level>(level + 1), prefix, reader);
  std::string buffer;
  for (;;) {
    const auto more = rows.next();
    if (!more || !*more) return more;
    const auto left = erased(table, nullptr, prefix, rows.bytes(), buffer);
    if (!left) return std::unexpected(left.error());
    if (!left->empty()) return true;
  }
}

}  // namespace tutti
