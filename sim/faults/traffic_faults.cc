#include "sim/faults/traffic_faults.h"

#include <algorithm>
#include <cmath>

namespace tutti::sim {
namespace {

constexpr double kBytesPerSecondMin = 1;

constexpr double kSwizzledShare = 0.6;

}  // namespace

void Duplicates::begin(FaultContext& context, size_t, double amount) {
  context.disturbances.duplicate(amount_ = amount);
}
void Duplicates::end(FaultContext& context) { context.disturbances.duplicate(-amount_); }

void Reordering::begin(FaultContext& context, size_t, double amount) {
  context.disturbances.reorder(amount_ = amount);
}
void Reordering::end(FaultContext& context) { context.disturbances.reorder(-amount_); }

void Corruption::begin(FaultContext& context, size_t, double amount) {
  context.disturbances.corrupt(amount_ = amount);
}
void Corruption::end(FaultContext& context) { context.disturbances.corrupt(-amount_); }

void ThinUplink::begin(FaultContext& context, size_t target, double amount) {
  context.disturbances.limit_uplink(target_ = target, std::max(amount, kBytesPerSecondMin));
}
void ThinUplink::end(FaultContext& context) { context.disturbances.limit_uplink(target_, 0); }

void ThinUplinks::begin(FaultContext& context, size_t, double amount) {
  for (size_t node = 0; node < context.links.nodes(); ++node)
    context.disturbances.limit_uplink(node, std::max(amount, kBytesPerSecondMin));
}
void ThinUplinks::end(FaultContext& context) {
  for (size_t node = 0; node < context.links.nodes(); ++node) context.disturbances.limit_uplink(node, 0);
}

void Clog::begin(FaultContext& context, size_t target, double amount) {
  const size_t nodes = context.links.nodes();
  size_t from = target;
  const auto links = static_cast<size_t>(std::ceil(std::max(1.0, amount)));
  for (size_t clogged = 0; clogged < links; ++clogged) {
    const size_t to = context.random.index(nodes);
    if (from != to) {
      context.disturbances.clog(from, to);
      clogged_.emplace_back(from, to);
    }
    from = context.random.index(nodes);
  }
}

void Clog::end(FaultContext& context) {
  for (const auto& [from, to] : clogged_) context.disturbances.unclog(from, to);
}

void Swizzle::begin(FaultContext& context, size_t target, double) {
  const Duration half = context.length / 2;
  for (size_t node = 0; node < context.links.nodes(); ++node) {
    if (node != target && !context.random.chance(kSwizzledShare)) continue;
    const auto one = isolated_.emplace_back(std::make_shared<Isolated>());
    context.queue.after(context.random.between(Duration(0), half), [one, node, &links = context.links] {
      if (one->over) return;
      for (size_t other = 0; other < links.nodes(); ++other) one->blocked.block_both(links, node, other);
    });
    context.queue.after(half + context.random.between(Duration(0), half),
                        [one, &links = context.links] { one->blocked.restore(links); });
  }
}

void Swizzle::end(FaultContext& context) {
  for (const auto& one : isolated_) {
    one->over = true;
    one->blocked.restore(context.links);
  }
}

}  // namespace tutti::sim
