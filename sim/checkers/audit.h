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

// Reads one node's whole database and holds it against the definition at `clock`, worked out from scratch.
// `state`: every row, every key's rows in order, the list of keys and, if asked, their count. `log`: it must
// serve exactly clock minus floor, in causal order, unaltered. Returns the first thing that is wrong.
// `may_refuse`: the disk is not sound; then a refused read is no finding, but what is answered must be right.
std::optional<AuditFinding> audit(const History& history, const VersionVector& clock, Database& database,
                                  bool may_refuse, bool count_keys);

}  // namespace tutti::sim
