#include "storage/log/log_record.h"

#include "storage/base/bytes.h"
#include "storage/model/clock_codec.h"
#include "storage/model/operation_codec.h"
#include "storage/model/row.h"
#include "storage/model/row_key.h"

namespace tutti {
namespace {

enum class RecordKind : uint8_t { kOperations = 1, kJoin = 2 };

Result<LogRecord> decode_join(ByteView bytes) {
  ByteReader in(bytes);
  JoinRecord join;
  join.source_clock = get_clock(in);
  // No reserve(): a hostile count may promise far more rows than the bytes hold.
  for (uint64_t left = in.count(2); left > 0 && in.ok(); --left) {
    StagedRow& row = join.rows.emplace_back();
    row.row_key = in.bytes();
    row.row_bytes = in.bytes();
    if (!in.ok()) break;
    if (auto checked = check_joined_row(row); !checked) return std::unexpected(checked.error());
  }
  if (!in.done()) return error(ErrorCode::kMalformed, "join record: cut short, or bytes left over");
  return join;
}

}  // namespace

std::string encode_log_record(std::span<const Operation> operations) {
  std::string out;
  put_u8(out, static_cast<uint8_t>(RecordKind::kOperations));
  PastTable table;
  encode_operations(operations, table, out);
  return out;
}

std::string encode_log_record(const JoinRecord& join) {
  std::string out;
  put_u8(out, static_cast<uint8_t>(RecordKind::kJoin));
  put_clock(out, join.source_clock);
  put_varint(out, join.rows.size());
  for (const StagedRow& row : join.rows) {
    put_bytes(out, row.row_key);
    put_bytes(out, row.row_bytes);
  }
  return out;
}

Result<LogRecord> decode_log_record(ByteView bytes) {
  if (bytes.empty()) return error(ErrorCode::kMalformed, "log record: no bytes");
  const auto kind = static_cast<RecordKind>(bytes[0]);
  bytes.remove_prefix(1);
  switch (kind) {
    case RecordKind::kOperations: {
      PastTable table;
      auto operations = decode_operations(bytes, table);
      if (!operations) return std::unexpected(operations.error());
      return *std::move(operations);
    }
    case RecordKind::kJoin: return decode_join(bytes);
  }
  return error(ErrorCode::kUnsupported, "log record: of a kind this version does not know");
}

bool is_join_record(ByteView bytes) {
  return !bytes.empty() && static_cast<RecordKind>(bytes[0]) == RecordKind::kJoin;
}

Result<> check_joined_row(const StagedRow& row) {
  Lives lives;
  if (!split_row_key(row.row_key)) return error(ErrorCode::kMalformed, "joined row: no canonical row key");
  if (!decode_row(row.row_bytes, lives)) return error(ErrorCode::kMalformed, "joined row: no canonical row");
  for (const Live& live : lives) {
    if (!decode_payload(live.payload))
      return error(ErrorCode::kMalformed, "joined row: a payload that is none");
  }
  return {};
}

}  // namespace tutti
