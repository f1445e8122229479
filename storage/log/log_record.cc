#include "storage/log/log_record.h"

#include "storage/base/bytes.h"
#include "storage/model/clock_codec.h"
#include "storage/model/operation_codec.h"
#include "storage/model/row.h"
#include "storage/model/row_key.h"

namespace tutti {
namespace {

// 1 was operations with whole pasts.
enum class RecordKind : uint8_t { kJoin = 2, kOperations = 3 };

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

std::string encode_log_record(const VersionVector& before, std::span<const Operation> operations) {
  std::string out;
  put_u8(out, static_cast<uint8_t>(RecordKind::kOperations));
  encode_operations(before, operations, out);
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

Result<LogRecord> decode_log_record(const VersionVector& before, ByteView bytes) {
  if (bytes.empty()) return error(ErrorCode::kMalformed, "log record: no bytes");
  const auto kind = static_cast<RecordKind>(bytes[0]);
  bytes.remove_prefix(1);
  switch (kind) {
    case RecordKind::kOperations: {
      auto operations = decode_operations(before, bytes);
      if (!operations) return std::unexpected(operations.error());
      return *std::move(operations);
    }
    case RecordKind::kJoin: return decode_join(bytes);
  }
  return error(ErrorCode::kUnsupported, "log record: of a kind this version does not know");
}

std::optional<VersionVector> joined_clock(ByteView bytes) {
  ByteReader in(bytes);
  if (static_cast<RecordKind>(in.u8()) != RecordKind::kJoin) return std::nullopt;
  VersionVector clock = get_clock(in);
  return in.ok() ? std::optional(std::move(clock)) : std::nullopt;
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
