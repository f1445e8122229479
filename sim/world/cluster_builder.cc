#include "sim/world/cluster_builder.h"

#include <chrono>

#include "sim/kernel/units.h"
#include "sim/machine/identities.h"

namespace tutti::sim {
namespace {

size_t draw_members(const Scenario& scenario, SeededRandom& random) {
  const auto low = static_cast<size_t>(scenario.cluster.nodes.low);
  return low + random.index(static_cast<size_t>(scenario.cluster.nodes.high) - low + 1);
}

size_t draw_spares(const Scenario& scenario, uint64_t seed) {
  SeededRandom random(seed, "spares");
  return static_cast<size_t>(draw(scenario.cluster.spares, random));
}

ReplicaOptions draw_replica_options(const Scenario::Cluster& c, SeededRandom& random) {
  ReplicaOptions made;
  made.cluster_id = "simulated";
  made.durability = c.durability;
  made.probe_period = from_milliseconds(draw(c.probe_period_ms, random));
  made.transfer_timeout = from_milliseconds(draw(c.transfer_timeout_ms, random));
  made.clock_grace = from_milliseconds(draw(c.clock_grace_ms, random));
  made.mesh_members_max = static_cast<size_t>(draw(c.mesh_members_max, random));
  made.neighbours_wanted = static_cast<size_t>(draw(c.neighbours, random));
  made.pull_timeout = from_milliseconds(draw(c.pull_timeout_ms, random));
  made.log_bytes_hard_max = draw_size(c.log_bytes_hard_max, random);
  made.waiting_operations_max = draw_size(c.waiting_operations_max, random);
  made.waiting_bytes_max = draw_size(c.waiting_bytes_max, random);
  made.push_backlog_bytes_max = draw_size(c.push_backlog_bytes_max, random);
  made.pull_chunk_bytes = draw_size(c.pull_chunk_bytes, random);
  made.transfer_page_bytes = draw_size(c.transfer_page_bytes, random);
  made.transfer_rows_bytes = draw_size(c.transfer_rows_bytes, random);
  made.transfer_deletes_max = draw_size(c.transfer_deletes_max, random);
  made.transfer_rows_per_ask = draw_size(c.transfer_rows_per_ask, random);
  made.transfer_idle = from_milliseconds(draw(c.transfer_idle_ms, random));
  made.transfer_cache_bytes_max = draw_size(c.transfer_cache_bytes_max, random);
  made.clock_base_entries = static_cast<size_t>(draw(c.clock_base_entries, random));
  return made;
}

Database::Options draw_database_options(const Scenario::Cluster& c, SeededRandom& random) {
  Database::Options made;
  made.table_bytes_max = draw_size(c.table_bytes_max, random);
  made.read_cache_bytes = made.table_bytes_max;
  made.merge_log_bytes = draw_size(c.merge_log_bytes, random);
  made.log_bytes_keep = draw_size(c.log_bytes_keep, random);
  made.log_sample_records = draw_size(c.log_sample_records, random);
  return made;
}

SimNode::Setup draw_setup(const Scenario::Cluster& c, uint64_t seed, size_t index, SeededRandom& random) {
  SimNode::Setup setup;
  setup.index = index;
  setup.seed = seed;
  MemberRecord self;
  random.fill(self.id.bytes);
  self.name = "n" + std::to_string(index);
  self.address = Network::address_of(index);
  setup.replica = draw_replica_options(c, random);
  setup.database = draw_database_options(c, random);
  setup.mono_start = from_milliseconds(1e3 * draw({1, 1e6}, random));
  const double skew = draw(c.wall_skew_ms, random) * (random.chance(0.5) ? 1 : -1);
  setup.wall_offset = std::chrono::milliseconds(static_cast<int64_t>(skew));
  // The lists that all begin with are of this very start: else each would have to hear of all others anew.
  self.incarnation = static_cast<uint64_t>(NodeClock::kTrueWallStartMs + setup.wall_offset.count());
  setup.sync_min = from_milliseconds(c.sync_ms.low);
  setup.sync_max = from_milliseconds(c.sync_ms.high);
  setup.merge_min = from_milliseconds(c.merge_ms.low);
  setup.merge_max = from_milliseconds(c.merge_ms.high);
  setup.row_checks = draw(c.row_checks, random);
  SeededRandom misses(seed, "memory misses", index);
  setup.memory_misses = draw(c.memory_misses, misses);
  setup.replica.self = std::move(self);
  return setup;
}

void take_identity(SimNode::Setup& setup, const NoiseOptions& identity) {
  MemberRecord& self = setup.replica.self;
  self.id = identity.keys.id();
  self.x25519 = identity.keys.x25519_public;
  self.certificate = encode_certificate(identity.certificate);
  setup.noise = identity;
}

}  // namespace

// The members below are initialized in the order in which they draw.
ClusterBuilder::ClusterBuilder(const Scenario& scenario, uint64_t seed)
    : random_(seed, "world"),
      members_(draw_members(scenario, random_)),
      machines_(members_ + draw_spares(scenario, seed)),
      links_(machines_, LinkMap(scenario, machines_, random_),
             SeededRandom(seed, "network", static_cast<uint64_t>(scenario.network.salt))),
      setups_(draw_setups(scenario.cluster, seed)),
      // Cut to a nanosecond as all that is drawn: rounded, half of the seeds would heal a nanosecond later.
      workload_length_(from_milliseconds(1e3 * draw(scenario.workload.seconds, random_))) {}

std::vector<SimNode::Setup> ClusterBuilder::draw_setups(const Scenario::Cluster& cluster, uint64_t seed) {
  HashKey key;
  random_.fill(key);
  std::vector<NoiseOptions> identities;
  SeededRandom secrets(seed, "identities");
  if (cluster.noise) identities = make_identities(machines_, secrets);
  std::vector<SimNode::Setup> setups;
  std::vector<MemberRecord> members;
  for (size_t i = 0; i < machines_; ++i) {
    SimNode::Setup& setup = setups.emplace_back(draw_setup(cluster, seed, i, random_));
    setup.key = key;
    if (cluster.noise) take_identity(setup, identities[i]);
    setup.spare = i >= members_;
    if (!setup.spare) members.push_back(setup.replica.self);
  }
  const MemberList list = make_member_list(std::move(members));
  for (SimNode::Setup& setup : setups) setup.replica.seeds = list;
  return setups;
}

std::vector<std::unique_ptr<SimNode>> ClusterBuilder::build(Surroundings& surroundings) {
  std::vector<std::unique_ptr<SimNode>> nodes;
  for (SimNode::Setup& setup : setups_) {
    nodes.push_back(std::make_unique<SimNode>(std::move(setup), surroundings));
    surroundings.network.attach(*nodes.back());
  }
  return nodes;
}

}  // namespace tutti::sim
