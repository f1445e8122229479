#include "protocol/membership/wall_clocks.h"

#include <algorithm>
#include <vector>

namespace tutti {
namespace {

int64_t mono_ms(const Now& now) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(now.mono.time_since_epoch()).count();
}
int64_t distance_ms(const Now& now) { return static_cast<int64_t>(now.wall_ms()) - mono_ms(now); }

// Of an even number the later one: a single peer that is behind puts nobody in doubt.
int64_t median(std::vector<int64_t> all) {
  const auto middle = all.begin() + static_cast<ptrdiff_t>(all.size() / 2);
  std::ranges::nth_element(all, middle);
  return *middle;
}

}  // namespace

void WallClocks::heard(const Now& now, const NodeId& peer, uint64_t wall_ms, Duration round_trip) {
  const auto half = std::chrono::duration_cast<std::chrono::milliseconds>(round_trip).count() / 2;
  peers_[peer] = static_cast<int64_t>(wall_ms) + half - mono_ms(now);
  std::vector<int64_t> all;
  for (const auto& [id, distance] : peers_) all.push_back(distance);
  median_ms_ = median(std::move(all));
}

void WallClocks::forget(const NodeId& peer) {
  peers_.erase(peer);
  std::vector<int64_t> all;
  for (const auto& [id, distance] : peers_) all.push_back(distance);
  median_ms_ = all.empty() ? std::nullopt : std::optional(median(std::move(all)));
}

std::optional<int64_t> WallClocks::ahead_ms(const Now& now) const {
  if (!median_ms_) return std::nullopt;
  return distance_ms(now) - *median_ms_;
}

std::optional<int64_t> WallClocks::peer_ahead_ms(const Now& now, const NodeId& peer) const {
  const auto found = peers_.find(peer);
  if (found == peers_.end()) return std::nullopt;
  std::vector<int64_t> others{distance_ms(now)};
  for (const auto& [id, distance] : peers_) {
    if (id != peer) others.push_back(distance);
  }
  return found->second - median(std::move(others));
}

bool WallClocks::in_doubt(const Now& now) const {
  return median_ms_ && distance_ms(now) - *median_ms_ > kAheadMaxMs;
}

WallTime WallClocks::fair(const Now& now) const {
  return in_doubt(now) ? WallTime(std::chrono::milliseconds(*median_ms_ + mono_ms(now))) : now.wall;
}

}  // namespace tutti
