#include "sim/checkers/whole_operation.h"

#include <algorithm>

namespace tutti::sim {
namespace {

bool holds(const Lives& lives, Dot dot) {
  return std::ranges::any_of(lives, [&](const Live& live) { return live.dot == dot; });
}

}  // namespace

std::string partly_applied(const History& history, const History::Minted& minted, const VersionVector& clock,
                           const ReadRow& read) {
  const Operation& op = minted.operation;
  std::string done, undone;
  const auto note = [&](bool shows, const char* what, const std::string& row) {
    std::string& list = shows ? done : undone;
    list += (list.empty() ? "" : ", ") + std::string(what) + " " + row;
  };
  for (const auto& [row, index] : minted.brought) {
    if (!history.alive(history.brought(row, index), clock)) continue;
    if (const Lives* lives = read(history.row_key(row)))
      note(holds(*lives, op.dot), "brought", history.row_key(row));
  }
  std::vector<History::RowIndex> rows;
  for (const Edit& edit : op.edits) history.touched(edit, rows);
  std::ranges::sort(rows);
  rows.erase(std::ranges::unique(rows).begin(), rows.end());
  for (const History::RowIndex row : rows) {
    const Lives* lives = nullptr;
    for (uint32_t at = 0; at < history.brought_count(row); ++at) {
      const History::Brought& before = history.brought(row, at);
      if (std::ranges::find(before.replaced_by, op.dot) == before.replaced_by.end()) continue;
      if (!lives) lives = read(history.row_key(row));
      if (!lives) break;
      // Gone by another's hand too, it proves nothing of this one.
      const bool alone =
          std::ranges::count_if(before.replaced_by, [&](Dot dot) { return clock.covers(dot); }) == 1;
      const bool back = holds(*lives, before.dot);
      if (alone || back) note(!back, "replaced in", history.row_key(row));
    }
  }
  if (done.empty() || undone.empty()) return {};
  return history.name(op.dot) + " is there in part: it has " + done + "; it has not " + undone;
}

}  // namespace tutti::sim
