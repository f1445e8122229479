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
// or the join of one transfer. Each stands for itself.
struct JoinRecord {
  VersionVector source_clock;
  std::vector<StagedRow> rows;
};
using LogRecord = std::variant<std::vector<Operation>, JoinRecord>;

std::string encode_log_record(std::span<const Operation> operations);
std::string encode_log_record(const JoinRecord& join);

// kMalformed where the bytes are no record; kUnsupported for a kind of a newer version.
Result<LogRecord> decode_log_record(ByteView bytes);

// Without decoding the rest.
bool is_join_record(ByteView bytes);

// Canonical row keys and rows, or kMalformed.
Result<> check_joined_row(const StagedRow& row);

}  // namespace tutti
