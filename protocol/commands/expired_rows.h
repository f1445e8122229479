#pragma once

#include <vector>

#include "storage/database.h"
#include "storage/model/expiry.h"

namespace tutti {

// What a reaper may take of a key (RULES.md, "Expiry").
struct ExpiredRows {
  // Deletes that name exactly the dots that have ended, and what they hide. A row's increments and what else it has go
  // in two. Expiries last.
  std::vector<Edit> edits;
  bool more = false;  // a key beyond `edits_max`: what is left is as hidden as before
  End next;           // of what stays, the first to end
};

// `at_ms`: what has ended by then. At most two edits more than `edits_max`. With Tier::kMemory kUnavailable says that
// the key is to be fetched.
Result<ExpiredRows> find_expired(Database& database, ByteView key_prefix, uint64_t at_ms, size_t edits_max,
                                 Tier tier);

}  // namespace tutti
