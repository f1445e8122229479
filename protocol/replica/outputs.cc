#include "protocol/replica/outputs.h"

#include <utility>

namespace tutti {

void Outputs::seldom_event(const Now& now, EventKind kind, const NodeId& peer, std::string text) {
  const auto [at, first] = last_told_.try_emplace(kind, now.mono);
  if (!first && now.mono - at->second < kSeldom) return;
  at->second = now.mono;
  event(kind, peer, std::move(text));
}

std::optional<Outputs::Output> Outputs::poll() {
  if (queue_.empty()) return std::nullopt;
  Output output = std::move(queue_.front());
  queue_.pop_front();
  return output;
}

}  // namespace tutti
