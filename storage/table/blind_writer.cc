#include "storage/table/blind_writer.h"

#include "storage/base/bytes.h"
#include "storage/model/row_key.h"

namespace tutti {
namespace {

// The past names every dot that `clock` names.
bool past_covers(const Operation& op, const VersionVector& clock) {
  if (clock.get(op.dot.actor) > op.past_of(op.dot.actor)) return false;
  VersionVector others = clock;
  others.remove(op.dot.actor);
  return op.past->covers(others);
}

// The row bytes of one live payload, brought by the operation: the case of nearly every write.
bool is_one_replaced(ByteView row, const Operation& op) {
  ByteReader in(row);
  if (in.u8() != 1) return false;
  const Dot dot{ActorId{in.u64()}, Counter{in.varint()}};
  return op.past_covers(dot) || dot == op.dot;
}

}  // namespace

void BlindWriter::begin_table(const VersionVector& clock) {
  window_ = std::move(table_start_);
  table_start_ = clock;
  last_past_.reset();
}

void BlindWriter::forget(const VersionVector& clock) {
  window_ = table_start_ = clock;
  last_past_.reset();
}

BlindWriter::Reach BlindWriter::reach_of(const Operation& op) {
  if (last_past_ != op.past || last_actor_ != op.dot.actor) {
    last_reach_ = past_covers(op, table_start_) ? Reach::kAll
                  : past_covers(op, window_)    ? Reach::kUntouched
                                                : Reach::kNone;
    last_past_ = op.past;
    last_actor_ = op.dot.actor;
  }
  return last_reach_;
}

Result<> BlindWriter::write(const Operation& op) {
  for (const Edit& edit : op.edits) {
    Result<> written;
    switch (edit.scope) {
      case Edit::Scope::kRow: written = write_row(op, edit); break;
      case Edit::Scope::kKey: written = write_key(op, edit); break;
      case Edit::Scope::kPrefix: written = write_prefix(op, edit); break;
    }
    if (!written) return written;
  }
  return {};
}

void BlindWriter::put_row(ByteView row_key, ByteView bytes) {
  Table& table = layers_.current();
  const size_t prefix_size = key_prefix_size(row_key);
  table.write(table.touch(row_key.substr(0, prefix_size)), row_key.substr(prefix_size), bytes);
}

// `blind`: the edit replaces every dot that an untouched row can hold.
Result<> BlindWriter::edit_row(Table::Entry& entry, ByteView suffix, const Operation& op, const Edit& edit,
                               bool blind) {
  if (auto* touched = entry.find(suffix)) return edit_touched(entry, suffix, *touched, op, edit, true);
  lives_.clear();
  if (!blind) {
    const auto below = layers_.row(Layers::kCurrent, entry.prefix(), suffix, below_);
    if (!below) return std::unexpected(below.error());
    if (!decode_row(*below, lives_)) return error(ErrorCode::kCorrupt, "a row on disk is no canonical row");
  }
  apply_edit(lives_, op, edit, true);
  bytes_.clear();
  encode_row(lives_, bytes_);
  layers_.current().write(entry, suffix, bytes_);
  return {};
}

Result<> BlindWriter::edit_touched(Table::Entry& entry, ByteView suffix, Table::RowBytes& row,
                                   const Operation& op, const Edit& edit, bool brings) {
  if (row.size == 0 && !(brings && edit.payload)) return {};
  lives_.clear();
  const bool whole = !edit.replaces && (row.size == 0 || is_one_replaced(row.view(), op));
  if (!whole && !decode_row(row.view(), lives_))
    return error(ErrorCode::kCorrupt, "a row in memory is no row");
  apply_edit(lives_, op, edit, brings);
  bytes_.clear();
  encode_row(lives_, bytes_);
  layers_.current().write(entry, suffix, row, bytes_);
  return {};
}

Result<> BlindWriter::write_row(const Operation& op, const Edit& edit) {
  const ByteView target(edit.target);
  const size_t prefix_size = key_prefix_size(target);
  const ByteView prefix = target.substr(0, prefix_size);
  const ByteView suffix = target.substr(prefix_size);
  Table::Entry& entry = layers_.current().touch(prefix);
  bool blind = false;
  if (!edit.replaces && !entry.find(suffix)) {
    const Reach reach = reach_of(op);
    blind = reach == Reach::kAll;
    if (reach == Reach::kUntouched) {
      const Table::Entry* before = layers_.previous().find(prefix);
      blind = !before || !before->find(suffix);
    }
  }
  return edit_row(entry, suffix, op, edit, blind);
}

Result<> BlindWriter::write_key(const Operation& op, const Edit& edit) {
  Table& table = layers_.current();
  Table::Entry& entry = table.touch(edit.target);
  if (!entry.complete) {
    const Reach reach = reach_of(op);
    if (reach == Reach::kAll || (reach == Reach::kUntouched && !layers_.previous().find(edit.target))) {
      table.make_complete(entry);
    }
  }
  if (edit.payload || entry.reg.touched()) {
    if (auto done = edit_row(entry, kRegisterSuffix, op, edit, entry.complete); !done) return done;
  }
  if (entry.rows) {
    for (auto& [suffix, row] : entry.rows->by_suffix) {
      if (auto done = edit_touched(entry, suffix, row, op, edit, false); !done) return done;
    }
  }
  table.erase_untouched(entry, op);
  return {};
}

Result<> BlindWriter::write_prefix(const Operation& op, const Edit& edit) {
  Table& table = layers_.current();
  for (size_t i = 0; i < table.size(); ++i) {
    if (!table.at(i).prefix().starts_with(edit.target)) continue;
    Table::Entry& entry = table.touch(table.at(i).prefix());
    entry.census.lived_below = Table::Answer::kUnknown;
    if (entry.reg.touched()) {
      if (auto done = edit_touched(entry, kRegisterSuffix, entry.reg, op, edit, false); !done) return done;
    }
    if (!entry.rows) continue;
    for (auto& [suffix, row] : entry.rows->by_suffix) {
      if (auto done = edit_touched(entry, suffix, row, op, edit, false); !done) return done;
    }
  }
  table.add_range(edit.target, op, reach_of(op) == Reach::kAll);
  table.census().ranges_known = false;
  return {};
}

}  // namespace tutti
