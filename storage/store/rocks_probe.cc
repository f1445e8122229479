#include "storage/store/rocks_probe.h"

#include "storage/store/rocks_internal.h"

namespace tutti {

namespace {

RocksDatabase& database_of(Store& store) { return static_cast<RocksStore&>(store).database(); }

Result<bool> outcome(const RocksDatabase& database, const rocksdb::Status& status) {
  if (status.IsNotFound()) return false;
  if (!status.ok()) return std::unexpected(storage_error("reading a row", database.directory, status));
  return true;
}

}  // namespace

std::vector<RowsLevel> rows_levels(Store& store) {
  RocksDatabase& database = database_of(store);
  rocksdb::ColumnFamilyMetaData family;
  database.db->GetColumnFamilyMetaData(database.rows, &family);
  std::vector<RowsLevel> levels;
  for (const auto& level : family.levels) {
    if (!level.files.empty()) levels.push_back({level.level, level.files.size(), level.size});
  }
  return levels;
}

struct BareReads::State {
  RocksDatabase& database;
  rocksdb::ReadOptions options;
  rocksdb::PinnableSlice value;
};

BareReads::BareReads(Store& store) : state_(new State{database_of(store), {}, {}}) {}
BareReads::~BareReads() = default;

Result<bool> BareReads::get(ByteView key) {
  State& state = *state_;
  state.value.Reset();
  return outcome(state.database,
                 state.database.db->Get(state.options, state.database.rows, slice(key), &state.value));
}

Result<bool> BareReads::get(ByteView key, std::string& value) {
  State& state = *state_;
  return outcome(state.database,
                 state.database.db->Get(state.options, state.database.rows, slice(key), &value));
}

}  // namespace tutti
