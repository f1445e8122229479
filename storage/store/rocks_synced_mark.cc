#include "storage/store/rocks_synced_mark.h"

#include <atomic>

#include "storage/base/bytes.h"
#include "storage/store/checksum.h"

namespace tutti {

namespace {

constexpr size_t kPageBytes = 4096;
constexpr int kPositionBits = 48;
constexpr uint64_t kPositionMask = (uint64_t{1} << kPositionBits) - 1;

uint64_t sealed(uint64_t position) {
  std::string bytes;
  put_u64(bytes, position);
  return position | static_cast<uint64_t>(checksum(bytes) & 0xFFFF) << kPositionBits;
}

// The page is written, not left as a hole: a mapped page that finds no room on the disk would end the process.
bool make(rocksdb::FileSystem& files, const std::string& path) {
  std::unique_ptr<rocksdb::FSWritableFile> file;
  if (!files.NewWritableFile(path, {}, &file, nullptr).ok()) return false;
  const bool written =
      file->Append(std::string(kPageBytes, '\0'), {}, nullptr).ok() && file->Fsync({}, nullptr).ok();
  const bool closed = file->Close({}, nullptr).ok();
  if (!written || !closed) files.DeleteFile(path, {}, nullptr).PermitUncheckedError();
  return written && closed;
}

}  // namespace

SyncedMark::SyncedMark(rocksdb::FileSystem& files, const std::string& directory) {
  const std::string path = directory + "/synced";
  uint64_t size = 0;
  const bool there = files.GetFileSize(path, {}, &size, nullptr).ok() && size == kPageBytes;
  if (!there && !make(files, path)) return;
  if (!files.NewMemoryMappedFileBuffer(path, &page_).ok()) page_.reset();
}

SyncedMark::~SyncedMark() = default;

uint64_t* SyncedMark::word() const { return page_ ? static_cast<uint64_t*>(page_->GetBase()) : nullptr; }

Position SyncedMark::read() const {
  if (!page_) return {};
  const uint64_t value = std::atomic_ref(*word()).load(std::memory_order_relaxed);
  const uint64_t position = value & kPositionMask;
  return value == sealed(position) ? Position{position} : Position{};
}

void SyncedMark::write(Position position) {
  if (page_) std::atomic_ref(*word()).store(sealed(position.value), std::memory_order_relaxed);
}

}  // namespace tutti
