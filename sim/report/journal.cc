#include "sim/report/journal.h"

namespace tutti::sim {
namespace {

constexpr size_t kEntriesOfAKindMax = 4000;
constexpr size_t kFaultsMax = 20'000;

}  // namespace

void Journal::add(Instant at, std::string kind, std::optional<size_t> node, std::string text) {
  if (++of_kind_[kind] > kEntriesOfAKindMax) {
    ++left_out_;
    return;
  }
  entries_.push_back({at, std::move(kind), node, std::move(text)});
}

uint64_t Journal::fault_began(Instant at, const std::string& kind, std::optional<size_t> target,
                              double amount) {
  add(at, "fault began", target, kind);
  if (faults_.size() >= kFaultsMax) return kFaultsMax;
  faults_.push_back({kind, target, amount, at, std::nullopt});
  return faults_.size() - 1;
}

void Journal::fault_ended(Instant at, uint64_t number) {
  if (number >= faults_.size()) return;
  Fault& fault = faults_[number];
  fault.to = at;
  add(at, "fault ended", fault.target, fault.kind);
}

}  // namespace tutti::sim
