#include "protocol/delivery/broadcast.h"

#include <algorithm>

namespace tutti {
namespace {

// If a batch's pasts name more actors than this, each stream gets only the changes since its last batch. Else the same
// bytes serve every peer.
constexpr size_t kWholePastActorsMax = 16;
// The most that one pushed message carries, unless a single operation is larger.
constexpr size_t kPushOperationsMax = 4096;
constexpr size_t kPushBytesMax = 1u << 20;
// For this long after a push by stream, small pushes also go by stream: a datagram would overtake it, and wait.
constexpr Duration kStreamQuiet = std::chrono::milliseconds(50);

std::string push_message(bool stateful, ByteView batch) {
  return encode_message(PushMessage{stateful, batch});
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
  std::string batch;
  PastTable anew;
  encode_operations(operations, anew, batch);
  const std::string fresh = push_message(false, batch);
  for (auto& [id, peer] : peers_) {
    if (peer.pushing && !(except && *except == id)) push_to(now, id, peer, operations, fresh);
  }
}

void Broadcast::push_to(const Now& now, const NodeId& id, Peer& peer, std::span<const Operation> operations,
                        const std::string& fresh) {
  Transport& transport = messenger_.transport();
  const bool quiet = now.mono - peer.last_stream_push > kStreamQuiet;
  if (quiet && fresh.size() <= Transport::kDatagramMessageBytesMax && transport.send_datagram(now, id, fresh))
    return;
  if (transport.stream_backlog_bytes(id) > options_.backlog_bytes_max) {
    peer.pushing = false;
    ++suspensions_;
    return;
  }
  peer.last_stream_push = now.mono;
  const bool small_pasts = std::ranges::all_of(
      operations, [](const Operation& op) { return op.past->size() <= kWholePastActorsMax; });
  if (small_pasts) {
    transport.send_stream(now, id, fresh);
  } else {
    std::string batch;
    encode_operations(operations, peer.outgoing, batch);
    transport.send_stream(now, id, push_message(true, batch));
  }
}

}  // namespace tutti
