#pragma once

#include <optional>
#include <string>

#include "sim/truth/history.h"
#include "storage/database.h"

namespace tutti::sim {

struct AuditFinding {
  std::string checker;  // "state", "deleted", "log"
  std::string what;
};

// Reads one node's database whole and holds it against the definition at `clock`, worked out from scratch:
// every row, every key's rows in order, the list of keys and, if asked, their count (`state`); then the log
// from its floor, which must serve exactly clock minus floor, in causal order, unaltered (`log`). The first
// thing wrong, if any. `may_refuse`: its disk is not sound, so that what it does not answer is no finding;
// what it answers must be right all the same.
std::optional<AuditFinding> audit(const History& history, const VersionVector& clock, Database& database,
                                  bool may_refuse, bool count_keys);

}  // namespace tutti::sim
