#include "protocol/replica/outputs.h"

#include <utility>

namespace tutti {

void Outputs::seldom_event(const Now& now, EventKind kind, const NodeId& peer, std::string text) {
  std::erase_if(last_told_, [&](const auto& told) { return now.mono - told.second >= kSeldom; });
  if (last_told_.size() >= kSeldomMax || !last_told_.try_emplace({kind, peer}, now.mono).second) return;
  event(kind, peer, std::move(text));
}

void Outputs::forget(const NodeId& peer) {
  std::erase_if(last_told_, [&](const auto& told) { return told.first.second == peer; });
}

std::optional<Outputs::Output> Outputs::poll() {
  if (queue_.empty()) return std::nullopt;
  Output output = std::move(queue_.front());
  queue_.pop_front();
  return output;
}

}  // namespace tutti
