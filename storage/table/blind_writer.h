#pragma once

#include <string>

#include "storage/table/layers.h"

namespace tutti {

// Writes operations and joined rows into the current table. Reads the layers below only where it must (rule 5):
//   - The layers below the current table hold only dots of the clock at which that table began (table_start_).
//   - A row that the previous table did not touch holds only dots of the clock at which the previous table
//     began (window_).
// An operation whose past covers one of these clocks replaces those rows without reading them.
class BlindWriter {
 public:
  // `layers` stays the caller's.
  explicit BlindWriter(Layers& layers) : layers_(layers) {}

  // A new current table begins at this clock.
  void begin_table(const VersionVector& clock);
  // After a start or a join: the layers below may hold any dot of this clock.
  void forget(const VersionVector& clock);

  // All edits of one operation, in order. After an error the operation is half written: the caller stops.
  Result<> write(const Operation& op);
  // Replaces the row's bytes. REQUIRES a canonical row key.
  void put_row(ByteView row_key, ByteView bytes);

 private:
  // The rows that an operation replaces whole, among those that the current table has not touched.
  enum class Reach : uint8_t {
    kNone,
    kUntouched,  // the rows that the previous table has not touched either
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

  // The answer for the last past: consecutive operations of one writer share it.
  std::shared_ptr<const VersionVector> last_past_;
  ActorId last_actor_;
  Reach last_reach_ = Reach::kNone;

  std::string bytes_, below_;
  Lives lives_;
};

}  // namespace tutti
