#include "sim/scenario/swarm.h"

#include <algorithm>
#include <cmath>
#include <set>

#include "sim/kernel/seeded_random.h"
#include "sim/scenario/settings.h"
#include "storage/base/check.h"

namespace tutti::sim {
namespace {

constexpr double kFaultChance = 0.5;
constexpr double kThemeFaultChance = 0.8;  // where a theme names the kinds
constexpr double kOftenChance = 0.2;  // that a kind of fault strikes several times as often as the frame says
constexpr double kOften = 0.3;
constexpr double kNoCommandChance = 0.25;
constexpr double kNoiseChance = 0.1;
constexpr double kIntervalChance = 1.0 / 6;
constexpr double kMissesChance = 1.0 / 3;
constexpr Range kMisses{0.02, 0.3};

double point(SeededRandom& random, const Range& range) {
  return range.low >= 1 ? random.log_between(range.low, range.high) : random.between(range.low, range.high);
}

void narrow(SeededRandom& random, Range& range, bool whole) {
  if (range.low == range.high) return;
  switch (random.index(4)) {
    case 0: return;
    case 1: range.high = range.low; return;
    case 2: range.low = range.high; return;
    default: range.low = range.high = whole ? std::floor(point(random, range)) : point(random, range);
  }
}

// Runs of very unlike length would not make a minute's seeds comparable: these are left to the world's draw.
bool left_whole(std::string_view path) {
  return path == "cluster.nodes" || path == "workload.seconds" || path == "workload.expiry_ms";
}

constexpr Range Scenario::WorkloadSettings::*kCommandKinds[] = {
    &Scenario::WorkloadSettings::registers,    &Scenario::WorkloadSettings::expiries,
    &Scenario::WorkloadSettings::deletes,      &Scenario::WorkloadSettings::counters,
    &Scenario::WorkloadSettings::hashes,       &Scenario::WorkloadSettings::sets,
    &Scenario::WorkloadSettings::transactions, &Scenario::WorkloadSettings::reads,
    &Scenario::WorkloadSettings::flushes,      &Scenario::WorkloadSettings::contexts};
constexpr const char* kCommandNames[] = {"registers", "expiries",     "deletes", "counters", "hashes",
                                         "sets",      "transactions", "reads",   "flushes",  "contexts"};
static_assert(std::size(kCommandKinds) == std::size(kCommandNames));

// From a generator of its own: without themes, or outside them, seeds stay what they were.
const ThemeSpec* draw_theme(const Scenario& frame, uint64_t seed) {
  SeededRandom random(seed, "theme");
  double at = random.between(0, 1);
  for (const ThemeSpec& theme : frame.themes) {
    if (at < theme.share) return &theme;
    at -= theme.share;
  }
  return nullptr;
}

void draw_faults(SeededRandom& random, double chance, std::vector<FaultSpec>& faults) {
  std::vector<FaultSpec> kept;
  for (FaultSpec& fault : faults) {
    const bool strikes = random.chance(chance), often = random.chance(kOftenChance);
    if (!strikes) continue;
    if (often) fault.every_s = {fault.every_s.low * kOften, fault.every_s.high * kOften};
    kept.push_back(std::move(fault));
  }
  faults = std::move(kept);
}

}  // namespace

Scenario swarm_variant(const Scenario& frame, uint64_t seed) {
  SeededRandom random(seed, "swarm");
  Scenario made = frame;
  made.swarm = false;
  made.themes.clear();
  const ThemeSpec* theme = draw_theme(frame, seed);
  // That it can be applied was seen when it was read.
  if (theme) check(apply_theme(made, *theme).has_value(), "a theme's settings were tried");
  for (const SettingSpec& spec : setting_specs()) {
    if (spec.range && !left_whole(spec.path)) narrow(random, *spec.range(made), spec.whole);
  }
  draw_faults(random, theme && theme->faults ? kThemeFaultChance : kFaultChance, made.faults);
  for (const auto kind : kCommandKinds) {
    if (random.chance(kNoCommandChance)) made.workload.*kind = {0, 0};
  }
  const bool noise = random.chance(kNoiseChance), interval = random.chance(kIntervalChance);
  made.cluster.noise |= noise;
  if (interval) made.cluster.durability = Durability::kInterval;
  if (random.chance(kMissesChance)) made.cluster.memory_misses = kMisses;
  return made;
}

std::string summary(const Scenario& variant) {
  std::set<std::string> faults;
  for (const FaultSpec& fault : variant.faults) faults.insert(fault.kind);
  std::string text = variant.theme.empty() ? "" : "about " + variant.theme + "; ";
  text += variant.cluster.noise ? "noise" : "no cipher";
  if (variant.cluster.durability == Durability::kInterval) text += ", interval";
  text += faults.empty() ? "; no faults" : ";";
  for (const std::string& kind : faults) text += " " + kind;
  std::string absent;
  for (size_t i = 0; i < std::size(kCommandKinds); ++i) {
    if ((variant.workload.*kCommandKinds[i]).high == 0) absent += std::string(" ") + kCommandNames[i];
  }
  return absent.empty() ? text : text + "; without" + absent;
}

}  // namespace tutti::sim
