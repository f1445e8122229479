#include "storage/store/rocks_room.h"

#include <algorithm>
#include <limits>

namespace tutti {

namespace {

using rocksdb::IOStatus;

// Space of a write-ahead log is allocated in steps of this size.
constexpr uint64_t kStepBytes = 4ull << 20;
// More than any of the writes that a full node still makes: settings, the manifest.
constexpr uint64_t kSmallWriteBytes = 4ull << 20;

std::string mebibytes(uint64_t bytes) { return std::to_string(bytes >> 20) + " MiB"; }

// A write-ahead log. Space is allocated before bytes are written, so that a write is whole or has not begun.
class LogFile final : public rocksdb::FSWritableFileOwnerWrapper {
 public:
  LogFile(std::unique_ptr<rocksdb::FSWritableFile> file, std::shared_ptr<RocksRoom> room)
      : FSWritableFileOwnerWrapper(std::move(file)), room_(std::move(room)) {}

  // RocksDB would take 70 MiB at once, and where these are not there some file systems keep what they found.
  void SetPreallocationBlockSize(size_t size) override {
    FSWritableFileOwnerWrapper::SetPreallocationBlockSize(std::min<size_t>(size, kStepBytes));
  }
  IOStatus Append(const rocksdb::Slice& data, const rocksdb::IOOptions& options,
                  rocksdb::IODebugContext* debug) override {
    return written(data.size(), secure(data.size(), options, debug),
                   [&] { return FSWritableFileOwnerWrapper::Append(data, options, debug); });
  }
  IOStatus Append(const rocksdb::Slice& data, const rocksdb::IOOptions& options,
                  const rocksdb::DataVerificationInfo& info, rocksdb::IODebugContext* debug) override {
    return written(data.size(), secure(data.size(), options, debug),
                   [&] { return FSWritableFileOwnerWrapper::Append(data, options, info, debug); });
  }

 private:
  template <class Write>
  IOStatus written(size_t bytes, IOStatus status, const Write& write) {
    if (status.ok()) status = write();
    if (status.ok()) {
      size_ += bytes;
    } else {
      room_->fail_log(status.IsNoSpace());
    }
    return status;
  }

  // Any error but a lack of room means that this file system allocates nothing ahead: the write itself will tell.
  IOStatus secure(uint64_t bytes, const rocksdb::IOOptions& options, rocksdb::IODebugContext* debug) {
    const uint64_t end = size_ + bytes;
    if (end <= secured_) return IOStatus::OK();
    const auto allocate = [&](uint64_t upto) {
      auto status = Allocate(secured_, upto - secured_, options, debug);
      if (status.ok()) secured_ = upto;
      return status;
    };
    auto status = allocate((end / kStepBytes + 1) * kStepBytes);
    if (status.IsNoSpace()) status = allocate(end);
    if (status.IsNoSpace() && room_->give_reserve()) status = allocate(end);
    return status.IsNoSpace() ? status : IOStatus::OK();
  }

  const std::shared_ptr<RocksRoom> room_;
  uint64_t size_ = 0;
  uint64_t secured_ = 0;
};

class RoomFileSystem final : public rocksdb::FileSystemWrapper {
 public:
  RoomFileSystem(const std::shared_ptr<rocksdb::FileSystem>& files, std::shared_ptr<RocksRoom> room)
      : FileSystemWrapper(files), room_(std::move(room)) {}
  const char* Name() const override { return "tutti.Room"; }
  IOStatus NewWritableFile(const std::string& path, const rocksdb::FileOptions& options,
                           std::unique_ptr<rocksdb::FSWritableFile>* result,
                           rocksdb::IODebugContext* debug) override {
    auto status = target()->NewWritableFile(path, options, result, debug);
    if (status.ok() && path.ends_with(".log")) *result = std::make_unique<LogFile>(std::move(*result), room_);
    return status;
  }

 private:
  const std::shared_ptr<RocksRoom> room_;
};

class RoomEnvironment final : public rocksdb::EnvWrapper {
 public:
  RoomEnvironment(rocksdb::Env& base, std::shared_ptr<RocksRoom> room) : EnvWrapper(&base) {
    file_system_ = std::make_shared<RoomFileSystem>(base.GetFileSystem(), std::move(room));
  }
  const char* Name() const override { return "tutti.RoomEnvironment"; }
};

}  // namespace

RocksRoom::RocksRoom(std::shared_ptr<rocksdb::FileSystem> files, std::string directory,
                     const RoomLimits& limits)
    : files_(std::move(files)), directory_(std::move(directory)), limits_(limits) {}

uint64_t RocksRoom::free() const {
  uint64_t bytes = 0;
  if (!files_->GetFreeSpace(directory_, {}, &bytes, nullptr).ok())
    return std::numeric_limits<uint64_t>::max();
  return bytes;
}

Error RocksRoom::full(uint64_t wanted) const {
  return {ErrorCode::kFull, "the disk of " + directory_ + " is full: " + mebibytes(free()) +
                                " are free, and " + mebibytes(wanted) +
                                " are wanted. Free space there; writes go on by themselves then"};
}

void RocksRoom::keep_reserve() {
  const std::lock_guard lock(reserve_mutex_);
  const std::string path = directory_ + "/reserve";
  if (limits_.reserve == 0 || files_->FileExists(path, {}, nullptr).ok()) return;
  rocksdb::FileOptions options;
  options.fallocate_with_keep_size = false;
  std::unique_ptr<rocksdb::FSWritableFile> file;
  // Without it the node has less to say goodbye with, and no more: what fails here fails nothing else.
  if (!files_->NewWritableFile(path, options, &file, nullptr).ok()) return;
  const bool kept = file->Allocate(0, limits_.reserve, {}, nullptr).ok();
  file->Close({}, nullptr).PermitUncheckedError();
  if (!kept) files_->DeleteFile(path, {}, nullptr).PermitUncheckedError();
}

bool RocksRoom::give_reserve() {
  const std::lock_guard lock(reserve_mutex_);
  return files_->DeleteFile(directory_ + "/reserve", {}, nullptr).ok();
}

void RocksRoom::ready_for_small_write() {
  if (free() < kSmallWriteBytes) give_reserve();
}

void RocksRoom::fail_log(bool full) {
  const std::unique_lock lock(syncing_);
  log_failed_ = true;
  if (full) stalled_ = true;
}

std::shared_ptr<rocksdb::Env> with_room(rocksdb::Env& base, std::shared_ptr<RocksRoom> room) {
  return std::make_shared<RoomEnvironment>(base, std::move(room));
}

}  // namespace tutti
