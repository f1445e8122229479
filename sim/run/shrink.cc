#include "sim/run/shrink.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <set>

#include "sim/kernel/units.h"
#include "sim/run/run_apart.h"
#include "sim/run/script.h"
#include "sim/scenario/scenario_file.h"

namespace tutti::sim {
namespace {

using Clock = std::chrono::steady_clock;

// Without an event every later packet fares otherwise: a candidate that holds is tried with other draws of
// the network before it is given up.
constexpr uint64_t kNetworkDraws = 3;

// A command or a strike of the script.
struct Event {
  bool strike;
  size_t index;  // in the scenario's list
};

class Shrinker {
 public:
  Shrinker(Scenario scenario, uint64_t seed, Failure failure, const ShrinkOptions& options)
      : best_(std::move(scenario)), seed_(seed), failure_(std::move(failure)), options_(options) {
    best_.seed = seed;
  }

  Shrunk run() {
    const size_t before = scripted_events(best_);
    cut_time();
    for (size_t last = 0; last != size() && !out_of_time();) {
      last = size();
      drop_kinds();
      drop_nodes();
      hasten();
      drop_events();
      drop_words();
      calm();
      cut_time();
    }
    return {best_, failure_, before, scripted_events(best_), runs_};
  }

 private:
  size_t size() const {
    size_t words = 0;
    for (const CommandSpec& command : best_.commands) words += command.words.size();
    return scripted_events(best_) * 100 + words + static_cast<size_t>(best_.cluster.nodes.low);
  }
  bool out_of_time() const { return to_seconds(Clock::now() - began_) > options_.seconds; }

  // Takes the candidate over where it fails by the same checker.
  bool take(Scenario candidate) {
    const double salt = candidate.network.salt;
    for (uint64_t draw = 0; draw < kNetworkDraws && !out_of_time(); ++draw) {
      candidate.network.salt = draw == 0 ? salt : salt + static_cast<double>(draw);
      ++runs_;
      const auto failed = run_apart(candidate, seed_, false).failure;
      if (!failed || failed->checker != failure_.checker) continue;
      best_ = std::move(candidate);
      failure_ = *failed;
      if (options_.progress) options_.progress(scripted_events(best_), runs_);
      return true;
    }
    return false;
  }

  // Nothing is kept of what would come after the failure.
  void cut_time() {
    const double failed_s = to_seconds(failure_.at);
    if (failed_s >= best_.workload.seconds.high) return;
    Scenario shorter = best_;
    shorter.workload.seconds = {std::ceil(failed_s * 10) / 10, std::ceil(failed_s * 10) / 10};
    std::erase_if(shorter.commands, [&](const CommandSpec& c) { return c.at_s > failed_s; });
    std::erase_if(shorter.faults, [&](const FaultSpec& f) { return f.at_s > failed_s; });
    if (shorter.workload.seconds.high < best_.workload.seconds.high ||
        scripted_events(shorter) < scripted_events(best_))
      take(std::move(shorter));
  }

  // All strikes of a kind at once.
  void drop_kinds() {
    std::set<std::string> kinds;
    for (const FaultSpec& fault : best_.faults) kinds.insert(fault.kind);
    for (const std::string& kind : kinds) {
      Scenario fewer = best_;
      std::erase_if(fewer.faults, [&](const FaultSpec& f) { return f.kind == kind; });
      take(std::move(fewer));
    }
  }

  // One node less; those above it move down.
  void drop_nodes() {
    for (size_t node = static_cast<size_t>(best_.cluster.nodes.low); node-- > 0;) {
      if (best_.cluster.nodes.low <= 2 || out_of_time()) return;
      Scenario fewer = best_;
      fewer.cluster.nodes = {best_.cluster.nodes.low - 1, best_.cluster.nodes.low - 1};
      std::erase_if(fewer.commands, [&](const CommandSpec& c) { return c.node == node; });
      std::erase_if(fewer.faults, [&](const FaultSpec& f) { return f.target == static_cast<int>(node); });
      for (CommandSpec& c : fewer.commands) c.node -= c.node > node ? 1 : 0;
      for (FaultSpec& f : fewer.faults) f.target -= f.target > static_cast<int>(node) ? 1 : 0;
      take(std::move(fewer));
    }
  }

  // --- ddmin ---

  std::vector<Event> events() const {
    std::vector<Event> all;
    for (size_t i = 0; i < best_.faults.size(); ++i) all.push_back({true, i});
    for (size_t i = 0; i < best_.commands.size(); ++i) all.push_back({false, i});
    const auto at = [&](const Event& e) {
      return e.strike ? best_.faults[e.index].at_s : best_.commands[e.index].at_s;
    };
    std::ranges::stable_sort(all, {}, at);
    return all;
  }

  Scenario without(const std::vector<Event>& all, size_t first, size_t end) const {
    std::set<size_t> strikes, commands;
    for (size_t i = first; i < end; ++i) (all[i].strike ? strikes : commands).insert(all[i].index);
    Scenario made = best_;
    made.faults.clear();
    made.commands.clear();
    for (size_t i = 0; i < best_.faults.size(); ++i) {
      if (!strikes.contains(i)) made.faults.push_back(best_.faults[i]);
    }
    for (size_t i = 0; i < best_.commands.size(); ++i) {
      if (!commands.contains(i)) made.commands.push_back(best_.commands[i]);
    }
    return made;
  }

  // Complements of ever smaller parts, the latest events first: they are the least likely causes.
  void drop_events() {
    for (size_t part = scripted_events(best_) / 2; part > 0; part /= 2) {
      std::vector<Event> all = events();
      for (size_t end = all.size(); end > 0 && !out_of_time();) {
        const size_t first = end > part ? end - part : 0;
        if (take(without(all, first, end))) {
          all = events();
          end = std::min(first, all.size());
        } else {
          end = first;
        }
      }
    }
  }

  // MSET a 1 b 2 c 3 -> MSET a 1; DEL a b c -> DEL a.
  void drop_words() {
    for (size_t i = 0; i < best_.commands.size(); ++i) {
      const auto& words = best_.commands[i].words;
      const bool pairs = words[0] == "MSET", triples = words[0] == "@replacing";
      const bool single = words[0] == "DEL" || words[0] == "SADD";
      const size_t step = pairs ? 2 : triples ? 3 : 1, fixed = words[0] == "SADD" ? 2 : 1;
      if (!pairs && !triples && !single) continue;
      for (size_t at = fixed; at + step <= best_.commands[i].words.size() && !out_of_time();) {
        if (best_.commands[i].words.size() <= fixed + step) break;
        Scenario shorter = best_;
        auto& fewer = shorter.commands[i].words;
        fewer.erase(fewer.begin() + static_cast<ptrdiff_t>(at),
                    fewer.begin() + static_cast<ptrdiff_t>(at + step));
        if (!take(std::move(shorter))) at += step;
      }
    }
  }

  template <class Change>
  void attempt(Change change) {
    Scenario changed = best_;
    if (change(changed) && !out_of_time()) take(std::move(changed));
  }

  // Logs that are cut and tables that are merged after a few writes, where it took hundreds.
  void hasten() {
    const auto fix = [](Range& range, double value) {
      const bool changed = range.low != value || range.high != value;
      range = {value, value};
      return changed;
    };
    attempt([&](Scenario& s) {
      bool changed = fix(s.cluster.log_bytes_keep, 1);
      changed |= fix(s.cluster.log_bytes_hard_max, 1);
      changed |= fix(s.cluster.log_sample_records, 1);
      changed |= fix(s.cluster.merge_log_bytes, 256);
      return changed | fix(s.cluster.table_bytes_max, 1024);
    });
    attempt([&](Scenario& s) { return fix(s.cluster.log_bytes_keep, 1); });
    attempt([&](Scenario& s) { return fix(s.cluster.log_bytes_hard_max, 1); });
    attempt([&](Scenario& s) { return fix(s.cluster.merge_log_bytes, 256); });
    attempt([&](Scenario& s) { return fix(s.cluster.table_bytes_max, 1024); });
    attempt([&](Scenario& s) { return fix(s.cluster.row_checks, 1); });
    attempt([&](Scenario& s) { return fix(s.cluster.transfer_page_bytes, 64); });
  }

  // A network without whims, clocks that are right: whatever the failure does not need.
  void calm() {
    const auto zero = [](Range& range) {
      const bool changed = range.high != 0;
      range = {0, 0};
      return changed;
    };
    attempt([&](Scenario& s) { return zero(s.network.loss); });
    attempt([&](Scenario& s) { return zero(s.cluster.spares); });
    attempt([&](Scenario& s) { return zero(s.network.duplicate); });
    attempt([&](Scenario& s) { return zero(s.network.reorder); });
    attempt([&](Scenario& s) { return zero(s.network.link_ms); });
    attempt([&](Scenario& s) { return zero(s.cluster.wall_skew_ms); });
    attempt([&](Scenario& s) { return std::exchange(s.cluster.noise, false); });
  }

  Scenario best_;
  uint64_t seed_;
  Failure failure_;
  const ShrinkOptions& options_;
  Clock::time_point began_ = Clock::now();
  size_t runs_ = 0;
};

}  // namespace

Result<std::optional<Shrunk>> shrink(const Scenario& scenario, uint64_t seed, const ShrinkOptions& options) {
  const ApartReport recorded = run_apart(scenario, seed, true);
  if (!recorded.failure) return std::nullopt;
  auto script = parse_scenario(recorded.script, "the run's own script", {});
  if (!script) return std::unexpected(script.error());
  const auto again = run_apart(*script, seed, false).failure;
  if (!again || again->checker != recorded.failure->checker) {
    return error(ErrorCode::kCorrupt,
                 "the run fails by " + recorded.failure->checker +
                     " and its script does not: something was drawn that is not written");
  }
  return Shrinker(std::move(*script), seed, *again, options).run();
}

}  // namespace tutti::sim
