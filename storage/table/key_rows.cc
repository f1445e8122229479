#include "storage/table/key_rows.h"

namespace tutti {

// --- DiskRows ---

Result<> DiskRows::start(ByteView prefix, ByteView from, Cache use) {
  prefix_ = prefix;
  counting_ = false;
  if (!layers_.cache) use = Cache::kAround;
  if (use != Cache::kAround && layers_.cache->get(prefix, image_)) {
    image_row_ = KeyImageCursor(image_);
    while (image_row_.valid() && image_row_.suffix() < from) image_row_.next();
    return {};
  }
  if (!cursor_) cursor_ = layers_.disk->key_cursor();
  if (!from.empty()) return moved(cursor_->seek(std::string(prefix).append(from)));
  if (auto sought = moved(cursor_->seek(prefix)); !sought) return sought;
  return use == Cache::kFill && !layers_.cache->counts(prefix) ? gather() : Result<>();
}

// Of a large key only the beginning, and the cursor stands behind it.
Result<> DiskRows::gather() {
  epoch_ = layers_.cache->epoch();
  size_t rows = 0;
  while (on_disk_ && rows < KeyImage::kRowsMax &&
         image_.size() + cursor_->value().size() < KeyImage::kBytesMax) {
    KeyImage::put(image_, cursor_->key().substr(prefix_.size()), cursor_->value());
    ++rows;
    if (auto done = moved(cursor_->next()); !done) return done;
  }
  const bool may_cache = layers_.may_cache(prefix_);
  if (!on_disk_ && may_cache) layers_.cache->put(prefix_, image_, epoch_);
  counting_ = on_disk_ && may_cache;
  if (counting_) counts_ = KeyImage::counts(image_);
  image_row_ = KeyImageCursor(image_);
  return {};
}

Result<> DiskRows::moved(Result<> outcome) {
  on_disk_ = outcome && cursor_->valid();
  return outcome;
}

ByteView DiskRows::suffix() const {
  return image_row_.valid() ? image_row_.suffix() : cursor_->key().substr(prefix_.size());
}

ByteView DiskRows::bytes() const { return image_row_.valid() ? image_row_.bytes() : cursor_->value(); }

Result<> DiskRows::next() {
  if (image_row_.valid()) {
    image_row_.next();
    return {};
  }
  if (counting_) counts_.add(suffix(), 1);
  auto done = moved(cursor_->next());
  if (done && counting_ && !on_disk_) layers_.cache->put_counts(prefix_, counts_, epoch_);
  return done;
}

// --- KeyRows ---

KeyRows::KeyRows(const Layers& layers, Layers::Level level, ByteView prefix,
                 std::unique_ptr<RowCursor>& cursor, ByteView from)
    : layers_(layers),
      level_(level),
      prefix_(prefix),
      from_(from),
      touched_{TouchedRows(nullptr), TouchedRows(nullptr)},
      disk_(layers, cursor) {}

Result<> KeyRows::start() {
  started_ = true;
  for (unsigned level = level_; level < Layers::kDisk; ++level) {
    entries_[level] = layers_.tables[level]->find(prefix_);
    touched_[level] = TouchedRows(entries_[level], from_);
    if (layers_.tables[level]->hides(entries_[level], prefix_)) {
      bottom_ = level;
      return {};
    }
  }
  const auto use = level_ == Layers::kCurrent    ? DiskRows::Cache::kFill
                   : level_ == Layers::kPrevious ? DiskRows::Cache::kLook
                                                 : DiskRows::Cache::kAround;
  return disk_.start(prefix_, from_, use);
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
  if (disk_.valid() && (source > Layers::kDisk || disk_.suffix() < least)) {
    source = Layers::kDisk;
    least = disk_.suffix();
  }
  if (source > Layers::kDisk) return false;
  suffix_ = least;
  bytes_ = source == Layers::kDisk ? disk_.bytes() : touched_[source].bytes();
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
  if (disk_.valid() && disk_.suffix() == suffix_) {
    if (auto moved = disk_.next(); !moved) return std::unexpected(moved.error());
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
