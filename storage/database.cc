#include "storage/database.h"

#include <algorithm>

#include "storage/base/check.h"
#include "storage/log/log.h"
#include "storage/model/operation_codec.h"
#include "storage/table/blind_writer.h"
#include "storage/table/cache_warmer.h"
#include "storage/table/key_census.h"
#include "storage/table/key_fetch.h"
#include "storage/table/key_rows.h"
#include "storage/table/key_scan.h"
#include "storage/table/merge.h"
#include "storage/table/row_census.h"

namespace tutti {
namespace {

// With this many ranges a table is due for a merge: every read of an untouched row checks all of them.
constexpr size_t kRangesBeforeMerge = 64;
// Where the disk has no room for so much more, the log is cut of all that nobody is known to lack.
constexpr uint64_t kRoomBytesBeforeCut = 64ull << 20;

}  // namespace

class Database::Impl {
 public:
  Impl(Store& store, const HashKey& key, const Options& options)
      : store_(store),
        key_(key),
        options_(options),
        writer_(layers_),
        log_(store, options.log_sample_records) {
    layers_.tables = {std::make_shared<Table>(key_), std::make_shared<Table>(key_)};
    layers_.cache = std::make_shared<KeyCache>(key_, options_.read_cache_bytes);
  }

  // --- opening ---
  Result<> recover() {
    layers_.put_below(store_.rows());
    Marker marker;
    if (!layers_.disk->marker().empty()) {
      auto decoded = decode_marker(layers_.disk->marker());
      if (!decoded) return std::unexpected(decoded.error());
      marker = *std::move(decoded);
    }
    merged_ = std::make_shared<const Merged>(Merged{.clock = marker.clock,
                                                    .position = marker.position,
                                                    .fingerprints = marker.fingerprints,
                                                    .rows = marker.rows,
                                                    .keys = marker.keys,
                                                    .snapshot = layers_.disk});
    clock_ = marker.clock;
    last_hlc_ = marker.last_hlc;
    table_log_bytes_ = marker.log_bytes;
    writer_.forget(clock_);
    if (auto opened = log_.open(std::move(marker)); !opened) return opened;
    auto replayed =
        log_.replay(merged_->position, [this](Position at, ByteView record) { return redo(at, record); });
    logged_clock_ = clock_;
    return replayed;
  }

  // --- writing ---
  Result<> room(uint64_t bytes) {
    if (broken_) return std::unexpected(*broken_);
    return store_.room(bytes, unmerged_bytes());
  }

  Result<> apply(Operation op) {
    if (broken_) return std::unexpected(*broken_);
    check_next(op);
    if (!uncommitted_) {
      operations_.clear();
      uncommitted_ = true;
    }
    operations_.push_back(std::move(op));
    return show(operations_.back());
  }

  Result<Position> commit() {
    close_readers();
    if (broken_) return std::unexpected(*broken_);
    if (!uncommitted_) {
      operations_.clear();
      return log_.last();
    }
    const std::string record = encode_log_record(std::exchange(logged_clock_, clock_), operations_);
    if (auto written = log_.write(record); !written) {
      close_for_writes(written.error());  // what it shows is not in the log, whatever the reason
      return std::unexpected(written.error());
    }
    uncommitted_ = false;
    log_.written(record.size(), clock_, nullptr);
    return log_.last();
  }

  Result<Position> join(const VersionVector& source_clock, std::span<const StagedRow> rows) {
    check(!uncommitted_, "a join with nothing uncommitted");
    if (broken_) return std::unexpected(*broken_);
    JoinRecord record{source_clock, {}};
    for (const StagedRow& row : rows) {
      record.rows.push_back({row.row_key, row.row_bytes});
      if (auto checked = check_joined_row(record.rows.back()); !checked)
        return std::unexpected(checked.error());
    }
    // All reads come before the write to the log, and the rows change after it: an error has changed nothing.
    auto joined = join_rows(record);
    if (!joined) return std::unexpected(joined.error());
    const std::string bytes = encode_log_record(record);
    if (auto written = log_.write(bytes); !written) return fail(written.error());
    operations_.clear();
    take_in(record, *joined);
    logged_clock_ = clock_;
    log_.written(bytes.size(), clock_, &record.source_clock);
    return log_.last();
  }

  // --- reading ---
  Result<const Lives*> read(ByteView row_key, Tier tier) {
    const size_t prefix_size = key_prefix_size(row_key);
    check(prefix_size != 0 && prefix_size < row_key.size(), "a read of a row key");
    if (unlogged_touch(row_key.substr(0, prefix_size))) return std::unexpected(unlogged_error());
    const auto bytes = layers_.row(Layers::kCurrent, row_key.substr(0, prefix_size),
                                   row_key.substr(prefix_size), buffer_, tier);
    if (!bytes) return fail(bytes.error());
    if (!decode_row(*bytes, lives_)) return fail(bad_row(row_key));
    return &lives_;
  }

  Result<const Lives*> read_lone_register(ByteView key_prefix, Tier tier) {
    if (unlogged_touch(key_prefix)) return std::unexpected(unlogged_error());
    const auto bytes = layers_.lone_register(key_prefix, reader(tier));
    if (!bytes) return fail(bytes.error());
    if (!*bytes) return nullptr;
    if (!decode_row(**bytes, lives_)) return fail(bad_row(key_prefix));
    return &lives_;
  }

  Result<> read_key(ByteView key_prefix, ByteView from, const RowVisitor& visit, Tier tier) {
    if (unlogged_touch(key_prefix)) return std::unexpected(unlogged_error());
    KeyRows rows(layers_, Layers::kCurrent, key_prefix, reader(tier), from);
    Lives row;
    for (;;) {
      const auto more = rows.next();
      if (!more) return fail(more.error());
      if (!*more) return {};
      const auto kind = static_cast<uint8_t>(rows.suffix()[0]);
      if (!is_row_kind(kind) || !decode_row(rows.bytes(), row)) return fail(bad_row(key_prefix));
      const RowKeyParts parts{key_prefix, static_cast<RowKind>(kind), rows.suffix().substr(1)};
      if (!visit(parts, row)) return {};
    }
  }

  Result<uint64_t> count_rows(ByteView key_prefix, RowKind kind, Tier tier) {
    if (unlogged_touch(key_prefix)) return std::unexpected(unlogged_error());
    return heed(tutti::count_rows(layers_, key_prefix, kind, reader(tier)));
  }

  Result<ScanPage> scan_keys(ByteView from, size_t count, ByteView key_beginning) {
    if (!unlogged_.empty()) return std::unexpected(unlogged_error());
    return heed(scan_page(layers_, freezes_, from, count, key_beginning));
  }
  Result<uint64_t> key_count() {
    if (!unlogged_.empty()) return std::unexpected(unlogged_error());
    return heed(count_keys(layers_, merged_->keys));
  }

  // --- merging ---
  bool merge_due() const {
    if (merging_ || broken_) return false;
    return layers_.current().bytes() >= options_.table_bytes_max / 2 ||
           log_.bytes() - table_log_bytes_ >= options_.merge_log_bytes ||
           layers_.current().ranges().size() >= kRangesBeforeMerge;
  }

  uint64_t table_bytes() const { return layers_.current().bytes(); }

  double pressure() const {
    const double bytes =
        static_cast<double>(layers_.current().bytes() + (merging_ ? layers_.previous().bytes() : 0));
    const double bound = static_cast<double>(options_.table_bytes_max);
    return std::clamp((bytes - 0.75 * bound) / (0.25 * bound), 0.0, 1.0);
  }

  std::unique_ptr<Merge> begin_merge() {
    check(!merging_ && !uncommitted_ && unlogged_.empty(), "a merge at a time, of what is committed");
    merging_ = true;
    auto outgoing = std::exchange(layers_.tables[Layers::kPrevious], layers_.tables[Layers::kCurrent]);
    layers_.tables[Layers::kCurrent] = std::make_shared<Table>(key_);
    layers_.previous_merged = false;
    layers_.cache->begin_merge();
    writer_.begin_table(clock_);
    table_log_bytes_ = log_.bytes();
    ++freezes_;
    Marker marker = log_.marker();
    marker.clock = clock_;
    marker.last_hlc = last_hlc_;
    return std::make_unique<TableMerge>(store_, key_, layers_.tables[Layers::kPrevious], merged_,
                                        std::move(marker), std::move(outgoing), layers_.cache);
  }

  Result<> finish_merge(std::unique_ptr<Merge> merge, Result<> outcome) {
    check(merging_ && merge, "the merge that was begun");
    merging_ = false;
    if (!outcome) {
      // Any error closes it: the frozen table is not on disk, and there is no place for a second frozen table.
      if (!broken_) close_for_writes(outcome.error());
      return outcome;
    }
    merged_ = static_cast<TableMerge&>(*merge).merged();
    check(merged_ != nullptr, "a merge that was run");
    close_readers();
    layers_.put_below(merged_->snapshot);
    layers_.previous_merged = true;
    return {};
  }

  KeyReader& reader(Tier tier) { return readers_[static_cast<size_t>(tier)]; }
  void close_readers() {
    for (KeyReader& reader : readers_) reader.cursor.reset();
  }

  void found(const Error& error) { (void)fail(error); }

  // --- the log ---
  Result<LogChunk> read_log(const VersionVector& peer, size_t bytes_max) {
    return heed(log_.read(peer, bytes_max));
  }
  std::function<Result<>()> cut_log(const VersionVector& every) {
    if (broken_) return {};
    const auto room = store_.room(kRoomBytesBeforeCut, unmerged_bytes());
    const uint64_t keep = room ? options_.log_bytes_keep : 0;
    auto cut = heed(log_.cut(merged_->position, keep, every));
    return cut ? *std::move(cut) : std::function<Result<>()>();
  }

  Store& store_;
  const HashKey key_;
  const Options options_;

  VersionVector clock_;
  Hlc last_hlc_;
  VersionVector logged_clock_;  // after the log's last record
  ClockHash clock_hash_{key_};
  std::optional<Error> broken_;

  Layers layers_;
  // By tier. They live for one turn: cursors kept longer would hold files that compaction replaced.
  std::array<KeyReader, 2> readers_{KeyReader{Tier::kAny}, KeyReader{Tier::kMemory}};
  BlindWriter writer_;
  std::shared_ptr<const Merged> merged_;
  bool merging_ = false;
  uint64_t freezes_ = 0;

  Log log_;
  uint64_t table_log_bytes_ = 0;       // of the log, when the current table began
  std::vector<Operation> operations_;  // uncommitted, or of the last commit
  bool uncommitted_ = false;
  std::vector<Operation> unlogged_;  // applied, at least in part, but not logged when the database broke

 private:
  uint64_t unmerged_bytes() const {
    return layers_.current().bytes() + (merging_ ? layers_.previous().bytes() : 0);
  }

  static Error bad_row(ByteView key) {
    return {ErrorCode::kCorrupt, "a row of '" + std::string(key) + "' is no canonical row"};
  }

  // The first kIo or kCorrupt ends all writing.
  std::unexpected<Error> fail(Error e) {
    if (!broken_ && (e.code == ErrorCode::kIo || e.code == ErrorCode::kCorrupt)) close_for_writes(e);
    return std::unexpected(std::move(e));
  }

  // Operations that are not in the log by now are lost. The clock drops them. The rows that they touched cannot be
  // restored without a replay, so reads of them fail.
  void close_for_writes(const Error& why) {
    broken_ = why;
    if (!uncommitted_) return;
    uncommitted_ = false;
    unlogged_ = std::exchange(operations_, {});
    for (auto op = unlogged_.rbegin(); op != unlogged_.rend(); ++op) {
      if (!clock_.covers(op->dot)) continue;  // the last one, half written
      clock_.set({op->dot.actor, {op->dot.counter.value - 1}});
    }
  }

  bool unlogged_touch(ByteView prefix) const {
    return std::ranges::any_of(unlogged_, [&](const Operation& op) {
      return std::ranges::any_of(op.edits, [&](const Edit& edit) {
        switch (edit.scope) {
          case Edit::Scope::kRow: return ByteView(edit.target).starts_with(prefix);
          case Edit::Scope::kKey: return ByteView(edit.target) == prefix;
          case Edit::Scope::kPrefix: return prefix.starts_with(edit.target);
        }
        return true;
      });
    });
  }

  Error unlogged_error() const {
    return {broken_->code, "not readable until a restart, as the last writes here did not reach the log: " +
                               broken_->message};
  }
  template <class T>
  Result<T> heed(Result<T> result) {
    if (!result) return fail(std::move(result.error()));
    return result;
  }

  void check_next(const Operation& op) const {
    check(op.past != nullptr && clock_.get(op.dot.actor).value + 1 == op.dot.counter.value,
          "an operation that is the next of its actor");
    // The clock only grows: a past that it covers stays covered.
    if (op.past != ready_past_) {
      check(op.ready_at(clock_), "an operation whose past is applied");
      ready_past_ = op.past;
    }
  }

  // Applies one operation to rows, clock and hlc: first, and again in a replay.
  Result<> show(const Operation& op) {
    if (auto written = writer_.write(op); !written) return fail(written.error());
    clock_.raise(op.dot);
    last_hlc_ = std::max(last_hlc_, op.hlc);
    return {};
  }

  Result<std::vector<std::string>> join_rows(const JoinRecord& record) {
    std::vector<std::string> joined;
    joined.reserve(record.rows.size());
    Lives theirs;
    for (const auto& row : record.rows) {
      auto mine = read(row.row_key, Tier::kAny);
      if (!mine) return std::unexpected(mine.error());
      check(decode_row(row.row_bytes, theirs), "a joined row that was checked");
      join_row(lives_, clock_, theirs, record.source_clock);
      encode_row(lives_, joined.emplace_back());
    }
    return joined;
  }

  void take_in(const JoinRecord& record, const std::vector<std::string>& joined) {
    for (size_t i = 0; i < joined.size(); ++i) {
      writer_.put_row(record.rows[i].row_key, joined[i]);
      for (const Live& live : (decode_row(joined[i], lives_), lives_))
        last_hlc_ = std::max(last_hlc_, live.hlc);
    }
    clock_.join(record.source_clock);
    writer_.forget(clock_);
  }

  Result<> redo(Position at, ByteView bytes) {
    const auto corrupt = [&](const std::string& why) {
      return error(ErrorCode::kCorrupt, "log record " + std::to_string(at.value) + ": " + why);
    };
    auto record = decode_log_record(clock_, bytes);
    if (!record) return corrupt(record.error().message);
    const auto* join = std::get_if<JoinRecord>(&*record);
    if (join) {
      auto joined = join_rows(*join);
      if (!joined) return std::unexpected(joined.error());
      take_in(*join, *joined);
    } else {
      for (const Operation& op : std::get<std::vector<Operation>>(*record)) {
        if (clock_.get(op.dot.actor).value + 1 != op.dot.counter.value || !op.ready_at(clock_)) {
          return corrupt("an operation out of causal order");
        }
        if (auto shown = show(op); !shown) return shown;
      }
    }
    log_.written(bytes.size(), clock_, join ? &join->source_clock : nullptr);
    return {};
  }

  mutable std::shared_ptr<const VersionVector> ready_past_;
  std::string buffer_;
  Lives lives_;
};

Database::Database(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Database::~Database() = default;

Result<std::unique_ptr<Database>> Database::open(Store& store, const HashKey& key, const Options& options) {
  auto impl = std::make_unique<Impl>(store, key, options);
  if (auto recovered = impl->recover(); !recovered) return std::unexpected(recovered.error());
  return std::unique_ptr<Database>(new Database(std::move(impl)));
}

const VersionVector& Database::clock() const { return impl_->clock_; }
const VersionVector& Database::floor() const { return impl_->log_.floor(); }
Hash128 Database::clock_hash() const { return impl_->clock_hash_.of(impl_->clock_); }
const HashKey& Database::key() const { return impl_->key_; }
const std::optional<Error>& Database::broken() const { return impl_->broken_; }
void Database::found(const Error& error) { impl_->found(error); }
Hlc Database::last_hlc() const { return impl_->last_hlc_; }

Result<> Database::room(uint64_t bytes) { return impl_->room(bytes); }
Result<> Database::apply(Operation op) { return impl_->apply(std::move(op)); }
Result<Position> Database::commit() { return impl_->commit(); }
std::span<const Operation> Database::last_committed() const {
  return impl_->uncommitted_ ? std::span<const Operation>() : impl_->operations_;
}
Store& Database::store() { return impl_->store_; }

Result<const Lives*> Database::read(ByteView row_key, Tier tier) { return impl_->read(row_key, tier); }
Result<const Lives*> Database::read_lone_register(ByteView key_prefix, Tier tier) {
  return impl_->read_lone_register(key_prefix, tier);
}
Result<> Database::read_key(ByteView key_prefix, const RowVisitor& visit, ByteView from, Tier tier) {
  return impl_->read_key(key_prefix, from, visit, tier);
}
std::function<void()> Database::fetch(std::vector<std::string> targets, uint64_t bytes_max) const {
  return key_fetch(impl_->layers_, std::move(targets), bytes_max);
}
Result<uint64_t> Database::count_rows(ByteView key_prefix, RowKind kind, Tier tier) {
  return impl_->count_rows(key_prefix, kind, tier);
}
Result<ScanPage> Database::scan_keys(ByteView from, size_t count, ByteView key_beginning) {
  return impl_->scan_keys(from, count, key_beginning);
}
Result<uint64_t> Database::key_count() { return impl_->key_count(); }

std::function<Result<>()> Database::warm_cache() const {
  check(!impl_->merging_, "a cache that no merge is changing");
  return cache_warmer(impl_->layers_.cache, impl_->layers_.disk);
}

bool Database::merge_due() const { return impl_->merge_due(); }
bool Database::merging() const { return impl_->merging_; }
bool Database::nothing_to_merge() const {
  return impl_->layers_.current().empty() && impl_->merged_->clock == impl_->clock_;
}
double Database::pressure() const { return impl_->pressure(); }
uint64_t Database::table_bytes() const { return impl_->table_bytes(); }
std::unique_ptr<Database::Merge> Database::begin_merge() { return impl_->begin_merge(); }
Result<> Database::finish_merge(std::unique_ptr<Merge> merge, Result<> outcome) {
  return impl_->finish_merge(std::move(merge), std::move(outcome));
}
std::shared_ptr<const Database::Merged> Database::merged() const { return impl_->merged_; }

Result<LogChunk> Database::read_log(const VersionVector& peer, size_t bytes_max) {
  return impl_->read_log(peer, bytes_max);
}
std::function<Result<>()> Database::cut_log(const VersionVector& every) { return impl_->cut_log(every); }
Result<Position> Database::join(const VersionVector& source_clock, std::span<const StagedRow> rows) {
  return impl_->join(source_clock, rows);
}

}  // namespace tutti
