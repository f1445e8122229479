#include "sim/checkers/merged_states.h"

#include "storage/crypto/text_encoding.h"

namespace tutti::sim {

void MergedStates::add(Instant at, const std::string& node, Database& database, Verdict& verdict) {
  const auto merged = database.merged();
  if (!merged) return;
  const Hash128 hash = clock_hash(database.key(), merged->clock);
  const auto [found, fresh] = states_.try_emplace(
      {hash.high, hash.low}, State{merged->fingerprints, merged->rows, merged->keys, node});
  if (fresh) return;
  ++comparisons_;
  const State& other = found->second;
  const std::string both = "at merged clock " + history_.name(merged->clock) + ", as " + other.node +
                           " and " + node + " have it, ";
  if (other.rows != merged->rows || other.keys != merged->keys) {
    verdict.fail("fingerprint", at, node,
                 both + "there are " + std::to_string(other.rows) + " and " + std::to_string(merged->rows) +
                     " rows, " + std::to_string(other.keys) + " and " + std::to_string(merged->keys) +
                     " keys");
  } else if (!(other.fingerprints == merged->fingerprints)) {
    verdict.fail("fingerprint", at, node,
                 both + "fingerprints are " + to_hex(other.fingerprints.total()) + " and " +
                     to_hex(merged->fingerprints.total()));
  }
}

}  // namespace tutti::sim
