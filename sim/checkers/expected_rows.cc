#include "sim/checkers/expected_rows.h"

#include <algorithm>

namespace tutti::sim {
namespace {

std::string printable(ByteView bytes) {
  std::string text;
  for (const char c : bytes.substr(0, 60)) {
    const bool plain = c >= ' ' && c <= '~';
    text += plain ? std::string(1, c) : "\\" + std::to_string(static_cast<uint8_t>(c));
  }
  return bytes.size() > 60 ? text + "..." : text;
}

// What the operation brought to the row; null where it brought nothing there.
const History::Brought* brought_by(const History& history, History::RowIndex row, Dot dot) {
  for (const auto& [at, index] : history.find(dot)->brought) {
    if (at == row) return &history.brought(row, index);
  }
  return nullptr;
}

// An operation of the clock that replaced it. REQUIRES one.
Dot replaced_by(const History::Brought& brought, const VersionVector& clock) {
  const auto by = std::ranges::find_if(brought.replaced_by, [&](Dot dot) { return clock.covers(dot); });
  return by == brought.replaced_by.end() ? brought.dot : *by;
}

}  // namespace

const std::vector<uint32_t>& ExpectedRows::live(History::RowIndex row) {
  if (rows_.size() <= row) rows_.resize(history_.rows());
  return rows_[row];
}

void ExpectedRows::define(const VersionVector& clock) {
  rows_.assign(history_.rows(), {});
  for (History::RowIndex row = 0; row < rows_.size(); ++row) history_.define(row, clock, rows_[row]);
}

void ExpectedRows::apply(const History::Minted& minted, const VersionVector& clock,
                         std::vector<History::RowIndex>& touched) {
  rows_.resize(history_.rows());
  const size_t first = touched.size();
  for (const Edit& edit : minted.operation.edits) history_.touched(edit, touched);
  // A key's payload lies in its register, which the edit's own target does not name.
  for (const auto& [row, index] : minted.brought) touched.push_back(row);
  for (size_t i = first; i < touched.size(); ++i) {
    const History::RowIndex row = touched[i];
    std::erase_if(rows_[row], [&](uint32_t at) { return !history_.alive(history_.brought(row, at), clock); });
  }
  for (const auto& [row, index] : minted.brought) {
    if (history_.alive(history_.brought(row, index), clock)) rows_[row].push_back(index);
  }
}

Difference difference(const History& history, History::RowIndex row, const VersionVector& clock,
                      const std::vector<uint32_t>& expected, const Lives& actual) {
  const std::string where = "row " + printable(history.row_key(row));
  const auto find = [&](Dot dot) {
    return std::ranges::find_if(expected, [&](uint32_t at) { return history.brought(row, at).dot == dot; });
  };
  std::string checker = "state", text;
  for (const Live& live : actual) {
    const auto at = find(live.dot);
    if (at == expected.end()) {
      text += " holds " + history.name(live.dot) + " (" + printable(live.payload) + ")";
      if (!clock.covers(live.dot))
        text += ", which the clock does not cover;";
      else if (const auto* minted = history.find(live.dot); !minted)
        text += ", which nobody wrote;";
      else if (const History::Brought* gone = brought_by(history, row, live.dot); !gone)
        text += ", which was never brought here;";
      else if (const Dot by = replaced_by(*gone, clock); expected.empty()) {
        checker = "deleted";
        text += ", which was deleted by " + history.name(by) + " and is back;";
      } else
        text += ", which was replaced by " + history.name(by) + ";";
      continue;
    }
    const History::Brought& brought = history.brought(row, *at);
    if (live.hlc != brought.hlc) text += " has another hlc for " + history.name(live.dot) + ";";
    if (live.payload != brought.payload) {
      text += " has " + printable(live.payload) + " for " + history.name(live.dot) + " instead of " +
              printable(brought.payload) + ";";
    } else if (payload_kind(live.payload) == PayloadKind::kCounter) {
      const Counter want = history.mark(row, brought, clock);
      const Counter got = chosen_mark(*decode_payload(live.payload), live.reset_at);
      if (got != want) {
        text += " reckons counter " + history.name(live.dot) + " from mark " + std::to_string(got.value) +
                " instead of " + std::to_string(want.value) + ";";
      }
      const auto worth = history.worth(row, brought, clock);
      const int64_t shown = counter_worth(*decode_payload(live.payload), live.reset_at);
      if (worth && *worth != shown) {
        text += " counts " + std::to_string(shown) + " for " + history.name(live.dot) + " instead of " +
                std::to_string(*worth) + ", which clients asked for;";
      }
    }
  }
  for (const uint32_t at : expected) {
    const History::Brought& brought = history.brought(row, at);
    if (std::ranges::none_of(actual, [&](const Live& live) { return live.dot == brought.dot; })) {
      text += " lacks " + history.name(brought.dot) + " (" + printable(brought.payload) + ");";
    }
  }
  return {checker, text.empty() ? text : where + text};
}

}  // namespace tutti::sim
