#include "sim/world/world.h"

#include <algorithm>
#include <chrono>

#include "sim/kernel/units.h"
#include "sim/world/cluster_builder.h"
#include "sim/world/healing.h"

namespace tutti::sim {

World::World(const Scenario& scenario, uint64_t seed, Recorder* recorder)
    : World(scenario, seed, recorder, ClusterBuilder(scenario, seed)) {}

World::World(const Scenario& scenario, uint64_t seed, Recorder* recorder, ClusterBuilder cluster)
    : scenario_(scenario),
      seed_(seed),
      members_(cluster.members()),
      workload_length_(cluster.workload_length()),
      recorder_(recorder ? *recorder : nobody_),
      verdict_(scenario.checks.off),
      links_(cluster.take_links()),
      disturbances_(queue_, SeededRandom(seed, "disturbances")),
      network_(queue_, links_, disturbances_, from_milliseconds(scenario.network.stream_timeout_ms),
               recorder_),
      surroundings_{queue_, network_, trace_, verdict_, history_, merged_states_, recorder_, deliveries_},
      nodes_(cluster.build(surroundings_)),
      clients_(queue_, trace_, history_, nodes_, verdict_, scenario.checks.replies, seed),
      workload_(scenario.workload, queue_, clients_, nodes_.size(), seed),
      probes_(scenario, queue_, clients_, nodes_.size(), seed),
      driver_(queue_, verdict_, recorder_),
      full_checks_(scenario.checks, queue_, verdict_, nodes_, seed) {
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

RunReport World::run() {
  const auto began = std::chrono::steady_clock::now();
  introduce_to_recorder();
  start_everything();
  const Instant workload_end = queue_.now() + workload_length_;
  recorder_.workload_until(workload_end);
  if (driver_.run_until(workload_end)) {
    Healing healing(scenario_, surroundings_, nodes_, driver_, full_checks_, seed_);
    workload_.stop();
    probes_.stop();
    end_faults();
    healing.run();
    rounds_ = healing.rounds();
  }
  recorder_.ended(queue_.now(), verdict_.failure() ? &*verdict_.failure() : nullptr);
  RunReport made = report();
  made.real_seconds = to_seconds(std::chrono::steady_clock::now() - began);
  return made;
}

void World::introduce_to_recorder() {
  std::vector<std::string> regions;
  for (const RegionSpec& region : scenario_.regions) regions.push_back(region.name);
  recorder_.began(queue_.now(), nodes_.size(), links_.map().regions(), regions);
}

void World::start_everything() {
  for (const auto& node : nodes_) {
    if (!node->member()) continue;
    recorder_.takes_part(node->index());
    node->start();
  }
  workload_.start();
  probes_.start();
  clients_.schedule(scenario_.commands);
  for (const auto& fault : faults_) fault->start();
  full_checks_.schedule();
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

std::vector<Strike> World::strikes() const {
  std::vector<Strike> all;
  for (const auto& plan : faults_) all.insert(all.end(), plan->strikes().begin(), plan->strikes().end());
  std::ranges::stable_sort(all, {}, &Strike::at_s);
  return all;
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
