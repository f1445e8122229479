#include "sim/network/disturbances.h"

#include <algorithm>

#include "sim/kernel/units.h"

namespace tutti::sim {
namespace {

constexpr size_t kFlippedMax = 4;

}  // namespace

Duration Disturbances::reordering() {
  return random_.chance(reorder_) ? random_.between(Duration(0), kReorderMax) : Duration(0);
}

void Disturbances::corrupt(std::string& bytes) {
  if (bytes.empty() || !random_.chance(corrupt_)) return;
  ++corrupted_;
  for (size_t left = 1 + random_.index(kFlippedMax); left > 0; --left) {
    const size_t bit = random_.index(bytes.size() * 8);
    bytes[bit / 8] = static_cast<char>(bytes[bit / 8] ^ 1 << bit % 8);
  }
}

void Disturbances::limit_uplink(size_t node, double bytes_per_second) {
  if (bytes_per_second <= 0) {
    uplinks_.erase(node);
  } else {
    uplinks_[node] = {bytes_per_second, queue_.now()};
  }
}

std::optional<Duration> Disturbances::leave(size_t from, size_t bytes, bool may_be_lost) {
  if (uplinks_.empty()) return Duration(0);
  const auto at = uplinks_.find(from);
  if (at == uplinks_.end()) return Duration(0);
  Uplink& uplink = at->second;
  const Instant begins = std::max(uplink.free_at, queue_.now());
  const double waiting = to_seconds(begins - queue_.now()) * uplink.bytes_per_second;
  if (may_be_lost && waiting > kUplinkQueueBytes) return std::nullopt;
  uplink.free_at = begins + sending_time(bytes, uplink.bytes_per_second);
  return uplink.free_at - queue_.now();
}

void Disturbances::hold(size_t from, size_t to, Work work) {
  auto& held = clogs_.at({from, to}).held;
  if (held.size() < kHeldMax) held.push_back(std::move(work));
}

void Disturbances::unclog(size_t from, size_t to) {
  const auto at = clogs_.find({from, to});
  if (--at->second.count > 0) return;
  auto held = std::move(at->second.held);
  clogs_.erase(at);
  for (Work& work : held) queue_.after(Duration(0), std::move(work));
}

}  // namespace tutti::sim
