#pragma once

#include <optional>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "storage/base/result.h"
#include "storage/model/operation.h"
#include "storage/model/row.h"

namespace tutti {

// The records of a node's own log (FORMAT.md, "Log records"): a kind byte, then the operations of one commit,
// or the join of one transfer. What is known of pasts is the clock before the record.
struct JoinRecord {
  VersionVector source_clock;
  std::vector<StagedRow> rows;
};
using LogRecord = std::variant<std::vector<Operation>, JoinRecord>;

// `before`: the clock before the record, that is, after all records before it.
std::string encode_log_record(const VersionVector& before, std::span<const Operation> operations);
std::string encode_log_record(const JoinRecord& join);

// kMalformed: the bytes are no record. kUnsupported: a kind of another version.
Result<LogRecord> decode_log_record(const VersionVector& before, ByteView bytes);

// The source's clock of a join, without decoding its rows; nullopt: no join, or damaged.
std::optional<VersionVector> joined_clock(ByteView bytes);

// kMalformed: the row key or the row is not canonical.
Result<> check_joined_row(const StagedRow& row);

}  // namespace tutti
