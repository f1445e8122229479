#pragma once

#include <string>

#include "storage/table/layers.h"

namespace tutti {

// Writes operations and joined rows into the current table, reading what lies below only where it must
// (rule 5). What lies below the current table holds only dots of the clock at its start, and a row
// that the previous table did not touch only dots of the clock at the previous one's start, the window. An
// operation whose past covers such a clock replaces what is there unread.
class BlindWriter {
 public:
  // `layers` stays the caller's.
  explicit BlindWriter(Layers& layers) : layers_(layers) {}

  // A new current table begins at this clock.
  void begin_table(const VersionVector& clock);
  // Nothing below is known to be older than this clock: after a start or a join.
  void forget(const VersionVector& clock);

  // All edits of one operation, in order. An error leaves it half written: the caller stops.
  Result<> write(const Operation& op);
  // A row as it is from now on. REQUIRES a canonical row key.
  void put_row(ByteView row_key, ByteView bytes);

 private:
  // Which rows that the current table has not touched an operation replaces whole.
  enum class Reach : uint8_t {
    kNone,
    kUntouched,  // those that the previous table has not touched either
    kAll,
  };

  Reach reach_of(const Operation& op);
  Result<> write_row(const Operation& op, const Edit& edit);
  Result<> write_key(const Operation& op, const Edit& edit);
  Result<> write_prefix(const Operation& op, const Edit& edit);
  Result<> edit_row(Table::Entry& entry, ByteView suffix, const Operation& op, const Edit& edit, bool blind);
  Result<> edit_touched(Table::Entry& entry, ByteView suffix, Table::RowBytes& row, const Operation& op,
                        const Edit& edit, bool brings);

  Layers& layers_;
  VersionVector table_start_;
  VersionVector window_;

  // The answer for the last past seen: operations of a run share theirs.
  std::shared_ptr<const VersionVector> last_past_;
  ActorId last_actor_;
  Reach last_reach_ = Reach::kNone;

  std::string bytes_, below_;
  Lives lives_;
};

}  // namespace tutti
