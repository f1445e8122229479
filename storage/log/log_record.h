#pragma once

#include <span>
#include <string>
#include <variant>
#include <vector>

#include "storage/base/result.h"
#include "storage/model/operation.h"
#include "storage/model/row.h"

namespace tutti {

// The records of a node's own log (FORMAT.md, "Log records"): a kind byte, then the operations of one commit,
// or the join of one transfer. Each record decodes without the others.
struct JoinRecord {
  VersionVector source_clock;
  std::vector<StagedRow> rows;
};
using LogRecord = std::variant<std::vector<Operation>, JoinRecord>;

std::string encode_log_record(std::span<const Operation> operations);
std::string encode_log_record(const JoinRecord& join);

// kMalformed: the bytes are no record. kUnsupported: a kind of a newer version.
Result<LogRecord> decode_log_record(ByteView bytes);

// Without decoding the rest.
bool is_join_record(ByteView bytes);

// kMalformed: the row key or the row is not canonical.
Result<> check_joined_row(const StagedRow& row);

}  // namespace tutti
