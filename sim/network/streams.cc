#include "sim/network/streams.h"

#include <algorithm>

namespace tutti::sim {
namespace {

constexpr size_t kSocketBufferBytes = 64u << 10;
constexpr Duration kConnectTimeout = std::chrono::seconds(3);
constexpr Duration kStallPoll = std::chrono::milliseconds(100);
constexpr double kSplitChance = 0.02;  // that a delivery ends amid a chunk, as a read() may

}  // namespace

const Streams::Place* Streams::find(size_t node, StreamId stream) const {
  const auto at = sides_.find({node, stream});
  return at == sides_.end() ? nullptr : &at->second;
}

void Streams::open(size_t node, StreamId stream, std::optional<size_t> target) {
  auto connection = std::make_shared<Connection>();
  connection->sides[0] = {node, stream, true};
  sides_[{node, stream}] = {connection, 0};
  if (!target || links_.blocked(node, *target)) return tell_closed(connection, 0, kConnectTimeout);
  queue_.after(links_.chunk(node, *target, 0), [this, connection, node, target = *target] {
    if (!connection->sides[0].open) return;
    if (links_.blocked(node, target)) return tell_closed(connection, 0, kConnectTimeout);
    const Duration back = links_.chunk(target, node, 0);
    if (!endpoints_[target]->up()) return tell_closed(connection, 0, back);
    const StreamId accepted = endpoints_[target]->accept();
    connection->sides[1] = {target, accepted, true};
    sides_[{target, accepted}] = {connection, 1};
    queue_.after(back, [this, connection] {
      const Side& dialler = connection->sides[0];
      if (dialler.open) endpoints_[dialler.node]->stream_opened(dialler.stream, Address{});
    });
    // The acceptor's first bytes may not overtake the dialler's knowing that it is connected.
    connection->flows[1].last_arrival = queue_.now() + back;
    endpoints_[target]->stream_opened(accepted, Address{});
  });
}

size_t Streams::send(size_t node, StreamId stream, std::string bytes) {
  const Place* place = find(node, stream);
  if (!place) return 0;
  const ConnectionPtr connection = place->connection;
  const size_t sender = place->side;
  Flow& flow = connection->flows[sender];
  flow.sent += bytes.size();
  recorder_.sent(queue_.now(), node, connection->sides[1 - sender].node, bytes.size());
  const Duration taken = *disturbances_.leave(node, bytes.size(), false) +
                         links_.chunk(node, connection->sides[1 - sender].node, bytes.size());
  flow.last_arrival = std::max(flow.last_arrival, queue_.now() + taken);
  flow.chunks.push_back({flow.last_arrival, std::move(bytes)});
  schedule_pump(connection, sender, flow.last_arrival);
  return newly_taken(flow);
}

size_t Streams::newly_taken(Flow& flow) {
  const size_t taken = std::min(flow.sent, flow.delivered + kSocketBufferBytes);
  const size_t news = taken - flow.taken;
  flow.taken = taken;
  return news;
}

void Streams::schedule_pump(const ConnectionPtr& connection, size_t sender, Instant at) {
  Flow& flow = connection->flows[sender];
  if (flow.pumping) return;
  flow.pumping = true;
  queue_.at(std::max(at, queue_.now()), [this, connection, sender] { pump(connection, sender); });
}

void Streams::pump(const ConnectionPtr& connection, size_t sender) {
  Flow& flow = connection->flows[sender];
  const Side& from = connection->sides[sender];
  const Side& to = connection->sides[1 - sender];
  flow.pumping = false;
  if (!to.open) return flow.chunks.clear();
  if (links_.blocked(from.node, to.node) || disturbances_.clogged(from.node, to.node)) {
    if (!flow.stalled_since) flow.stalled_since = queue_.now();
    recorder_.dropped(queue_.now(), from.node, to.node, true);
    if (queue_.now() - *flow.stalled_since < timeout_)
      return schedule_pump(connection, sender, queue_.now() + kStallPoll);
    tell_closed(connection, sender, Duration(0));
    return tell_closed(connection, 1 - sender, links_.random().between(Duration(0), timeout_));
  }
  flow.stalled_since.reset();
  // The window closes; nothing breaks for it.
  if (!flow.chunks.empty() && !endpoints_[to.node]->takes_streams())
    return schedule_pump(connection, sender, queue_.now() + kStallPoll);
  deliver(connection, sender);
  if (!flow.chunks.empty()) return schedule_pump(connection, sender, flow.chunks.front().arrival);
  if (flow.finished) finish(connection, sender);
}

void Streams::deliver(const ConnectionPtr& connection, size_t sender) {
  Flow& flow = connection->flows[sender];
  std::string bytes;
  while (!flow.chunks.empty() && flow.chunks.front().arrival <= queue_.now()) {
    bytes += flow.chunks.front().bytes;
    flow.chunks.pop_front();
  }
  flow.delivered += bytes.size();
  const Side to = connection->sides[1 - sender];
  if (!bytes.empty()) recorder_.received(queue_.now(), connection->sides[sender].node, to.node, bytes.size());
  if (bytes.size() > 1 && links_.random().chance(kSplitChance)) {
    const size_t cut = 1 + links_.random().index(bytes.size() - 1);
    endpoints_[to.node]->stream_bytes(to.stream, ByteView(bytes).substr(0, cut));
    bytes.erase(0, cut);
  }
  if (!bytes.empty() && connection->sides[1 - sender].open)
    endpoints_[to.node]->stream_bytes(to.stream, bytes);
  const size_t taken = newly_taken(flow);
  const Side from = connection->sides[sender];
  if (taken > 0 && from.open) endpoints_[from.node]->stream_drained(from.stream, taken);
}

void Streams::finish(const ConnectionPtr& connection, size_t sender) {
  tell_closed(connection, 1 - sender, Duration(0));
}

void Streams::drop(Connection& connection, size_t side) {
  Side& gone = connection.sides[side];
  if (!gone.open) return;
  gone.open = false;
  sides_.erase({gone.node, gone.stream});
}

void Streams::tell_closed(const ConnectionPtr& connection, size_t side, Duration delay) {
  queue_.after(delay, [this, connection, side] {
    const Side told = connection->sides[side];
    if (!told.open) return;
    drop(*connection, side);
    endpoints_[told.node]->stream_closed(told.stream);
  });
}

void Streams::close(size_t node, StreamId stream) {
  const Place* place = find(node, stream);
  if (!place) return;
  const ConnectionPtr connection = place->connection;
  const size_t side = place->side;
  drop(*connection, side);
  Flow& flow = connection->flows[side];
  const Side& peer = connection->sides[1 - side];
  if (!peer.open) return;
  flow.finished = true;
  flow.last_arrival = std::max(flow.last_arrival, queue_.now() + links_.chunk(node, peer.node, 0));
  schedule_pump(connection, side, flow.last_arrival);
}

void Streams::node_gone(size_t node, bool reset) {
  std::vector<Place> gone;
  for (auto at = sides_.lower_bound({node, StreamId{}}); at != sides_.end() && at->first.first == node;
       ++at) {
    gone.push_back(at->second);
  }
  for (const Place& place : gone) {
    drop(*place.connection, place.side);
    place.connection->flows[place.side].chunks.clear();
    const Side& peer = place.connection->sides[1 - place.side];
    if (!peer.open) continue;
    const bool told = reset && !links_.blocked(node, peer.node);
    tell_closed(place.connection, 1 - place.side,
                told ? links_.chunk(node, peer.node, 0) : links_.random().between(Duration(0), timeout_));
  }
}

}  // namespace tutti::sim
