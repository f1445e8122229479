#include "storage/store/memory_store.h"

#include <algorithm>

#include "storage/base/check.h"
#include "storage/store/checksum.h"

namespace tutti {

namespace {

Error no_room() {
  return {ErrorCode::kFull, "memory disk: it is full. Free space there; writes go on by themselves then"};
}

Error altered(const std::string& what) {
  return {ErrorCode::kCorrupt, "memory disk: " + what + " does not match its checksum"};
}

void flip(std::string& bytes, uint64_t random) {
  const uint64_t bit = random % (bytes.size() * 8);
  bytes[bit / 8] = static_cast<char>(bytes[bit / 8] ^ 1 << bit % 8);
}

}  // namespace

// The faults to come. Snapshots and cursors share them, since they outlive locks and stores.
class MemoryDisk::Faults {
 public:
  Result<> pass(Operation operation) {
    const std::lock_guard lock(mutex_);
    if (suspended_) return {};
    if (writes_ && operation != Operation::kRead) return std::unexpected(*writes_);
    if (full_ && (operation == Operation::kMerge || (operation == Operation::kAppend && sudden_))) {
      sudden_ = false;
      return std::unexpected(no_room());
    }
    auto& spared = spared_[static_cast<size_t>(operation)];
    if (!spared) return {};
    if ((*spared)-- > 0) return {};
    spared.reset();
    return error(ErrorCode::kIo, "memory disk: input/output error");
  }
  Result<> pass_read(Tier tier) {
    if (tier == Tier::kMemory) {
      const std::lock_guard lock(mutex_);
      if (!suspended_ && misses_ && misses_()) return std::unexpected(not_in_memory());
    }
    return pass(Operation::kRead);
  }
  void set_misses(std::function<bool()> misses) {
    const std::lock_guard lock(mutex_);
    misses_ = std::move(misses);
  }
  void fail_writes(Error why) {
    const std::lock_guard lock(mutex_);
    writes_ = std::move(why);
  }
  void fill(bool sudden, uint64_t spared) {
    const std::lock_guard lock(mutex_);
    full_ = true;
    sudden_ = sudden;
    room_spared_ = spared;
  }
  bool full() const {
    const std::lock_guard lock(mutex_);
    return full_ && !sudden_ && room_spared_ == 0;
  }
  bool take_room() {
    const std::lock_guard lock(mutex_);
    if (!full_ || sudden_) return true;
    if (room_spared_ == 0) return false;
    --room_spared_;
    return true;
  }
  void fail_one(Operation operation, uint64_t spared) {
    const std::lock_guard lock(mutex_);
    spared_[static_cast<size_t>(operation)] = spared;
  }
  void heal() {
    const std::lock_guard lock(mutex_);
    writes_.reset();
    full_ = false;
    spared_.fill(std::nullopt);
  }
  void suspend(bool suspended) {
    const std::lock_guard lock(mutex_);
    suspended_ = suspended;
  }
  bool any() const {
    const std::lock_guard lock(mutex_);
    return writes_ || std::ranges::any_of(spared_, [](const auto& spared) { return spared.has_value(); });
  }

 private:
  mutable std::mutex mutex_;
  bool suspended_ = false;
  bool full_ = false, sudden_ = false;
  uint64_t room_spared_ = 0;
  std::optional<Error> writes_;
  std::function<bool()> misses_;
  std::array<std::optional<uint64_t>, static_cast<size_t>(Operation::kCount)> spared_;
};

class MemoryDisk::Cursor final : public RowCursor {
 public:
  Cursor(const PersistentRows& rows, std::shared_ptr<Faults> faults)
      : rows_(rows), faults_(std::move(faults)), at_{~size_t{0}, 0} {}
  Result<> seek(ByteView key) override {
    at_ = rows_.lower_bound(key);
    return verify();
  }
  bool valid() const override { return rows_.valid(at_); }
  ByteView key() const override { return rows_.at(at_).key; }
  ByteView value() const override { return value_; }
  Result<> next() override {
    at_ = rows_.next(at_);
    return verify();
  }

 private:
  Result<> verify() {
    if (auto read = faults_->pass(Operation::kRead); !read) return read;
    if (!valid()) return {};
    value_ = rows_.at(at_).value;
    if (checksum(value_) == rows_.at(at_).sum) return {};
    return std::unexpected(altered("a row"));
  }

  const PersistentRows rows_;  // its own: a cursor may outlive its snapshot
  const std::shared_ptr<Faults> faults_;
  PersistentRows::Place at_;
  std::string value_;  // as it was read: later damage to the disk does not reach it
};

class MemoryDisk::KeyCursor final : public RowCursor {
 public:
  KeyCursor(const PersistentRows& rows, std::shared_ptr<Faults> faults, Tier tier)
      : rows_(rows), faults_(std::move(faults)), tier_(tier) {}
  Result<> seek(ByteView key) override {
    const size_t prefix_size = key_prefix_size(key);
    check(prefix_size > 0, "a key cursor seeks within a key");
    prefix_ = key.substr(0, prefix_size);
    at_ = rows_.lower_bound(key);
    return arrive();
  }
  bool valid() const override { return valid_; }
  ByteView key() const override { return rows_.at(at_).key; }
  ByteView value() const override { return rows_.at(at_).value; }
  Result<> next() override {
    check(valid_, "next() of a key cursor past the end");
    at_ = rows_.next(at_);
    return arrive();
  }

 private:
  Result<> arrive() {
    valid_ = false;
    if (auto read = faults_->pass_read(tier_); !read) return read;
    if (!rows_.valid(at_) || !ByteView(rows_.at(at_).key).starts_with(prefix_)) return {};
    if (checksum(rows_.at(at_).value) != rows_.at(at_).sum) return std::unexpected(altered("a row"));
    valid_ = true;
    return {};
  }

  const PersistentRows rows_;  // its own: a cursor may outlive its snapshot
  const std::shared_ptr<Faults> faults_;
  const Tier tier_;
  std::string prefix_;
  PersistentRows::Place at_;
  bool valid_ = false;
};

class MemoryDisk::Snapshot final : public RowsSnapshot {
 public:
  Snapshot(PersistentRows all, std::string marker, std::shared_ptr<Faults> faults)
      : rows(std::move(all)), marker_(std::move(marker)), faults_(std::move(faults)) {}
  Result<bool> get(ByteView key, std::string& value, Tier tier) const override {
    if (auto read = faults_->pass_read(tier); !read) return std::unexpected(read.error());
    const auto at = rows.lower_bound(key);
    if (!rows.valid(at) || rows.at(at).key != key) return false;
    const PersistentRows::Row& row = rows.at(at);
    if (checksum(row.value) != row.sum) return std::unexpected(altered("a row"));
    value = row.value;
    return true;
  }
  std::unique_ptr<RowCursor> cursor() const override { return std::make_unique<Cursor>(rows, faults_); }
  std::unique_ptr<RowCursor> key_cursor(Tier tier) const override {
    return std::make_unique<KeyCursor>(rows, faults_, tier);
  }
  ByteView marker() const override { return marker_; }

  mutable PersistentRows rows;  // changed by damage alone

 private:
  const std::string marker_;
  const std::shared_ptr<Faults> faults_;
};

// Reads the records that the log held when the cursor was made.
class MemoryDisk::Reader final : public LogCursor {
 public:
  Reader(const MemoryDisk& disk, uint64_t from)
      : disk_(disk), log_(disk.log_), at_(from), last_(log_->last()) {}
  bool valid() const override { return at_ <= last_; }
  Position position() const override { return {at_}; }
  ByteView record() const override {
    const std::lock_guard lock(disk_.mutex_);
    return sealed().bytes;
  }
  Result<> next() override {
    ++at_;
    const std::lock_guard lock(disk_.mutex_);
    return verify();
  }
  // REQUIRES the disk's mutex.
  Result<> verify() {
    if (auto read = disk_.faults_->pass(Operation::kRead); !read) return read;
    if (!valid() || checksum(sealed().bytes) == sealed().sum) return {};
    return std::unexpected(altered("log record " + std::to_string(at_)));
  }

 private:
  const Sealed& sealed() const { return log_->records[at_ - log_->first]; }

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
    if (auto ok = disk_->writable(boot_, Operation::kMerge); !ok) return ok;
    check(upto.value <= disk_->log_->last(), "a merge up to a record that exists");
    disk_->synced_ = std::max(disk_->synced_, upto.value);
    disk_->rows_ = std::make_shared<const Snapshot>(disk_->rows_->rows.with(std::move(changes_)),
                                                    std::string(marker), disk_->faults_);
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

MemoryDisk::MemoryDisk() : log_(std::make_shared<Log>()), faults_(std::make_shared<Faults>()) {
  rows_ = std::make_shared<const Snapshot>(PersistentRows(), "", faults_);
}

void MemoryDisk::power_loss(uint64_t unsynced_survive, double torn) {
  const std::lock_guard lock(mutex_);
  Log& log = own_log();
  const uint64_t last = std::min(log.last(), synced_ + unsynced_survive);
  while (log.last() > last + 1) drop_newest(log);
  if (log.last() > last) {
    std::string& cut = log.records.back().bytes;
    const auto left = static_cast<size_t>(torn * static_cast<double>(cut.size()));
    if (left == 0) {
      drop_newest(log);
    } else {
      const size_t lost = cut.size() - std::min(left, cut.size() - 1);
      cut.resize(cut.size() - lost);
      log_bytes_ -= lost;
      torn_ = log.last();
    }
  }
  // A record found after a power loss counts as synced.
  synced_ = last;
  ++boot_;
}

std::shared_ptr<MemoryDisk> MemoryDisk::clone() const {
  const std::lock_guard lock(mutex_);
  auto copy = std::make_shared<MemoryDisk>();
  copy->log_ = std::make_shared<Log>(*log_);
  copy->synced_ = synced_;
  copy->remembered_ = remembered_;
  copy->log_bytes_ = log_bytes_;
  copy->rows_ =
      std::make_shared<const Snapshot>(rows_->rows.copy(), std::string(rows_->marker()), copy->faults_);
  copy->meta_ = meta_;
  copy->damaged_ = damaged_;
  copy->torn_ = torn_;
  copy->lost_record_ = lost_record_;
  return copy;
}

void MemoryDisk::fill(bool sudden, uint64_t spared) { faults_->fill(sudden, spared); }
void MemoryDisk::fail_writes(Error error) { faults_->fail_writes(std::move(error)); }
void MemoryDisk::fail_one(Operation operation, uint64_t spared) { faults_->fail_one(operation, spared); }
void MemoryDisk::heal() { faults_->heal(); }
void MemoryDisk::set_memory_misses(std::function<bool()> misses) { faults_->set_misses(std::move(misses)); }
void MemoryDisk::suspend_errors(bool suspended) { faults_->suspend(suspended); }
bool MemoryDisk::failing() const { return faults_->any(); }

bool MemoryDisk::flip_bit(Part part, uint64_t random) {
  const std::lock_guard lock(mutex_);
  if (part == Part::kLog) {
    if (log_->records.empty()) return false;
    flip(log_->records[random % log_->records.size()].bytes, random / log_->records.size());
  } else if (part == Part::kRows) {
    if (rows_->rows.size() == 0) return false;
    rows_->rows.flip_bit(random);
  } else {
    if (meta_.empty()) return false;
    const auto at = std::next(meta_.begin(), static_cast<std::ptrdiff_t>(random % meta_.size()));
    if (at->second.bytes.empty()) return false;
    flip(at->second.bytes, random / meta_.size());
  }
  damaged_ = true;
  return true;
}

uint64_t MemoryDisk::unsynced() const {
  const std::lock_guard lock(mutex_);
  return log_->last() - synced_;
}

bool MemoryDisk::damaged() const {
  const std::lock_guard lock(mutex_);
  return damaged_;
}

bool MemoryDisk::lost_record() const {
  const std::lock_guard lock(mutex_);
  return lost_record_;
}

bool MemoryDisk::readable() const {
  const std::lock_guard lock(mutex_);
  const auto whole = [](const auto& sealed) { return checksum(sealed.bytes) == sealed.sum; };
  if (!std::ranges::all_of(log_->records, whole)) return false;
  for (const auto& [key, value] : meta_) {
    if (!whole(value)) return false;
  }
  const PersistentRows& rows = rows_->rows;
  for (auto at = rows.lower_bound({}); rows.valid(at); at = rows.next(at)) {
    if (checksum(rows.at(at).value) != rows.at(at).sum) return false;
  }
  return true;
}

Result<> MemoryDisk::writable(uint64_t boot, Operation operation) {
  if (boot != boot_)
    return error(ErrorCode::kIo, "memory disk: written after a power loss by the store before it");
  if (stalled_ && operation != Operation::kSync) return std::unexpected(no_room());
  auto passed = faults_->pass(operation);
  stalled_ = stalled_ || (!passed && passed.error().code == ErrorCode::kFull);
  return passed;
}

Position MemoryDisk::log_begin() const {
  const std::lock_guard lock(mutex_);
  return {log_->first};
}

Position MemoryDisk::log_before_last(uint64_t bytes) const {
  const std::lock_guard lock(mutex_);
  uint64_t after = 0;
  size_t left = log_->records.size();
  while (left > 0 && after < bytes) after += log_->records[--left].bytes.size();
  return {left == 0 ? 0 : log_->first + left - 1};
}

void MemoryDisk::drop_newest(Log& log) {
  log_bytes_ -= log.records.back().bytes.size();
  log.records.pop_back();
}

void MemoryDisk::drop_torn() {
  const std::lock_guard lock(mutex_);
  Log& log = own_log();
  while (!log.records.empty() && checksum(log.records.back().bytes) != log.records.back().sum) {
    lost_record_ = lost_record_ || log.last() != torn_;
    drop_newest(log);
    synced_ = std::min(synced_, log.last());
  }
  torn_ = 0;
}

MemoryDisk::Log& MemoryDisk::own_log() {
  if (log_.use_count() > 1) log_ = std::make_shared<Log>(*log_);
  return *log_;
}

MemoryStore::MemoryStore(std::shared_ptr<MemoryDisk> disk) : disk_(std::move(disk)), boot_(disk_->boot_) {
  disk_->drop_torn();
  disk_->stalled_ = false;
}

Result<> MemoryStore::room(uint64_t, uint64_t) {
  const std::lock_guard lock(disk_->mutex_);
  if (disk_->stalled_ || !disk_->faults_->take_room()) return std::unexpected(no_room());
  return {};
}

Result<> MemoryStore::resume() {
  const std::lock_guard lock(disk_->mutex_);
  if (disk_->faults_->full()) return std::unexpected(no_room());
  if (disk_->stalled_) return error(ErrorCode::kUnavailable, "there is room again: the store is opened anew");
  return {};
}

Result<> MemoryStore::append(Position position, ByteView record) {
  const std::lock_guard lock(disk_->mutex_);
  if (auto ok = disk_->writable(boot_, MemoryDisk::Operation::kAppend); !ok) return ok;
  check(position.value == disk_->log_->last() + 1, "an append behind the last record");
  disk_->log_->records.push_back({std::string(record), checksum(record)});
  disk_->log_bytes_ += record.size();
  return {};
}

Result<> MemoryStore::sync() {
  const std::lock_guard lock(disk_->mutex_);
  if (auto ok = disk_->writable(boot_, MemoryDisk::Operation::kSync); !ok) return ok;
  disk_->synced_ = disk_->log_->last();
  disk_->remembered_ = std::max(disk_->remembered_, disk_->synced_);
  return {};
}

Position MemoryStore::last_position() const {
  const std::lock_guard lock(disk_->mutex_);
  return {disk_->log_->last()};
}

Position MemoryStore::remembered_position() const {
  const std::lock_guard lock(disk_->mutex_);
  return {disk_->remembered_};
}

void MemoryStore::accept_loss() {
  const std::lock_guard lock(disk_->mutex_);
  disk_->remembered_ = disk_->log_->last();
}

Result<std::unique_ptr<LogCursor>> MemoryStore::read_log(Position from) {
  const std::lock_guard lock(disk_->mutex_);
  auto reader = std::make_unique<MemoryDisk::Reader>(*disk_, std::max(from.value, disk_->log_->first));
  if (auto ok = reader->verify(); !ok) return std::unexpected(ok.error());
  return reader;
}

Result<> MemoryStore::cut_log(Position before) {
  const std::lock_guard lock(disk_->mutex_);
  if (auto ok = disk_->writable(boot_, MemoryDisk::Operation::kMetaPut); !ok) return ok;
  if (before.value <= disk_->log_->first) return {};
  check(before.value <= disk_->synced_ + 1, "a cut behind what is merged");
  MemoryDisk::Log& log = disk_->own_log();
  for (; log.first < before.value; ++log.first) {
    disk_->log_bytes_ -= log.records.front().bytes.size();
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
  if (auto ok = disk_->writable(boot_, MemoryDisk::Operation::kMerge); !ok)
    return std::unexpected(ok.error());
  return std::make_unique<MemoryDisk::Merge>(disk_, boot_);
}

Result<std::optional<std::string>> MemoryStore::meta_get(ByteView key) {
  const std::lock_guard lock(disk_->mutex_);
  if (auto ok = disk_->faults_->pass(MemoryDisk::Operation::kRead); !ok) return std::unexpected(ok.error());
  const auto at = disk_->meta_.find(key);
  if (at == disk_->meta_.end()) return std::nullopt;
  const auto& [bytes, sum] = at->second;
  if (checksum(bytes) != sum) return std::unexpected(altered("'" + std::string(key) + "'"));
  return bytes;
}

Result<> MemoryStore::meta_put(ByteView key, ByteView value) {
  const std::lock_guard lock(disk_->mutex_);
  if (auto ok = disk_->writable(boot_, MemoryDisk::Operation::kMetaPut); !ok) return ok;
  disk_->meta_.insert_or_assign(std::string(key), MemoryDisk::Sealed{std::string(value), checksum(value)});
  return {};
}

}  // namespace tutti
