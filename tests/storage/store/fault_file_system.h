#pragma once

#include <rocksdb/env.h>
#include <rocksdb/file_system.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace tutti {

// A RocksDB file system on a disk whose power can go.
//
//   Loses: unsynced bytes, from any byte on; names made, moved or deleted since their directory's last sync, the newest
//          first (a file system's journal is in order). The seed decides how much of each.
//   Never: synced bytes; the names of synced directories; directories themselves.
//   Does not model: damaged bytes, and unsynced bytes that differ from those written.
//
// Use: options.environment = std::make_shared<FaultEnvironment>(disk); cut_power_after(n); work until a call
// fails; destroy the store; lose_unsynced(); open anew. Any thread.
class FaultFileSystem final : public rocksdb::FileSystemWrapper {
 public:
  using IOStatus = rocksdb::IOStatus;
  using IOOptions = rocksdb::IOOptions;
  using FileOptions = rocksdb::FileOptions;
  using Debug = rocksdb::IODebugContext;

  // Deleted files wait in `trash` for their directory's sync. It must be on the same disk, outside the tested directory.
  FaultFileSystem(const std::filesystem::path& trash, uint64_t seed)
      : FileSystemWrapper(rocksdb::FileSystem::Default()), disk_(std::make_shared<Disk>()) {
    disk_->trash = trash;
    disk_->random = seed * 2 + 1;
    std::filesystem::create_directories(trash);
  }
  const char* Name() const override { return "FaultFileSystem"; }

  // Cuts the power at the n-th next operation that changes the disk (0: now): this one and all later ones fail.
  void cut_power_after(uint64_t operations) {
    const std::lock_guard lock(disk_->mutex);
    disk_->left = operations;
  }
  // Cancels the power cut; false: the power is gone already.
  bool call_off() {
    const std::lock_guard lock(disk_->mutex);
    if (disk_->left == 0) return false;
    disk_->left = kForEver;
    return true;
  }
  bool powered() const {
    const std::lock_guard lock(disk_->mutex);
    return disk_->left > 0;
  }
  // Every write of bytes fails for want of space, until false; no room is left.
  void set_full(bool full) {
    const std::lock_guard lock(disk_->mutex);
    disk_->full = full;
    disk_->free = full ? 0 : kForEver;
  }
  // Every write of bytes fails with an I/O error, until false.
  void set_broken(bool broken) {
    const std::lock_guard lock(disk_->mutex);
    disk_->broken = broken;
  }
  // What GetFreeSpace() says, until set_full(). Writes succeed all the same.
  void set_free(uint64_t bytes) {
    const std::lock_guard lock(disk_->mutex);
    disk_->free = bytes;
  }
  // Operations so far that changed the disk.
  uint64_t operations() const {
    const std::lock_guard lock(disk_->mutex);
    return disk_->done;
  }

  // Leaves on the disk what a power loss leaves; then the power is back. REQUIRES that no file is open.
  void lose_unsynced() {
    const std::lock_guard lock(disk_->mutex);
    for (auto& [directory, changes] : disk_->unsynced_names) {
      const uint64_t kept = disk_->draw(changes.size() + 1);
      while (changes.size() > kept) {
        undo(changes.back());
        changes.pop_back();
      }
    }
    disk_->unsynced_names.clear();
    for (const auto& [path, file] : disk_->files) {
      const uint64_t kept = file->synced + disk_->draw(file->size - file->synced + 1);
      if (kept < file->size) std::filesystem::resize_file(path, kept);
    }
    disk_->files.clear();
    for (const auto& entry : std::filesystem::directory_iterator(disk_->trash))
      std::filesystem::remove(entry);
    disk_->left = kForEver;
    disk_->full = false;
    disk_->free = kForEver;
  }

  // --- rocksdb::FileSystem ---

  IOStatus NewWritableFile(const std::string& path, const FileOptions& options,
                           std::unique_ptr<rocksdb::FSWritableFile>* result, Debug* debug) override {
    if (auto s = disk_->spend(); !s.ok()) return s;
    const bool was_there = std::filesystem::exists(path);
    std::unique_ptr<rocksdb::FSWritableFile> file;
    if (auto s = target()->NewWritableFile(path, options, &file, debug); !s.ok()) return s;
    const std::lock_guard lock(disk_->mutex);
    auto state = std::make_shared<FileState>();
    disk_->files[path] = state;
    if (!was_there) disk_->note(path, {Change::kMade, path, {}, {}, {}});
    *result = std::make_unique<WritableFile>(std::move(file), disk_, std::move(state));
    return IOStatus::OK();
  }
  IOStatus ReopenWritableFile(const std::string& path, const FileOptions& options,
                              std::unique_ptr<rocksdb::FSWritableFile>* result, Debug* debug) override {
    if (auto s = disk_->spend(); !s.ok()) return s;
    if (!std::filesystem::exists(path)) return NewWritableFile(path, options, result, debug);
    std::unique_ptr<rocksdb::FSWritableFile> file;
    if (auto s = target()->ReopenWritableFile(path, options, &file, debug); !s.ok()) return s;
    const std::lock_guard lock(disk_->mutex);
    *result = std::make_unique<WritableFile>(std::move(file), disk_, disk_->state_of(path));
    return IOStatus::OK();
  }
  IOStatus ReuseWritableFile(const std::string&, const std::string&, const FileOptions&,
                             std::unique_ptr<rocksdb::FSWritableFile>*, Debug*) override {
    return IOStatus::NotSupported("no file is recycled here");
  }
  IOStatus NewRandomRWFile(const std::string&, const FileOptions&, std::unique_ptr<rocksdb::FSRandomRWFile>*,
                           Debug*) override {
    return IOStatus::NotSupported("no file is changed in place here");
  }
  IOStatus GetFreeSpace(const std::string& path, const IOOptions& options, uint64_t* bytes,
                        Debug* debug) override {
    const std::lock_guard lock(disk_->mutex);
    if (disk_->free == kForEver) return target()->GetFreeSpace(path, options, bytes, debug);
    *bytes = disk_->free;
    return IOStatus::OK();
  }
  IOStatus NewDirectory(const std::string& path, const IOOptions& options,
                        std::unique_ptr<rocksdb::FSDirectory>* result, Debug* debug) override {
    std::unique_ptr<rocksdb::FSDirectory> directory;
    if (auto s = target()->NewDirectory(path, options, &directory, debug); !s.ok()) return s;
    *result = std::make_unique<Directory>(std::move(directory), disk_, path);
    return IOStatus::OK();
  }
  IOStatus DeleteFile(const std::string& path, const IOOptions&, Debug*) override {
    if (auto s = disk_->spend(); !s.ok()) return s;
    const std::lock_guard lock(disk_->mutex);
    if (!std::filesystem::exists(path)) return IOStatus::PathNotFound("deleting", path);
    Change change{Change::kDeleted, path, {}, disk_->next_trash(), disk_->take_state(path)};
    std::filesystem::rename(path, change.saved);
    disk_->note(path, std::move(change));
    return IOStatus::OK();
  }
  IOStatus RenameFile(const std::string& from, const std::string& to, const IOOptions&, Debug*) override {
    if (auto s = disk_->spend(); !s.ok()) return s;
    const std::lock_guard lock(disk_->mutex);
    if (!std::filesystem::exists(from)) return IOStatus::PathNotFound("renaming", from);
    Change change{Change::kMoved, to, from, {}, {}};
    if (std::filesystem::exists(to)) {
      change.saved = disk_->next_trash();
      change.state = disk_->take_state(to);
      std::filesystem::create_hard_link(to, change.saved);
    }
    std::filesystem::rename(from, to);
    if (auto state = disk_->take_state(from)) disk_->files[to] = std::move(state);
    disk_->note(to, std::move(change));
    return IOStatus::OK();
  }
  IOStatus LinkFile(const std::string& from, const std::string& to, const IOOptions& options,
                    Debug* debug) override {
    if (auto s = disk_->spend(); !s.ok()) return s;
    if (auto s = target()->LinkFile(from, to, options, debug); !s.ok()) return s;
    const std::lock_guard lock(disk_->mutex);
    disk_->files[to] = disk_->state_of(from);
    disk_->note(to, {Change::kMade, to, {}, {}, {}});
    return IOStatus::OK();
  }
  IOStatus Truncate(const std::string&, size_t, const IOOptions&, Debug*) override {
    return IOStatus::NotSupported("no closed file is truncated here");
  }

 private:
  static constexpr uint64_t kForEver = UINT64_MAX;

  // Of one file, whatever its names: links share it.
  struct FileState {
    uint64_t size = 0;
    uint64_t synced = 0;
  };
  // A change of names in a directory, and what undoes it.
  struct Change {
    enum Kind { kMade, kMoved, kDeleted } kind;
    std::string path;
    std::string from;                  // kMoved
    std::filesystem::path saved;       // what was at `path` before; empty: nothing
    std::shared_ptr<FileState> state;  // and its state; empty: all of it was synced
  };

  struct Disk {
    mutable std::mutex mutex;
    std::map<std::string, std::shared_ptr<FileState>> files;  // that may have unsynced bytes
    std::map<std::string, std::vector<Change>> unsynced_names;
    std::filesystem::path trash;
    uint64_t trashed = 0;
    uint64_t left = kForEver;
    uint64_t done = 0;
    uint64_t random = 1;
    bool full = false;
    bool broken = false;
    uint64_t free = kForEver;  // kForEver: as much as the real disk has

    uint64_t draw(uint64_t bound) {
      random = random * 6364136223846793005ull + 1442695040888963407ull;
      return (random >> 20) % bound;
    }
    IOStatus spend(bool bytes = false) {
      const std::lock_guard lock(mutex);
      if (left != kForEver && left > 0) --left;
      if (left == 0) return IOStatus::IOError("the power is gone");
      if (full && bytes) return IOStatus::NoSpace("the disk is full");
      if (broken && bytes) return IOStatus::IOError("input/output error");
      ++done;
      return IOStatus::OK();
    }
    std::filesystem::path next_trash() { return trash / std::to_string(trashed++); }
    static std::string parent(const std::string& path) {
      return std::filesystem::path(path).lexically_normal().parent_path().string();
    }
    void note(const std::string& path, Change change) {
      unsynced_names[parent(path)].push_back(std::move(change));
    }
    std::shared_ptr<FileState> take_state(const std::string& path) {
      const auto found = files.extract(path);
      return found ? found.mapped() : nullptr;
    }
    std::shared_ptr<FileState> state_of(const std::string& path) {
      auto& state = files[path];
      if (!state) {
        const uint64_t size = std::filesystem::file_size(path);
        state = std::make_shared<FileState>(FileState{size, size});
      }
      return state;
    }
    void names_synced(const std::string& directory) {
      const std::lock_guard lock(mutex);
      auto& changes = unsynced_names[std::filesystem::path(directory).lexically_normal().string()];
      for (const Change& change : changes) {
        if (!change.saved.empty()) std::filesystem::remove(change.saved);
      }
      changes.clear();
    }
  };

  void undo(const Change& change) {
    switch (change.kind) {
      case Change::kMade:
        std::filesystem::remove(change.path);
        disk_->files.erase(change.path);
        return;
      case Change::kMoved:
        std::filesystem::rename(change.path, change.from);
        if (auto state = disk_->take_state(change.path)) disk_->files[change.from] = std::move(state);
        break;
      case Change::kDeleted: break;
    }
    if (change.saved.empty()) return;
    std::filesystem::rename(change.saved, change.path);
    if (change.state) disk_->files[change.path] = change.state;
  }

  class WritableFile final : public rocksdb::FSWritableFileOwnerWrapper {
   public:
    WritableFile(std::unique_ptr<rocksdb::FSWritableFile> file, std::shared_ptr<Disk> disk,
                 std::shared_ptr<FileState> state)
        : FSWritableFileOwnerWrapper(std::move(file)), disk_(std::move(disk)), state_(std::move(state)) {}

    IOStatus Append(const rocksdb::Slice& data, const IOOptions& options, Debug* debug) override {
      if (auto s = disk_->spend(true); !s.ok()) return s;
      auto s = FSWritableFileOwnerWrapper::Append(data, options, debug);
      if (s.ok()) grow(data.size());
      return s;
    }
    IOStatus Append(const rocksdb::Slice& data, const IOOptions& options,
                    const rocksdb::DataVerificationInfo& info, Debug* debug) override {
      if (auto s = disk_->spend(true); !s.ok()) return s;
      auto s = FSWritableFileOwnerWrapper::Append(data, options, info, debug);
      if (s.ok()) grow(data.size());
      return s;
    }
    IOStatus PositionedAppend(const rocksdb::Slice&, uint64_t, const IOOptions&, Debug*) override {
      return IOStatus::NotSupported("files grow at their end here");
    }
    IOStatus PositionedAppend(const rocksdb::Slice&, uint64_t, const IOOptions&,
                              const rocksdb::DataVerificationInfo&, Debug*) override {
      return IOStatus::NotSupported("files grow at their end here");
    }
    IOStatus Truncate(uint64_t size, const IOOptions& options, Debug* debug) override {
      if (auto s = disk_->spend(); !s.ok()) return s;
      auto s = FSWritableFileOwnerWrapper::Truncate(size, options, debug);
      const std::lock_guard lock(disk_->mutex);
      if (!s.ok()) return s;
      state_->size = size;
      state_->synced = std::min(state_->synced, size);
      return s;
    }
    IOStatus Sync(const IOOptions& options, Debug* debug) override { return sync(options, debug); }
    IOStatus Fsync(const IOOptions& options, Debug* debug) override { return sync(options, debug); }
    // Allocates nothing: freeing the room at each close took nine tenths of a test.
    void SetPreallocationBlockSize(size_t) override {}
    void PrepareWrite(size_t, size_t, const IOOptions&, Debug*) override {}
    IOStatus Allocate(uint64_t, uint64_t, const IOOptions&, Debug*) override { return IOStatus::OK(); }
    // A hint to start writing back; nothing is durable by it.
    IOStatus RangeSync(uint64_t, uint64_t, const IOOptions&, Debug*) override { return IOStatus::OK(); }

   private:
    void grow(uint64_t bytes) {
      const std::lock_guard lock(disk_->mutex);
      state_->size += bytes;
    }
    // The real disk is not synced: the model is enough for a test, and ten times faster.
    IOStatus sync(const IOOptions& options, Debug* debug) {
      uint64_t size;
      {
        const std::lock_guard lock(disk_->mutex);
        size = state_->size;  // what is appended meanwhile may miss this sync
      }
      if (auto s = disk_->spend(); !s.ok()) return s;
      if (auto s = FSWritableFileOwnerWrapper::Flush(options, debug); !s.ok()) return s;
      const std::lock_guard lock(disk_->mutex);
      state_->synced = std::max(state_->synced, size);
      return IOStatus::OK();
    }

    std::shared_ptr<Disk> disk_;
    std::shared_ptr<FileState> state_;
  };

  class Directory final : public rocksdb::FSDirectoryWrapper {
   public:
    Directory(std::unique_ptr<rocksdb::FSDirectory> directory, std::shared_ptr<Disk> disk,
              const std::string& path)
        : FSDirectoryWrapper(std::move(directory)), disk_(std::move(disk)), path_(path) {}
    IOStatus Fsync(const IOOptions&, Debug*) override { return sync(); }
    IOStatus FsyncWithDirOptions(const IOOptions&, Debug*, const rocksdb::DirFsyncOptions&) override {
      return sync();
    }

   private:
    IOStatus sync() {
      if (auto s = disk_->spend(); !s.ok()) return s;
      disk_->names_synced(path_);
      return IOStatus::OK();
    }

    std::shared_ptr<Disk> disk_;
    std::string path_;
  };

  std::shared_ptr<Disk> disk_;
};

// That disk with the threads of the process around it: for RocksStoreOptions::environment.
class FaultEnvironment final : public rocksdb::EnvWrapper {
 public:
  explicit FaultEnvironment(std::shared_ptr<FaultFileSystem> disk)
      : EnvWrapper(rocksdb::NewCompositeEnv(disk)) {
    file_system_ = std::move(disk);
  }
  const char* Name() const override { return "FaultEnvironment"; }
  // RocksDB waits a second after a failed background job.
  void SleepForMicroseconds(int micros) override { EnvWrapper::SleepForMicroseconds(std::min(micros, 1000)); }
};

}  // namespace tutti
