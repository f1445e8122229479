#include "storage/table/key_rows.h"

namespace tutti {

// --- DiskRows ---

bool DiskRows::start_cached(ByteView prefix, ByteView from) {
  const std::string* image = layers_.image(prefix);
  if (!image) return false;
  prefix_ = prefix;
  image_row_ = KeyImageCursor(*image);
  while (image_row_.valid() && image_row_.suffix() < from) image_row_.next();
  return true;
}

Result<> DiskRows::start(ByteView prefix, ByteView from, Cache use) {
  if (use != Cache::kAround && start_cached(prefix, from)) return {};
  prefix_ = prefix;
  cursor_ = &reader_.on(*layers_.disk);
  if (!from.empty()) return moved(cursor_->seek(std::string(prefix).append(from)));
  if (auto sought = moved(cursor_->seek(prefix)); !sought) return sought;
  const bool large = layers_.cache && layers_.cache->counts(prefix);
  return use == Cache::kFill && !large ? gather() : Result<>();
}

bool DiskRows::start_merged(ByteView prefix, const Table::Entry* entry) {
  if (entry && entry->rows && entry->rows->by_suffix.size() >= KeyImage::kRowsMax) return false;
  epoch_ = layers_.cache ? layers_.cache->epoch() : 0;
  Layers::LastImage& last = layers_.last;
  last.known = false;
  last.image.clear();
  for (TouchedRows row(entry); row.valid(); row.next()) {
    if (!row.bytes().empty()) KeyImage::put(last.image, row.suffix(), row.bytes());
    if (last.image.size() > KeyImage::kBytesMax) return false;
  }
  prefix_ = prefix;
  gathered();
  return true;
}

// `layers.last` holds the whole key.
void DiskRows::gathered() {
  Layers::LastImage& last = layers_.last;
  last.prefix = prefix_;
  last.known = true;
  if (layers_.cache && layers_.may_cache(prefix_)) layers_.cache->put(prefix_, last.image, epoch_);
  image_row_ = KeyImageCursor(last.image);
}

// Reads the key into `layers.last`. Of a large key it reads only the beginning; the cursor is then behind it.
Result<> DiskRows::gather() {
  Layers::LastImage& last = layers_.last;
  last.known = false;
  last.image.clear();
  epoch_ = layers_.cache ? layers_.cache->epoch() : 0;
  size_t rows = 0;
  while (on_disk_ && rows < KeyImage::kRowsMax &&
         last.image.size() + cursor_->value().size() < KeyImage::kBytesMax) {
    KeyImage::put(last.image, cursor_->key().substr(prefix_.size()), cursor_->value());
    ++rows;
    if (auto done = moved(cursor_->next()); !done) return done;
  }
  if (!on_disk_) {
    gathered();
    return {};
  }
  counting_ = layers_.cache && layers_.may_cache(prefix_);
  if (counting_) counts_ = KeyImage::counts(last.image);
  image_row_ = KeyImageCursor(last.image);
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

KeyRows::KeyRows(const Layers& layers, Layers::Level level, ByteView prefix, KeyReader& reader, ByteView from)
    : layers_(layers),
      level_(level),
      prefix_(prefix),
      from_(from),
      touched_{TouchedRows(nullptr), TouchedRows(nullptr)},
      disk_(layers, reader) {}

// A merged table's rows go into the key's image first: then there is one list to read, not two.
Result<> KeyRows::start() {
  started_ = true;
  for (unsigned level = level_; level < Layers::kDisk; ++level) {
    const bool merged = level == Layers::kPrevious && layers_.previous_merged;
    const bool cached = merged && level_ == Layers::kCurrent;
    if (cached && disk_.start_cached(prefix_, from_)) return {};
    const Table& table = *layers_.tables[level];
    entries_[level] = table.find(prefix_);
    const bool hides = table.hides(entries_[level], prefix_);
    if (cached && hides && from_.empty() && disk_.start_merged(prefix_, entries_[level])) return {};
    touched_[level] = TouchedRows(entries_[level], from_);
    if (hides) return {};
    erases_[level] = !merged && table.erases(entries_[level], prefix_);
  }
  const auto use = level_ == Layers::kCurrent    ? DiskRows::Cache::kFill
                   : level_ == Layers::kPrevious ? DiskRows::Cache::kLook
                                                 : DiskRows::Cache::kAround;
  return disk_.start(prefix_, from_, use);
}

// The uppermost level that has the least suffix; sets suffix_ and standing_. Past kDisk: no row is left.
unsigned KeyRows::stand() {
  unsigned source = Layers::kDisk + 1;
  standing_ = 0;
  const auto offer = [&](unsigned level, ByteView suffix) {
    const auto order = standing_ == 0 ? std::strong_ordering::less : suffix <=> suffix_;
    if (order > 0) return;
    if (order < 0) {
      standing_ = 0;
      source = level;
      suffix_ = suffix;
    }
    standing_ |= 1u << level;
  };
  for (unsigned level = level_; level < Layers::kDisk; ++level) {
    if (touched_[level].valid()) offer(level, touched_[level].suffix());
  }
  if (disk_.valid()) offer(Layers::kDisk, disk_.suffix());
  return source;
}

Result<> KeyRows::leave() {
  for (unsigned level = level_; level < Layers::kDisk; ++level) {
    if (standing_ & (1u << level)) touched_[level].next();
  }
  return standing_ & (1u << Layers::kDisk) ? disk_.next() : Result<>();
}

Result<bool> KeyRows::next() {
  if (auto ready = started_ ? Result<>() : start(); !ready) return std::unexpected(ready.error());
  for (;;) {
    if (auto left = leave(); !left) return std::unexpected(left.error());
    const unsigned source = stand();
    if (source > Layers::kDisk) return false;
    bytes_ = source == Layers::kDisk ? disk_.bytes() : touched_[source].bytes();
    for (unsigned level = source; level-- > level_ && !bytes_.empty();) {
      if (!erases_[level]) continue;
      const auto left = erased(*layers_.tables[level], entries_[level], prefix_, bytes_, left_);
      if (!left) return std::unexpected(left.error());
      bytes_ = *left;
    }
    if (!bytes_.empty()) return true;
  }
}

}  // namespace tutti
