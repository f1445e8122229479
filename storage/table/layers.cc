#include "storage/table/layers.h"

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

Result<ByteView> Layers::row(Level level, ByteView prefix, ByteView suffix, std::string& buffer) const {
  if (level == kDisk) {
    std::string row_key(prefix);
    row_key.append(suffix);
    const auto found = disk->get(row_key, buffer);
    if (!found) return std::unexpected(found.error());
    return *found ? ByteView(buffer) : ByteView();
  }
  const Table& table = *tables[level];
  const Table::Entry* entry = table.find(prefix);
  if (entry) {
    if (const auto* touched = entry->find(suffix)) return touched->view();
  }
  if (table.hides(entry, prefix)) return ByteView();
  const auto below = row(static_cast<Level>(level + 1), prefix, suffix, buffer);
  if (!below || below->empty() || !table.erases(entry, prefix)) return below;
  if (level == kPrevious && previous_merged) return below;
  return erased(table, entry, prefix, *below, buffer);
}

Result<bool> Layers::key_lives(Level level, ByteView prefix, std::unique_ptr<RowCursor>& cursor) const {
  return KeyRows(*this, level, prefix, cursor).next();
}

Result<bool> Layers::key_lives_below(Level level, ByteView prefix, std::unique_ptr<RowCursor>& cursor) const {
  const Table& table = *tables[level];
  if (table.hides(nullptr, prefix)) return false;
  KeyRows rows(*this, static_cast<Level>(level + 1), prefix, cursor);
  std::string buffer;
  for (;;) {
    const auto more = rows.next();
    if (!more || !*more) return more;
    const auto left = erased(table, nullptr, prefix, rows.bytes(), buffer);
    if (!left) return std::unexpected(left.error());
    if (!left->empty()) return true;
  }
}

KeyRows::KeyRows(const Layers& layers, Layers::Level level, ByteView prefix,
                 std::unique_ptr<RowCursor>& cursor)
    : layers_(layers),
      level_(level),
      prefix_(prefix),
      cursor_(cursor),
      touched_{TouchedRows(nullptr), TouchedRows(nullptr)} {}

Result<> KeyRows::start() {
  started_ = true;
  for (unsigned level = level_; level < Layers::kDisk; ++level) {
    entries_[level] = layers_.tables[level]->find(prefix_);
    touched_[level] = TouchedRows(entries_[level]);
    if (layers_.tables[level]->hides(entries_[level], prefix_)) {
      bottom_ = level;
      return {};
    }
  }
  if (!cursor_) cursor_ = layers_.disk->cursor();
  return cursor_->seek(prefix_);
}

bool KeyRows::disk_valid() const {
  return bottom_ == Layers::kDisk && cursor_->valid() && cursor_->key().starts_with(prefix_);
}

// Takes the least row among the layers; `live` where something of it is left.
Result<bool> KeyRows::step(bool& live) {
  unsigned source = Layers::kDisk + 1;
  ByteView least;
  for (unsigned level = level_; level <= bottom_ && level < Layers::kDisk; ++level) {
    if (!touched_[level].valid()) continue;
    if (source > Layers::kDisk || touched_[level].suffix() < least) {
      source = level;
      least = touched_[level].suffix();
    }
  }
  if (disk_valid()) {
    const ByteView suffix = cursor_->key().substr(prefix_.size());
    if (source > Layers::kDisk || suffix < least) {
      source = Layers::kDisk;
      least = suffix;
    }
  }
  if (source > Layers::kDisk) return false;
  suffix_ = least;
  bytes_ = source == Layers::kDisk ? cursor_->value() : touched_[source].bytes();
  for (unsigned level = source; level-- > level_ && !bytes_.empty();) {
    if (level == Layers::kPrevious && layers_.previous_merged) continue;
    if (!layers_.tables[level]->erases(entries_[level], prefix_)) continue;
    const auto left = erased(*layers_.tables[level], entries_[level], prefix_, bytes_, bytes_);
    if (!left) return std::unexpected(left.error());
  }
  live = !bytes_.empty();
  for (unsigned level = level_; level <= bottom_ && level < Layers::kDisk; ++level) {
    if (touched_[level].valid() && touched_[level].suffix() == suffix_) touched_[level].next();
  }
  if (disk_valid() && cursor_->key().substr(prefix_.size()) == suffix_) {
    if (auto moved = cursor_->next(); !moved) return std::unexpected(moved.error());
  }
  return true;
}

Result<bool> KeyRows::next() {
  if (!started_) {
    if (auto begun = start(); !begun) return std::unexpected(begun.error());
  }
  for (;;) {
    bool live = false;
    const auto any = step(live);
    if (!any || !*any || live) return any;
  }
}

}  // namespace tutti
