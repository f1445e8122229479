#include "storage/memory_store.h"

#include <algorithm>

#include "storage/check.h"

namespace tutti {

class MemoryDisk::Cursor final : public RowCursor {
 public:
  explicit Cursor(const PersistentRows& rows) : rows_(rows), at_{~size_t{0}, 0} {}
  Result<> seek(ByteView key) override {
    at_ = rows_.lower_bound(key);
    return {};
  }
  bool valid() const override { return rows_.valid(at_); }
  ByteView key() const override { return rows_.at(at_).key; }
  ByteView value() const override { return rows_.at(at_).value; }
  Result<> next() override {
    at_ = rows_.next(at_);
    return {};
  }

 private:
  const PersistentRows rows_;  // its own: a cursor may outlive its snapshot
  PersistentRows::Place at_;
};

class MemoryDisk::Snapshot final : public RowsSnapshot {
 public:
  Snapshot(PersistentRows all, std::string marker) : rows(std::move(all)), marker_(std::move(marker)) {}
  Result<bool> get(ByteView key, std::string& value) const override {
    const auto at = rows.lower_bound(key);
    if (!rows.valid(at) || rows.at(at).key != key) return false;
    value = rows.at(at).value;
    return true;
  }
  std::unique_ptr<RowCursor> cursor() const override { return std::make_unique<Cursor>(rows); }
  ByteView marker() const override { return marker_; }

  const PersistentRows rows;

 private:
  const std::string marker_;
};

// Reads the records there were when it was made.
class MemoryDisk::Reader final : public LogCursor {
 public:
  Reader(const MemoryDisk& disk, uint64_t from)
      : disk_(disk), log_(disk.log_), at_(from), last_(log_->last()) {}
  bool valid() const override { return at_ <= last_; }
  Position position() const override { return {at_}; }
  ByteView record() const override {
    const std::lock_guard lock(disk_.mutex_);
    return log_->records[at_ - log_->first];
  }
  Result<> next() override {
    ++at_;
    return {};
  }

 private:
  const MemoryDisk& disk_;
  const std::shared_ptr<const Log> log_;
  uint64_t at_;
  const uint64_t last_;
};

class MemoryDisk::Merge final : public RowsMerge {
 public:
  Merge(std::shared_ptr<MemoryDisk> disk, uint64_t boot) : disk_(std::move(disk)), boot_(boot) {}
  Result<> put(ByteView key, ByteView value) override { return add({std::string(key), std::string(value)}); }
  Result<> remove(ByteView key) override { return add({std::string(key), std::nullopt}); }
  Result<> commit(Position upto, ByteView marker) override {
    const std::lock_guard lock(disk_->mutex_);
    if (auto ok = disk_->writable(boot_); !ok) return ok;
    check(upto.value <= disk_->log_->last(), "a merge up to a record that exists");
    disk_->synced_ = std::max(disk_->synced_, upto.value);
    disk_->rows_ =
        std::make_shared<const Snapshot>(disk_->rows_->rows.with(std::move(changes_)), std::string(marker));
    return {};
  }

 private:
  Result<> add(PersistentRows::Change change) {
    check(changes_.empty() || changes_.back().key < change.key, "a merge in ascending order");
    changes_.push_back(std::move(change));
    return {};
  }

  const std::shared_ptr<MemoryDisk> disk_;
  const uint64_t boot_;
  std::vector<PersistentRows::Change> changes_;
};

MemoryDisk::MemoryDisk()
    : log_(std::make_shared<Log>()), rows_(std::make_shared<const Snapshot>(PersistentRows(), "")) {}

void MemoryDisk::power_loss(uint64_t unsynced_survive) {
  const std::lock_guard lock(mutex_);
  Log& log = own_log();
  const uint64_t last = std::min(log.last(), synced_ + unsynced_survive);
  while (log.last() > last) {
    log_bytes_ -= log.records.back().size();
    log.records.pop_back();
  }
  // Whoever finds a record after the loss relies on it.
  synced_ = last;
  ++boot_;
}

std::shared_ptr<MemoryDisk> MemoryDisk::clone() const {
  const std::lock_guard lock(mutex_);
  auto copy = std::make_shared<MemoryDisk>();
  copy->log_ = std::make_shared<Log>(*log_);
  copy->synced_ = synced_;
  copy->log_bytes_ = log_bytes_;
  copy->rows_ = rows_;
  copy->meta_ = meta_;
  return copy;
}

void MemoryDisk::fail_writes(Error error) {
  const std::lock_guard lock(mutex_);
  fault_ = std::move(error);
}

void MemoryDisk::heal() {
  const std::lock_guard lock(mutex_);
  fault_.reset();
}

uint64_t MemoryDisk::unsynced() const {
  const std::lock_guard lock(mutex_);
  return log_->last() - synced_;
}

Result<> MemoryDisk::writable(uint64_t boot) const {
  if (boot != boot_)
    return error(ErrorCode::kIo, "memory disk: written after a power loss by the store before it");
  if (fault_) return std::unexpected(*fault_);
  return {};
}

MemoryDisk::Log& MemoryDisk::own_log() {
  if (log_.use_count() > 1) log_ = std::make_shared<Log>(*log_);
  return *log_;
}

MemoryStore::MemoryStore(std::shared_ptr<MemoryDisk> disk) : disk_(std::move(disk)), boot_(disk_->boot_) {}

Result<> MemoryStore::append(Position position, ByteView record) {
  const std::lock_guard lock(disk_->mutex_);
  if (auto ok = disk_->writable(boot_); !ok) return ok;
  check(position.value == disk_->log_->last() + 1, "an append behind the last record");
  disk_->log_->records.emplace_back(record);
  disk_->log_bytes_ += record.size();
  return {};
}

Result<> MemoryStore::sync() {
  const std::lock_guard lock(disk_->mutex_);
  if (auto ok = disk_->writable(boot_); !ok) return ok;
  disk_->synced_ = disk_->log_->last();
  return {};
}

Position MemoryStore::last_position() const {
  const std::lock_guard lock(disk_->mutex_);
  return {disk_->log_->last()};
}

Result<std::unique_ptr<LogCursor>> MemoryStore::read_log(Position from) {
  const std::lock_guard lock(disk_->mutex_);
  return std::make_unique<MemoryDisk::Reader>(*disk_, std::max(from.value, disk_->log_->first));
}

Result<> MemoryStore::cut_log(Position before) {
  const std::lock_guard lock(disk_->mutex_);
  if (auto ok = disk_->writable(boot_); !ok) return ok;
  if (before.value <= disk_->log_->first) return {};
  check(before.value <= disk_->synced_ + 1, "a cut behind what is merged");
  MemoryDisk::Log& log = disk_->own_log();
  for (; log.first < before.value; ++log.first) {
    disk_->log_bytes_ -= log.records.front().size();
    log.records.pop_front();
  }
  return {};
}

uint64_t MemoryStore::log_bytes() const {
  const std::lock_guard lock(disk_->mutex_);
  return disk_->log_bytes_;
}

std::shared_ptr<const RowsSnapshot> MemoryStore::rows() {
  const std::lock_guard lock(disk_->mutex_);
  return disk_->rows_;
}

Result<std::unique_ptr<RowsMerge>> MemoryStore::begin_merge() {
  const std::lock_guard lock(disk_->mutex_);
  if (auto ok = disk_->writable(boot_); !ok) return std::unexpected(ok.error());
  return std::make_unique<MemoryDisk::Merge>(disk_, boot_);
}

Result<std::optional<std::string>> MemoryStore::meta_get(ByteView key) {
  const std::lock_guard lock(disk_->mutex_);
  const auto at = disk_->meta_.find(key);
  if (at == disk_->meta_.end()) return std::nullopt;
  return at->second;
}

Result<> MemoryStore::meta_put(ByteView key, ByteView value) {
  const std::lock_guard lock(disk_->mutex_);
  if (auto ok = disk_->writable(boot_); !ok) return ok;
  disk_->meta_.insert_or_assign(std::string(key), std::string(value));
  return {};
}

}  // namespace tutti
