#include "protocol/delivery/broadcast.h"

#include <algorithm>
#include <string>

#include "storage/model/operation_codec.h"

namespace tutti {
namespace {

// The most that one pushed message carries, unless a single operation is larger.
constexpr size_t kPushOperationsMax = 4096;
constexpr size_t kPushBytesMax = 1u << 20;
// For this long after a push by stream, small pushes also go by stream: a datagram would overtake it, and wait.
constexpr Duration kStreamQuiet = std::chrono::milliseconds(50);

std::string push_message(const ClockBases::Base& base, std::span<const Operation> operations) {
  std::string batch;
  encode_operations(base.clock, operations, batch);
  return encode_message(PushMessage{base.name, batch});
}

}  // namespace

void Broadcast::stream_up(const Now&, const NodeId& peer) { peers_[peer] = Peer{}; }
void Broadcast::stream_down(const Now&, const NodeId& peer) { peers_.erase(peer); }
void Broadcast::metrics(const MetricSink& sink) const {
  sink("replication", "push_suspensions", suspensions_);
}

void Broadcast::committed(const Now& now, const Turn& turn) {
  using Origin = Turn::Origin;
  const auto taken = static_cast<size_t>(std::ranges::count(turn.origins, Origin::kTaken));
  if (taken == turn.origins.size()) return;
  const bool by_one = turn.pushed_by && !turn.pushed_by_several &&
                      std::ranges::find(turn.origins, Origin::kWritten) == turn.origins.end();
  const NodeId* except = by_one ? &*turn.pushed_by : nullptr;
  if (taken == 0) return push(now, turn.operations, except);
  std::vector<Operation> some;
  for (size_t i = 0; i < turn.origins.size(); ++i) {
    if (turn.origins[i] != Origin::kTaken) some.push_back(turn.operations[i]);
  }
  push(now, some, except);
}

void Broadcast::push(const Now& now, std::span<const Operation> operations, const NodeId* except) {
  if (peers_.empty()) return;
  while (!operations.empty()) {
    size_t count = 0;
    for (size_t bytes = 0; count < operations.size() && count < kPushOperationsMax; ++count) {
      bytes += rough_bytes(operations[count]);
      if (count > 0 && bytes > kPushBytesMax) break;
    }
    push_chunk(now, operations.first(count), except);
    operations = operations.subspan(count);
  }
}

void Broadcast::push_chunk(const Now& now, std::span<const Operation> operations, const NodeId* except) {
  std::map<uint64_t, std::string> messages;  // by base: mostly one for all peers
  for (auto& [id, peer] : peers_) {
    if (!peer.pushing || (except && *except == id)) continue;
    const ClockBases::Base& base = bases_.known_to(id);
    auto at = messages.find(base.name);
    if (at == messages.end()) at = messages.emplace(base.name, push_message(base, operations)).first;
    push_to(now, id, peer, at->second);
  }
}

void Broadcast::push_to(const Now& now, const NodeId& id, Peer& peer, const std::string& message) {
  Transport& transport = messenger_.transport();
  const Instant last = std::max(peer.last_stream_push, bases_.told_at(id));
  const bool quiet = now.mono - last > kStreamQuiet;
  if (quiet && message.size() <= Transport::kDatagramMessageBytesMax &&
      transport.send_datagram(now, id, message))
    return;
  if (transport.stream_backlog_bytes(id) > options_.backlog_bytes_max) {
    peer.pushing = false;
    ++suspensions_;
    return;
  }
  peer.last_stream_push = now.mono;
  transport.send_stream(now, id, message);
}

}  // namespace tutti
