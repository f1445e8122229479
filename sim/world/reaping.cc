#include "sim/world/reaping.h"

#include <algorithm>

#include "sim/checkers/key_life.h"

namespace tutti::sim {
namespace {

// What a round of the reaper, a look at the wall clock and reads of the disk may take.
constexpr uint64_t kRoundMs = 3000;
// Nodes leave others' expiries to them for a minute and up to half a minute more. Who has looked at a key looks again
// when the expiry that governed it then is due: another may end sooner, once that one is gone.
constexpr uint64_t kGraceMs = 105'000;

}  // namespace

// All that was ever written there is of the process or of the one before it.
bool Reaping::own(const std::vector<History::RowIndex>& rows, const Observer& observer) const {
  return std::ranges::all_of(rows, [&](History::RowIndex row) {
    for (uint32_t at = 0; at < history_.brought_count(row); ++at) {
      const History::Brought& brought = history_.brought(row, at);
      if (!observer.owns(brought.dot.actor)) return false;
    }
    return true;
  });
}

Reaping::Reaping(const History& history, const std::vector<std::unique_ptr<SimNode>>& nodes)
    : history_(history), nodes_(nodes) {
  for (const auto& [prefix, rows] : history_.keys()) {
    bool any = false, all = true;
    for (const History::RowIndex row : rows) {
      for (uint32_t at = 0; at < history_.brought_count(row); ++at) {
        const bool expires = payload_expires_ms(history_.brought(row, at).payload) != 0;
        any |= expires;
        all &= expires;
      }
    }
    if (any) keys_.push_back({prefix, all});
  }
}

std::optional<Reaping::Left> Reaping::left(bool all) const {
  for (const auto& node : nodes_) {
    if (!node->up() || !node->member() || !node->sound() || node->copied()) continue;
    const uint64_t now_ms = node->wall_ms();
    const VersionVector& clock = node->observer().clock();
    for (const auto& [prefix, always] : keys_) {
      const auto& rows = history_.keys().at(prefix);
      const bool soon = own(rows, node->observer());
      // What a living value hid, and a delete that had not heard of it uncovers, nobody looks for (RULES.md, "Expiry").
      if (!soon && !(all && always)) continue;
      const auto by = KeyLife(history_, rows, clock).ended_by(now_ms - kRoundMs - (soon ? 0 : kGraceMs));
      if (by.empty()) continue;
      return Left{node->name(),
                  *unescape(prefix) + " has something that has ended, by " + history_.name(*by.begin()) +
                      ", and it is not reaped" +
                      (soon ? ", which this node is to do at once" : ", and the grace is over")};
    }
  }
  return std::nullopt;
}

}  // namespace tutti::sim
