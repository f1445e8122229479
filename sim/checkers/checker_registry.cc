#include "sim/checkers/checker_registry.h"

#include <algorithm>

namespace tutti::sim {

// The one place to name a checker.
const std::vector<CheckerKind>& checker_kinds() {
  static const std::vector<CheckerKind> kinds = {
      {"state", "rows, keys, scans and counts are exactly what the clock stands for"},
      {"expired",
       "a reaper takes only what has expired, by its turn, and nothing else is seen of the key for it"},
      {"replies",
       "what a client is told, and what its write does, is what the state at the node's clock demands"},
      {"hlc", "an operation's reading is above all that its writer had applied"},
      {"deleted", "a row that was deleted does not return"},
      {"causal", "an operation is applied after its whole past; a join is causally closed"},
      {"dots", "no dot is minted twice, or by two nodes, or altered on its way; no gaps"},
      {"clock", "clocks never fall back but by power loss, and then to the end of some turn"},
      {"acknowledged", "what was acknowledged is on the disk, and is there after every start and in the end"},
      {"fingerprint", "merges at equal clocks have equal fingerprints, rows, keys"},
      {"log", "from its floor, the log serves exactly clock minus floor, in causal order"},
      {"atomic", "what one operation wrote is seen whole or not at all, at every node"},
      {"sessions",
       "a client that carries its clock reads its own writes, and nothing older than it read before"},
      {"bounds", "every buffer keeps its bound"},
      {"replay", "no message is taken more often than it was sent"},
      {"convergence", "all clocks are equal within checks.heal_seconds after healing"},
      {"liveness", "clocks are equal within c x log2(nodes) + k probe periods after healing"},
      {"bytes", "healing costs no more than a x missing bytes + b, with what idleness costs"},
      {"budget",
       "where nothing is lost, pushes bring everything: few deliveries are late, and no transfer runs"},
      {"membership", "after healing no live node is held unreachable by another"},
      {"alarm", "no alarm where nothing of the kind was done"},
      {"recovery", "the database opens, the node starts, its disk does not fail"},
      {"progress", "time does not stand still"},
      {"determinism", "the same seed is the same run, event by event"},
  };
  return kinds;
}

bool is_checker(std::string_view name) {
  return std::ranges::find(checker_kinds(), name, &CheckerKind::name) != checker_kinds().end();
}

std::string checker_names() {
  std::string names;
  for (const CheckerKind& kind : checker_kinds())
    names += (names.empty() ? "" : ", ") + std::string(kind.name);
  return names;
}

}  // namespace tutti::sim
