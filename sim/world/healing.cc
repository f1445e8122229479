#include "sim/world/healing.h"

#include <algorithm>
#include <chrono>

#include "sim/kernel/units.h"
#include "sim/machine/sim_node.h"
#include "sim/world/healing_bounds.h"
#include "sim/world/reaping.h"

namespace tutti::sim {
namespace {

constexpr Duration kPoll = std::chrono::milliseconds(250);
// What a member that was held unreachable may take to be heard again: some probes may be lost.
constexpr Duration kReachableAgain = std::chrono::seconds(10);
// What a clock may take to be known to all, and the cut that follows.
constexpr Duration kLogsCut = std::chrono::seconds(15);
// A node that has just started and has heard no peer's clock reaps nothing for ten seconds.
constexpr Duration kReapedByWriter = std::chrono::seconds(20);
// Others' grace, and besides what the workload's longest life takes.
constexpr Duration kReapedByAll = std::chrono::seconds(115);
constexpr Duration kReapPoll = std::chrono::seconds(1);

}  // namespace

Healing::Healing(const Scenario& scenario, Surroundings& surroundings,
                 const std::vector<std::unique_ptr<SimNode>>& nodes, Driver& driver, FullChecks& full_checks,
                 uint64_t seed)
    : scenario_(scenario),
      around_(surroundings),
      nodes_(nodes),
      driver_(driver),
      full_checks_(full_checks),
      bytes_(scenario.checks, surroundings.history, nodes),
      grace_(seed, "grace"),
      began_(surroundings.queue.now()) {
  around_.recorder.healing(began_);
}

void Healing::run() {
  start_all();
  if (!wait_until_alike()) return;
  if (!rounds_) judge_liveness();
  judge_buffers();
  judge_budget();
  judge_states();
  judge_membership();  // runs on, and what is due then is written
  full_checks_.check();
  judge_logs();
  judge_reaping();  // runs on, too
  if (wait_until_alike()) judge_states();
}

void Healing::start_all() {
  for (const auto& node : nodes_) {
    if (!node->member()) continue;
    node->scrub();
    if (!node->up()) node->start();
  }
}

bool Healing::wait_until_alike() {
  const Instant deadline = around_.queue.now() + from_seconds(scenario_.checks.heal_seconds);
  while (!around_.verdict.failed() && !all_alike()) {
    if (!rounds_ && clocks_equal()) judge_liveness();
    if (around_.queue.now() >= deadline) {
      around_.verdict.fail("convergence", around_.queue.now(), "",
                           "not all alike " +
                               std::to_string(static_cast<int>(scenario_.checks.heal_seconds)) +
                               " s after faults and clients stopped: " + state_of_all());
      return false;
    }
    driver_.run_until(around_.queue.now() + kPoll);
    for (const auto& node : nodes_) {
      if (node->up() && !around_.verdict.failed()) node->settle();
    }
  }
  return true;
}

bool Healing::all_alike() const {
  for (const auto& node : nodes_) {
    if (!node->member()) continue;
    if (!node->up() || !node->settled() || node->attended() ||
        node->database().clock() != nodes_[0]->database().clock())
      return false;
  }
  return true;
}

bool Healing::clocks_equal() const {
  return std::ranges::all_of(nodes_, [&](const auto& node) {
    return node->up() && node->database().clock() == nodes_[0]->database().clock();
  });
}

std::string Healing::state_of_all() const {
  std::string text;
  for (const auto& node : nodes_) {
    if (!node->member()) continue;
    text += (text.empty() ? "" : "; ") + node->name() + (node->up() ? " is at " : " is down at ") +
            around_.history.name(node->observer().clock());
    if (node->up() && !node->settled()) text += " and not settled";
    if (node->up() && node->replica().transferring()) text += " and transferring";
  }
  return text;
}

// `liveness` and `bytes`, at the first instant at which all clocks are equal.
void Healing::judge_liveness() {
  const Instant now = around_.queue.now();
  rounds_ = (now - began_) / from_milliseconds(scenario_.cluster.probe_period_ms.high);
  if (const std::string over = bytes_.over(to_seconds(now - began_)); !over.empty())
    around_.verdict.fail("bytes", now, "", over);
  const double allowed =
      rounds_allowed(nodes_.size(), scenario_.checks.rounds_per_doubling, scenario_.checks.rounds_besides);
  if (static_cast<double>(*rounds_) <= allowed) return;
  around_.verdict.fail("liveness", now, "",
                       "clocks became equal " + std::to_string(*rounds_) +
                           " probe periods after faults and clients stopped; " +
                           std::to_string(nodes_.size()) + " nodes are to need " +
                           std::to_string(static_cast<int64_t>(allowed)) + " at most");
}

// `bounds`: nobody lacks anything, so that nothing waits, but what follows an operation that a disk has lost.
void Healing::judge_buffers() {
  uint64_t covered = 0;
  for (const auto& entry : nodes_[0]->database().clock().entries()) covered += entry.counter.value;
  const uint64_t lost = around_.history.operations() - covered;
  for (const auto& node : nodes_) {
    if (!node->up()) continue;
    const size_t waiting = node->replica().waiting_operations(), bytes = node->replica().waiting_bytes();
    if (waiting <= lost && (waiting > 0 || bytes == 0)) continue;
    around_.verdict.fail("bounds", around_.queue.now(), node->name(),
                         "all clocks are equal, " + std::to_string(lost) + " operations are in none, and " +
                             std::to_string(waiting) + " of " + std::to_string(bytes) +
                             " bytes wait for their past");
  }
}

// `budget`. A lost push or a relay that drops something is healed in silence, but later.
void Healing::judge_budget() {
  if (scenario_.checks.late <= 0) return;
  uint64_t transfers = 0, taken = 0, late = 0;
  for (const auto& node : nodes_) {
    transfers += node->counts().transfers + node->counts().transfers_given_up;
    taken += node->observer().deliveries().taken;
    late += node->observer().deliveries().late;
  }
  const auto allowed = static_cast<uint64_t>(scenario_.checks.late * static_cast<double>(taken));
  if (late <= allowed && transfers == 0) return;
  around_.verdict.fail("budget", around_.queue.now(), "",
                       "of " + std::to_string(taken) + " deliveries " + std::to_string(late) +
                           " were late, and there were " + std::to_string(transfers) +
                           " transfers, where nothing was lost; allowed are " + std::to_string(allowed) +
                           " late ones and no transfer");
}

// `membership`. A word from each is enough, and comes with the probes.
void Healing::judge_membership() {
  if (!around_.verdict.judges("membership")) return;
  const auto some = static_cast<size_t>(scenario_.checks.audit_nodes);
  const size_t judges = some == 0 ? nodes_.size() : some;
  const Instant deadline = around_.queue.now() + kReachableAgain +
                           from_milliseconds(scenario_.cluster.probe_period_ms.high) * nodes_.size();
  while (!around_.verdict.failed()) {
    const std::string held = held_unreachable(nodes_, judges);
    if (held.empty()) return;
    if (around_.queue.now() >= deadline)
      return around_.verdict.fail("membership", around_.queue.now(), "", held);
    driver_.run_until(around_.queue.now() + kPoll);
  }
}

// Once all know that all are alike, nobody needs more of a log than it is to keep.
void Healing::judge_logs() {
  if (!around_.verdict.judges("bounds")) return;
  const Instant deadline = around_.queue.now() + kLogsCut;
  const auto not_cut = [&] {
    return std::ranges::find_if(nodes_, [](const auto& node) { return node->up() && !node->log_is_cut(); });
  };
  for (auto node = not_cut(); node != nodes_.end() && !around_.verdict.failed(); node = not_cut()) {
    if (around_.queue.now() >= deadline) {
      return around_.verdict.fail("bounds", around_.queue.now(), (*node)->name(),
                                  "all are alike, and its log is not cut near what it is to keep");
    }
    driver_.run_until(around_.queue.now() + kPoll);
  }
}

// Of those that leave something to others' grace, a share waits for it.
void Healing::judge_reaping() {
  if (!around_.verdict.judges("expired") || !nodes_[0]->observer().follows_rows()) return;
  const Reaping reaping(around_.history, nodes_);
  const auto wait = [&](bool all, Duration longest) {
    const Instant deadline = around_.queue.now() + longest;
    while (!around_.verdict.failed()) {
      const auto left = reaping.left(all);
      if (!left) return;
      if (around_.queue.now() >= deadline)
        return around_.verdict.fail("expired", around_.queue.now(), left->node, left->what);
      driver_.run_until(around_.queue.now() + kReapPoll);
    }
  };
  wait(false, kReapedByWriter);
  if (!grace_.chance(scenario_.checks.grace)) return;
  driver_.run_until(around_.queue.now() + kReapedByAll +
                    from_milliseconds(scenario_.workload.expiry_ms.high));
  wait(true, kReapedByWriter);
}

// `fingerprint` and `acknowledged`, of what all nodes hold now.
void Healing::judge_states() {
  const Instant now = around_.queue.now();
  for (const auto& node : nodes_) {
    if (around_.verdict.failed()) return;
    if (!node->member()) continue;
    around_.merged_states.add(now, node->name(), node->database(), around_.verdict);
    if (nodes_[0]->database().clock().covers(node->observer().acknowledged())) continue;
    around_.verdict.fail("acknowledged", now, node->name(),
                         "acknowledged up to " + around_.history.name(node->observer().acknowledged()) +
                             ", and all nodes agree on " +
                             around_.history.name(nodes_[0]->database().clock()));
  }
}

}  // namespace tutti::sim
