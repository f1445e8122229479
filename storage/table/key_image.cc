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

}  // namespace tutti
