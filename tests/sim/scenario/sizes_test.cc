#include <catch2/catch.hpp>

#include "protocol/replica/replica_options.h"
#include "sim/scenario/scenario_file.h"
#include "sim/scenario/settings.h"
#include "storage/database.h"

// What a scenario is sized like where it says nothing.
using namespace tutti;
using namespace tutti::sim;

namespace {

void check_fixed(const Range& range, uint64_t shipped) {
  CHECK(range.low == static_cast<double>(shipped));
  CHECK(range.high == range.low);
}
void check_fixed(const Range& range, Duration shipped) {
  check_fixed(range,
              static_cast<uint64_t>(std::chrono::duration_cast<std::chrono::milliseconds>(shipped).count()));
}

}  // namespace

TEST_CASE("a scenario that says nothing of sizes has the daemon's") {
  const Scenario::Sizes sizes;
  const Database::Options database;
  const ReplicaOptions replica;
  check_fixed(sizes.table_bytes_max, database.table_bytes_max);
  check_fixed(sizes.merge_log_bytes, database.merge_log_bytes);
  check_fixed(sizes.log_bytes_keep, database.log_bytes_keep);
  check_fixed(sizes.log_sample_records, database.log_sample_records);
  check_fixed(sizes.log_bytes_hard_max, replica.log_bytes_hard_max);
  check_fixed(sizes.waiting_operations_max, replica.waiting_operations_max);
  check_fixed(sizes.waiting_bytes_max, replica.waiting_bytes_max);
  check_fixed(sizes.push_backlog_bytes_max, replica.push_backlog_bytes_max);
  check_fixed(sizes.pull_chunk_bytes, replica.pull_chunk_bytes);
  check_fixed(sizes.probe_period_ms, replica.probe_period);
  check_fixed(sizes.clock_base_entries, replica.clock_base_entries);
  check_fixed(sizes.clock_grace_ms, replica.clock_grace);
  check_fixed(sizes.pull_timeout_ms, replica.pull_timeout);
  check_fixed(sizes.mesh_members_max, replica.mesh_members_max);
  check_fixed(sizes.neighbours, replica.neighbours_wanted);
  check_fixed(sizes.transfer_timeout_ms, replica.transfer_timeout);
  check_fixed(sizes.transfer_idle_ms, replica.transfer_idle);
  check_fixed(sizes.transfer_page_bytes, replica.transfer_page_bytes);
  check_fixed(sizes.transfer_rows_bytes, replica.transfer_rows_bytes);
  check_fixed(sizes.transfer_rows_per_ask, replica.transfer_rows_per_ask);
  check_fixed(sizes.transfer_deletes_max, replica.transfer_deletes_max);
  check_fixed(sizes.transfer_cache_bytes_max, replica.transfer_cache_bytes_max);
}

TEST_CASE("small sizes come before what else is set, wherever they stand") {
  const auto read = parse_scenario("[cluster]\nlog_bytes_keep = 7\nsizes = \"small\"\n", "here", {});
  REQUIRE(read);
  CHECK(read->cluster.log_bytes_keep.high == 7);
  CHECK(read->cluster.table_bytes_max.high == Scenario::small_sizes().table_bytes_max.high);
  CHECK(read->cluster.probe_period_ms.high == Scenario::Sizes{}.probe_period_ms.high);

  const auto themed = parse_scenario(
      "swarm = \"yes\"\n[cluster]\nsizes = \"small\"\n[[theme]]\nname = \"a\"\nshare = 1\n"
      "cluster.log_bytes_keep = 7\ncluster.sizes = \"shipped\"\n",
      "here", {});
  REQUIRE(themed);
  Scenario made = *themed;
  REQUIRE(apply_theme(made, themed->themes[0]));
  CHECK(made.cluster.log_bytes_keep.high == 7);
  CHECK(made.cluster.table_bytes_max.high == Scenario::Sizes{}.table_bytes_max.high);
}
