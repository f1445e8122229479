#include "storage/table/key_image.h"

namespace tutti {

ByteView KeyImage::find(ByteView image, ByteView suffix) {
  for (KeyImageCursor row(image); row.valid(); row.next()) {
    if (row.suffix() == suffix) return row.bytes();
  }
  return {};
}

std::optional<std::string> KeyImage::with(ByteView image, std::span<const Change> changes) {
  std::string changed;
  size_t rows = 0;
  const auto keep = [&](ByteView suffix, ByteView bytes) {
    if (bytes.empty()) return;
    put(changed, suffix, bytes);
    ++rows;
  };
  KeyImageCursor row(image);
  for (const Change& change : changes) {
    for (; row.valid() && row.suffix() < change.suffix; row.next()) keep(row.suffix(), row.bytes());
    if (row.valid() && row.suffix() == change.suffix) row.next();
    keep(change.suffix, change.bytes);
  }
  for (; row.valid(); row.next()) keep(row.suffix(), row.bytes());
  if (rows > kRowsMax || changed.size() > kBytesMax) return std::nullopt;
  return changed;
}

RowCounts KeyImage::counts(ByteView image) {
  RowCounts counts;
  for (KeyImageCursor row(image); row.valid(); row.next()) counts.add(row.suffix(), 1);
  return counts;
}

void KeyChanges::add(ByteView suffix, bool lived, ByteView bytes) {
  counts_.add(suffix, (bytes.empty() ? 0 : 1) - (lived ? 1 : 0));
  // An image has at most kRowsMax rows to lose, so more than 2 * kRowsMax changes leave more than kRowsMax rows.
  bytes_ += bytes.empty() ? 0 : suffix.size() + bytes.size();
  outgrow_images_ = outgrow_images_ || rows_.size() >= 2 * KeyImage::kRowsMax || bytes_ > KeyImage::kBytesMax;
  if (!outgrow_images_) rows_.push_back({std::string(suffix), std::string(bytes)});
}

}  // namespace tutti
