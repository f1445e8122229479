#include "sim/world/world.h"

#include <algorithm>
#include <chrono>

#include "sim/kernel/units.h"
#include "sim/machine/identities.h"
#include "sim/world/healing.h"

namespace tutti::sim {
namespace {

// A run that does so much in no time is caught in a circle.
constexpr uint64_t kEventsAtOneInstantMax = 200'000;
constexpr Duration kConvergencePoll = std::chrono::milliseconds(250);
// What a member that was held unreachable may take to be heard again: some probes may be lost.
constexpr Duration kReachableAgain = std::chrono::seconds(10);

size_t draw_nodes(const Scenario& scenario, SeededRandom& random) {
  const auto low = static_cast<size_t>(scenario.cluster.nodes.low);
  return low + random.index(static_cast<size_t>(scenario.cluster.nodes.high) - low + 1);
}

// Machines that no node runs on at first.
size_t draw_spares(const Scenario& scenario, uint64_t seed) {
  SeededRandom random(seed, "spares");
  return static_cast<size_t>(draw(scenario.cluster.spares, random));
}

Links draw_links(const Scenario& scenario, uint64_t seed, size_t nodes, SeededRandom& random) {
  return Links(nodes, LinkMap(scenario, nodes, random),
               SeededRandom(seed, "network", static_cast<uint64_t>(scenario.network.salt)));
}

void take_identity(SimNode::Setup& setup, const NoiseOptions& identity) {
  MemberRecord& self = setup.replica.self;
  self.id = identity.keys.id();
  self.x25519 = identity.keys.x25519_public;
  self.certificate = encode_certificate(identity.certificate);
  setup.noise = identity;
}

}  // namespace

World::World(const Scenario& scenario, uint64_t seed, Recorder* recorder)
    : scenario_(scenario),
      seed_(seed),
      random_(seed, "world"),
      recorder_(recorder ? *recorder : nobody_),
      audit_random_(seed, "audits"),
      verdict_(scenario.checks.off),
      members_(draw_nodes(scenario, random_)),
      links_(draw_links(scenario, seed, members_ + draw_spares(scenario, seed), random_)),
      disturbances_(queue_, SeededRandom(seed, "disturbances")),
      network_(queue_, links_, disturbances_, from_milliseconds(scenario.network.stream_timeout_ms),
               recorder_),
      surroundings_{queue_, network_, trace_, verdict_, history_, merged_states_, recorder_, deliveries_},
      clients_(queue_, trace_, nodes_, verdict_),
      workload_(scenario.workload, queue_, clients_, links_.nodes(), seed),
      probes_(scenario, queue_, clients_, links_.nodes(), seed) {
  build_nodes(random_);
  const FaultTargets targets{queue_, links_, disturbances_, nodes_, recorder_, trace_};
  for (size_t i = 0; i < scenario.faults.size(); ++i) {
    const FaultSpec& spec = scenario.faults[i];
    faults_.push_back(
        std::make_unique<FaultPlan>(spec, targets, SeededRandom(seed, "fault " + spec.kind, i)));
  }
}

World::~World() = default;

void World::narrate(std::FILE* file, const Narrator::Filter& filter) {
  narrator_.emplace(file, filter, history_);
  for (const auto& node : nodes_) narrator_->introduce(node->id(), node->name());
  trace_.narrate(&*narrator_);
}

void World::build_nodes(SeededRandom& random) {
  HashKey key;
  random.fill(key);
  std::vector<SimNode::Setup> setups;
  std::vector<MemberRecord> members;
  std::vector<NoiseOptions> identities;
  SeededRandom secrets(seed_, "identities");
  if (scenario_.cluster.noise) identities = make_identities(links_.nodes(), secrets);
  for (size_t i = 0; i < links_.nodes(); ++i) {
    setups.push_back(draw_node(i, random));
    setups.back().key = key;
    if (scenario_.cluster.noise) take_identity(setups.back(), identities[i]);
    setups.back().spare = i >= members_;
    if (i < members_) members.push_back(setups.back().replica.self);
  }
  const MemberList list = make_member_list(std::move(members));
  for (auto& setup : setups) {
    setup.replica.seeds = list;
    nodes_.push_back(std::make_unique<SimNode>(std::move(setup), surroundings_));
    network_.attach(*nodes_.back());
  }
}

SimNode::Setup World::draw_node(size_t index, SeededRandom& random) {
  const auto& c = scenario_.cluster;
  SimNode::Setup setup;
  setup.index = index;
  setup.seed = seed_;
  MemberRecord& self = setup.replica.self;
  random.fill(self.id.bytes);
  self.name = "n" + std::to_string(index);
  self.address = Network::address_of(index);
  setup.replica.cluster_id = "simulated";
  setup.replica.durability = c.durability;
  setup.replica.probe_period = from_milliseconds(draw(c.probe_period_ms, random));
  setup.replica.transfer_timeout = from_milliseconds(draw(c.transfer_timeout_ms, random));
  setup.replica.clock_grace = from_milliseconds(draw(c.clock_grace_ms, random));
  setup.replica.mesh_members_max = static_cast<size_t>(draw(c.mesh_members_max, random));
  setup.replica.neighbours_wanted = static_cast<size_t>(draw(c.neighbours, random));
  setup.replica.pull_timeout = from_milliseconds(draw(c.pull_timeout_ms, random));
  setup.replica.log_bytes_hard_max = draw_size(c.log_bytes_hard_max, random);
  setup.replica.waiting_operations_max = draw_size(c.waiting_operations_max, random);
  setup.replica.waiting_bytes_max = draw_size(c.waiting_bytes_max, random);
  setup.replica.push_backlog_bytes_max = draw_size(c.push_backlog_bytes_max, random);
  setup.replica.pull_chunk_bytes = draw_size(c.pull_chunk_bytes, random);
  setup.replica.transfer_page_bytes = draw_size(c.transfer_page_bytes, random);
  setup.replica.transfer_rows_bytes = draw_size(c.transfer_rows_bytes, random);
  setup.replica.transfer_rows_per_ask = draw_size(c.transfer_rows_per_ask, random);
  setup.replica.transfer_cache_bytes_max = draw_size(c.transfer_cache_bytes_max, random);
  setup.database.table_bytes_max = draw_size(c.table_bytes_max, random);
  setup.database.merge_log_bytes = draw_size(c.merge_log_bytes, random);
  setup.database.log_bytes_keep = draw_size(c.log_bytes_keep, random);
  setup.database.log_sample_records = draw_size(c.log_sample_records, random);
  setup.mono_start = from_seconds(draw({1, 1e6}, random));
  const double skew = draw(c.wall_skew_ms, random) * (random.chance(0.5) ? 1 : -1);
  setup.wall_offset = std::chrono::milliseconds(static_cast<int64_t>(skew));
  // The lists that all begin with are of this very start: else each would have to hear of all others anew.
  self.incarnation = static_cast<uint64_t>(NodeClock::kTrueWallStartMs + setup.wall_offset.count());
  setup.sync_min = from_milliseconds(c.sync_ms.low);
  setup.sync_max = from_milliseconds(c.sync_ms.high);
  setup.merge_min = from_milliseconds(c.merge_ms.low);
  setup.merge_max = from_milliseconds(c.merge_ms.high);
  setup.row_checks = draw(c.row_checks, random);
  return setup;
}

// --- the run ---

RunReport World::run() {
  const auto began = std::chrono::steady_clock::now();
  std::vector<std::string> regions;
  for (const RegionSpec& region : scenario_.regions) regions.push_back(region.name);
  recorder_.began(queue_.now(), nodes_.size(), links_.map().regions(), regions);
  for (const auto& node : nodes_) {
    if (!node->member()) continue;
    recorder_.takes_part(node->index());
    node->start();
  }
  workload_.start();
  probes_.start();
  clients_.schedule(scenario_.commands);
  for (const auto& fault : faults_) fault->start();
  schedule_full_checks();
  const Instant workload_end = queue_.now() + from_seconds(draw(scenario_.workload.seconds, random_));
  recorder_.workload_until(workload_end);
  if (run_until(workload_end)) {
    heal();
    check_converged();
  }
  recorder_.ended(queue_.now(), verdict_.failure() ? &*verdict_.failure() : nullptr);
  RunReport made = report();
  made.real_seconds = to_seconds(std::chrono::steady_clock::now() - began);
  return made;
}

std::vector<Strike> World::strikes() const {
  std::vector<Strike> all;
  for (const auto& plan : faults_) all.insert(all.end(), plan->strikes().begin(), plan->strikes().end());
  std::ranges::stable_sort(all, {}, &Strike::at_s);
  return all;
}

bool World::step() {
  if (!queue_.step() || verdict_.failed()) return false;
  recorder_.stepped(queue_.now(), queue_.events());
  if (queue_.events_at_this_instant() < kEventsAtOneInstantMax) return true;
  verdict_.fail("progress", queue_.now(), "",
                std::to_string(kEventsAtOneInstantMax) + " events and time stands still");
  return false;
}

bool World::run_until(Instant end) {
  // An event of its own marks the end: no event beyond it is run.
  bool reached = false;
  queue_.at(end, [&] { reached = true; });
  while (!reached && step()) {
  }
  return !verdict_.failed();
}

void World::schedule_full_checks() {
  queue_.after(from_seconds(scenario_.checks.full_every_s), [this] {
    check_everything();
    schedule_full_checks();
  });
}

void World::check_everything() {
  const auto check = [&](SimNode& node) {
    if (node.up() && !verdict_.failed()) node.check_all();
  };
  const auto some = static_cast<size_t>(scenario_.checks.audit_nodes);
  if (some == 0 || some >= nodes_.size()) {
    for (const auto& node : nodes_) check(*node);
  } else {
    for (size_t i = 0; i < some; ++i) check(*nodes_[audit_random_.index(nodes_.size())]);
  }
}

void World::heal() {
  healing_bytes_.healing(nodes_);
  recorder_.healing(queue_.now());
  workload_.stop();
  probes_.stop();
  end_faults();
  for (const auto& node : nodes_) {
    if (!node->member()) continue;
    node->scrub();
    if (!node->up()) node->start();
  }
}

// In the order in which they began: written back as other faults, strikes end in the same order.
void World::end_faults() {
  for (const auto& fault : faults_) fault->stop();
  for (;;) {
    FaultPlan* next = nullptr;
    for (const auto& fault : faults_) {
      if (fault->oldest() && (!next || *fault->oldest() < *next->oldest())) next = fault.get();
    }
    if (!next) return;
    next->end_oldest();
  }
}

bool World::all_alike() const {
  for (const auto& node : nodes_) {
    if (!node->member()) continue;
    if (!node->up() || !node->settled() || node->attended() ||
        node->database().clock() != nodes_[0]->database().clock())
      return false;
  }
  return true;
}

// `convergence`: within the bound all clocks are equal and everything is merged, so that all states may be
// compared.
void World::check_converged() {
  const Instant healed = queue_.now();
  const Instant deadline = healed + from_seconds(scenario_.checks.heal_seconds);
  while (!verdict_.failed() && !all_alike()) {
    if (!rounds_ && clocks_equal()) check_liveness(healed);
    if (queue_.now() >= deadline) {
      std::string clocks;
      for (const auto& node : nodes_) {
        if (!node->member()) continue;
        clocks += (clocks.empty() ? "" : "; ") + node->name() + (node->up() ? " is at " : " is down at ") +
                  history_.name(node->observer().clock());
        if (node->up() && !node->settled()) clocks += " and not settled";
        if (node->up() && node->replica().transferring()) clocks += " and transferring";
      }
      return verdict_.fail("convergence", queue_.now(), "",
                           "not all alike " +
                               std::to_string(static_cast<int>(scenario_.checks.heal_seconds)) +
                               " s after faults and clients stopped: " + clocks);
    }
    run_until(queue_.now() + kConvergencePoll);
    for (const auto& node : nodes_) {
      if (node->up() && !verdict_.failed()) node->settle();
    }
  }
  if (!rounds_) check_liveness(healed);
  check_membership();
  check_everything();
  for (const auto& node : nodes_) {
    if (verdict_.failed()) return;
    if (!node->member()) continue;
    merged_states_.add(queue_.now(), node->name(), node->database(), verdict_);
    if (!nodes_[0]->database().clock().covers(node->observer().acknowledged())) {
      verdict_.fail("acknowledged", queue_.now(), node->name(),
                    "acknowledged up to " + history_.name(node->observer().acknowledged()) +
                        ", and all nodes agree on " + history_.name(nodes_[0]->database().clock()));
    }
  }
}

bool World::clocks_equal() const {
  return std::ranges::all_of(nodes_, [&](const auto& node) {
    return node->up() && node->database().clock() == nodes_[0]->database().clock();
  });
}

// All clocks are equal now, for the first time.
void World::check_liveness(Instant healed) {
  rounds_ = (queue_.now() - healed) / from_milliseconds(scenario_.cluster.probe_period_ms.high);
  const double took = to_seconds(queue_.now() - healed);
  if (const std::string over = healing_bytes_.over(nodes_, took); !over.empty())
    verdict_.fail("bytes", queue_.now(), "", over);
  const double allowed =
      rounds_allowed(nodes_.size(), scenario_.checks.rounds_per_doubling, scenario_.checks.rounds_besides);
  if (static_cast<double>(*rounds_) <= allowed) return;
  verdict_.fail("liveness", queue_.now(), "",
                "clocks became equal " + std::to_string(*rounds_) +
                    " probe periods after faults and clients stopped; " + std::to_string(nodes_.size()) +
                    " nodes are to need " + std::to_string(static_cast<int64_t>(allowed)) + " at most");
}

// A word from each is enough, and comes with the probes.
void World::check_membership() {
  if (!verdict_.judges("membership")) return;
  const auto some = static_cast<size_t>(scenario_.checks.audit_nodes);
  const size_t judges = some == 0 ? nodes_.size() : some;
  const Instant deadline = queue_.now() + kReachableAgain +
                           from_milliseconds(scenario_.cluster.probe_period_ms.high) * nodes_.size();
  while (!verdict_.failed()) {
    const std::string held = held_unreachable(nodes_, judges);
    if (held.empty()) return;
    if (queue_.now() >= deadline) return verdict_.fail("membership", queue_.now(), "", held);
    run_until(queue_.now() + kConvergencePoll);
  }
}

RunReport World::report() const {
  RunReport made;
  made.seed = seed_;
  made.failure = verdict_.failure();
  made.trace_hash = trace_.hash();
  made.virtual_seconds = to_seconds(queue_.now());
  made.nodes = nodes_.size();
  made.rounds = rounds_;
  made.events = queue_.events();
  made.operations = history_.operations();
  made.comparisons = merged_states_.comparisons();
  made.datagrams = network_.datagrams();
  for (const auto& node : nodes_) {
    made.acknowledged += node->observer().writes_acknowledged();
    made.joins += node->observer().joins();
    made.merges += node->counts().merges;
    made.starts += node->counts().starts;
  }
  for (const auto& word : clients_.errors()) made.errors += (made.errors.empty() ? "" : " ") + word;
  return made;
}

}  // namespace tutti::sim
