#include "protocol/membership/neighbours.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

namespace tutti {
namespace {

// The ranking holds this many members for each wanted one, because some may be unreachable.
constexpr size_t kRankedPerWanted = 4;

}  // namespace

void Neighbours::members_changed() {
  ranked_.clear();
  dirty_ = true;
}

void Neighbours::stream_up(const Now&, const NodeId& id) { connected_.insert(id); }

void Neighbours::stream_down(const Now& now, const NodeId& id) {
  connected_.erase(id);
  if (const auto at = wanted_.find(id); at != wanted_.end()) at->second = now.mono;
}

void Neighbours::forget(const NodeId& id) {
  wanted_.erase(id);
  lingering_.erase(id);
  passed_over_.erase(id);
  dirty_ = true;
}

// Greater is better.
uint64_t Neighbours::weight(const NodeId& id) const {
  const auto& self = membership_.self().id;
  const auto& [first, second] = std::minmax(self, id);
  std::array<char, 2 * sizeof id.bytes> both;
  std::memcpy(both.data(), first.bytes.data(), sizeof id.bytes);
  std::memcpy(both.data() + sizeof id.bytes, second.bytes.data(), sizeof id.bytes);
  return siphash128(key_, {both.data(), both.size()}).low;
}

void Neighbours::rank(size_t count) {
  std::vector<Ranked> all;
  all.reserve(membership_.size());
  for (size_t i = 0; i < membership_.size(); ++i) {
    const NodeId& id = membership_.other(i).id;
    all.push_back({weight(id), id});
  }
  count = std::min(count, all.size());
  std::ranges::partial_sort(all, all.begin() + static_cast<ptrdiff_t>(count), std::greater<>());
  ranked_.assign(all.begin(), all.begin() + static_cast<ptrdiff_t>(count));
}

std::optional<NodeId> Neighbours::next_in_ring() const {
  NodeId next = membership_.self().id;
  for (size_t i = 0; i < membership_.size(); ++i) {
    next = membership_.after(next);
    if (eligible(next)) return next;
  }
  return std::nullopt;
}

void Neighbours::choose_by_rank(std::set<NodeId>& chosen) {
  for (size_t count = kRankedPerWanted * options_.wanted;; count *= kRankedPerWanted) {
    if (ranked_.size() < std::min(count, membership_.size())) rank(count);
    for (const Ranked& ranked : ranked_) {
      if (chosen.size() < options_.wanted && eligible(ranked.id)) chosen.insert(ranked.id);
    }
    if (chosen.size() >= options_.wanted) return;
    if (ranked_.size() == membership_.size()) break;
  }
  // There are too few others: passed-over members are better than none.
  for (const auto& [id, until] : passed_over_) {
    if (chosen.size() < options_.wanted && !membership_.unreachable(id)) chosen.insert(id);
  }
}

std::set<NodeId> Neighbours::choose() {
  std::set<NodeId> chosen;
  if (mesh()) {
    for (size_t i = 0; i < membership_.size(); ++i) chosen.insert(membership_.other(i).id);
    return chosen;
  }
  choose_by_rank(chosen);
  if (const auto next = next_in_ring()) chosen.insert(*next);
  return chosen;
}

// Passes over members that are heard but get no stream, such as one behind a link that carries one way only.
void Neighbours::pass_over_the_silent(const Now& now) {
  dirty_ |= std::erase_if(passed_over_, [&](const auto& entry) { return entry.second <= now.mono; }) > 0;
  if (mesh()) return;
  for (const auto& [id, since] : wanted_) {
    if (connected_.contains(id) || now.mono - since < kPatience) continue;
    dirty_ |= passed_over_.try_emplace(id, now.mono + kPassedOver).second;
  }
}

std::vector<Neighbours::Change> Neighbours::update(const Now& now) {
  std::vector<Change> changes;
  pass_over_the_silent(now);
  if (std::exchange(dirty_, false)) {
    const std::set<NodeId> chosen = choose();
    std::erase_if(wanted_, [&](const auto& entry) {
      if (chosen.contains(entry.first)) return false;
      lingering_[entry.first] = now.mono + kLinger;
      return true;
    });
    for (const NodeId& id : chosen) {
      if (!wanted_.try_emplace(id, now.mono).second) continue;
      if (lingering_.erase(id) == 0) changes.push_back({id, true});
    }
  }
  std::erase_if(lingering_, [&](const auto& entry) {
    if (now.mono < entry.second) return false;
    changes.push_back({entry.first, false});
    return true;
  });
  return changes;
}

std::optional<NodeId> Neighbours::next_to_probe() {
  if (connected_.empty()) return std::nullopt;
  auto next = connected_.upper_bound(probed_last_);
  if (next == connected_.end()) next = connected_.begin();
  probed_last_ = *next;
  return *next;
}

}  // namespace tutti
