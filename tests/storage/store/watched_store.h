#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>

#include "storage/store/memory_store.h"

namespace tutti {

// A store in memory that counts the reads of its rows, and shows each row to the test before a merge writes it. Loses:
// nothing. Fails: when the disk is told to.
class WatchedStore final : public Store {
 public:
  explicit WatchedStore(std::shared_ptr<MemoryDisk> disk) : store_(std::move(disk)) {}

  size_t looks() const { return *looks_; }  // at single rows, and steps and seeks of cursors
  std::function<void()> on_merged_row = [] {};

  Result<> room(uint64_t record, uint64_t rows) override { return store_.room(record, rows); }
  Result<> resume() override { return store_.resume(); }
  Result<> append(Position position, ByteView record) override { return store_.append(position, record); }
  Result<> sync() override { return store_.sync(); }
  Position last_position() const override { return store_.last_position(); }
  Position remembered_position() const override { return store_.remembered_position(); }
  void accept_loss() override { store_.accept_loss(); }
  Result<std::unique_ptr<LogCursor>> read_log(Position from) override { return store_.read_log(from); }
  Result<> cut_log(Position before) override { return store_.cut_log(before); }
  uint64_t log_bytes() const override { return store_.log_bytes(); }
  std::shared_ptr<const RowsSnapshot> rows() override {
    return std::make_shared<Rows>(store_.rows(), looks_);
  }
  Result<std::unique_ptr<RowsMerge>> begin_merge() override {
    auto merge = store_.begin_merge();
    if (!merge) return merge;
    return std::make_unique<Merge>(*std::move(merge), on_merged_row);
  }
  Result<std::optional<std::string>> meta_get(ByteView key) override { return store_.meta_get(key); }
  Result<> meta_put(ByteView key, ByteView value) override { return store_.meta_put(key, value); }

 private:
  using Looks = std::shared_ptr<size_t>;

  class Cursor final : public RowCursor {
   public:
    Cursor(std::unique_ptr<RowCursor> cursor, Looks looks)
        : cursor_(std::move(cursor)), looks_(std::move(looks)) {}
    Result<> seek(ByteView key) override { return ++*looks_, cursor_->seek(key); }
    bool valid() const override { return cursor_->valid(); }
    ByteView key() const override { return cursor_->key(); }
    ByteView value() const override { return cursor_->value(); }
    Result<> next() override { return ++*looks_, cursor_->next(); }

   private:
    std::unique_ptr<RowCursor> cursor_;
    Looks looks_;
  };

  class Rows final : public RowsSnapshot {
   public:
    Rows(std::shared_ptr<const RowsSnapshot> rows, Looks looks)
        : rows_(std::move(rows)), looks_(std::move(looks)) {}
    using RowsSnapshot::get;
    Result<bool> get(ByteView key, std::string& value, Tier tier) const override {
      return ++*looks_, rows_->get(key, value, tier);
    }
    std::unique_ptr<RowCursor> cursor() const override {
      return std::make_unique<Cursor>(rows_->cursor(), looks_);
    }
    using RowsSnapshot::key_cursor;
    std::unique_ptr<RowCursor> key_cursor(Tier tier) const override {
      return std::make_unique<Cursor>(rows_->key_cursor(tier), looks_);
    }
    ByteView marker() const override { return rows_->marker(); }

   private:
    std::shared_ptr<const RowsSnapshot> rows_;
    Looks looks_;
  };

  class Merge final : public RowsMerge {
   public:
    Merge(std::unique_ptr<RowsMerge> merge, const std::function<void()>& on_row)
        : merge_(std::move(merge)), on_row_(on_row) {}
    Result<> put(ByteView key, ByteView value) override { return on_row_(), merge_->put(key, value); }
    Result<> remove(ByteView key) override { return on_row_(), merge_->remove(key); }
    Result<> commit(Position upto, ByteView marker) override { return merge_->commit(upto, marker); }

   private:
    std::unique_ptr<RowsMerge> merge_;
    const std::function<void()>& on_row_;
  };

  MemoryStore store_;
  const Looks looks_ = std::make_shared<size_t>(0);
};

}  // namespace tutti
