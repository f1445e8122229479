#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "storage/model/hlc.h"
#include "storage/model/operation.h"
#include "storage/model/payload.h"

namespace tutti {

// One live payload of a row, named by the operation that brought it.
struct Live {
  Dot dot;
  Hlc hlc;
  // Of a counter payload: the largest past[actor] of resets applied beside it (RULES.md, "Counters"); else 0.
  Counter reset_at;
  ByteView payload;  // owned elsewhere

  bool operator==(const Live&) const = default;
};

// A row is {dot: payload}: the payloads that applied operations brought and that no applied operation has replaced.
// In order of dot.
using Lives = std::vector<Live>;

// A row of a transfer, as its source has it.
struct StagedRow {
  std::string row_key;
  std::string row_bytes;  // empty: the source has no such row
};

// Row bytes (FORMAT.md, "Rows"): count varint; each: actor u64, counter varint, hlc u64, reset_at varint,
// payload behind its length. An empty row has no bytes: it is absent.
void encode_row(std::span<const Live> row, std::string& out);
// Fills `row` with views into `bytes`. False: they are no canonical row, and `row` is unspecified.
bool decode_row(ByteView bytes, Lives& row);

// Applies one edit to one row that it touches: removes the dots that the edit replaces there, and adds its payload
// if `brings`. The payload is a view into `op`.
void apply_edit(Lives& row, const Operation& op, const Edit& edit, bool brings);

// Joins a transfer's source state of a row into mine, each side with its clock (rule 8). A live dot of mine that
// their clock covers and their row lacks is removed; a dot of theirs that my clock does not cover is added.
void join_row(Lives& mine, const VersionVector& my_clock, std::span<const Live> theirs,
              const VersionVector& their_clock);

// 128-bit fingerprint of one live row; the same on every node with the same clock. It is siphash128 over the row
// key behind its length, then the row bytes with reset_at replaced by the chosen mark.
Hash128 row_fingerprint(const HashKey& key, ByteView row_key, ByteView row_bytes);

}  // namespace tutti
