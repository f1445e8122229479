#include "sim/run/reruns.h"

namespace tutti::sim {

std::optional<Failure> compare_reruns(const Scenario& scenario, const RunReport& first,
                                      const RunReport& again) {
  Verdict verdict(scenario.checks.off);
  if (first.trace_hash != again.trace_hash) {
    verdict.fail("determinism", {}, "",
                 "run again, the seed gives another trace: " + std::to_string(first.events) +
                     " events the first time, " + std::to_string(again.events) +
                     " the second; something depends on a clock, an address or unset memory");
  }
  return verdict.failure();
}

}  // namespace tutti::sim
