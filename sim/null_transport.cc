#include "sim/null_transport.h"

#include <cstring>

#include "storage/check.h"

namespace tutti::sim {
namespace {

constexpr Duration kPatienceMin = std::chrono::milliseconds(100);
constexpr Duration kPatienceMax = std::chrono::seconds(3);
constexpr size_t kIdBytes = sizeof(NodeId::bytes);
constexpr size_t kFrameHeadBytes = 4;

ByteView view(const NodeId& id) { return {reinterpret_cast<const char*>(id.bytes.data()), kIdBytes}; }

NodeId read_id(ByteView bytes) {
  NodeId id;
  std::memcpy(id.bytes.data(), bytes.data(), kIdBytes);
  return id;
}

}  // namespace

// --- datagrams ---

bool NullTransport::send_datagram(const Now&, const NodeId& to, ByteView message) {
  const auto known = peers_.find(to);
  if (known == peers_.end() || message.size() > kDatagramMessageBytesMax) return false;
  outputs_.push_back(SendDatagram{known->second.peer.address, std::string(view(self_)).append(message)});
  return true;
}

void NullTransport::handle_datagram(const Now&, const Address&, ByteView bytes) {
  check(bytes.size() >= kIdBytes, "a simulated datagram names its sender");
  outputs_.push_back(Received{read_id(bytes), Channel::kDatagram, std::string(bytes.substr(kIdBytes))});
}

// --- streams ---

void NullTransport::set_peer(const Now& now, const Peer& peer) {
  Known& known = peers_[peer.id];
  known.peer = peer;
  if (dials(known) && !known.up && !known.dialling && known.patience == Duration(0)) dial(now, known);
}

void NullTransport::forget_peer(const Now& now, const NodeId& id) {
  const auto at = peers_.find(id);
  if (at == peers_.end()) return;
  const auto open = at->second.up ? at->second.up : at->second.dialling;
  if (open) close(now, *open);
  peers_.erase(id);
}

void NullTransport::dial(const Now&, Known& known) {
  known.dialling = StreamId{++last_stream_};
  streams_[*known.dialling] = {};
  outputs_.push_back(OpenStream{*known.dialling, known.peer.address});
}

void NullTransport::retry_later(const Now& now, Known& known) {
  known.patience = std::min(kPatienceMax, std::max(kPatienceMin, 2 * known.patience));
  known.dial_at = now.mono + known.patience;
}

void NullTransport::handle_stream_opened(const Now&, StreamId id, const Address&) {
  streams_.try_emplace(id);
  send(id, std::string(view(self_)));
}

void NullTransport::handle_stream(const Now& now, StreamId id, ByteView bytes) {
  const auto at = streams_.find(id);
  if (at == streams_.end()) return;
  std::string& unread = at->second.unread;
  unread.append(bytes);
  size_t read = 0;
  if (!at->second.peer) {
    if (unread.size() < kIdBytes) return;
    read = kIdBytes;
    const NodeId peer = read_id(unread);
    // The latest stream is the one: an older one may have died unheard.
    const auto known = peers_.find(peer);
    if (known != peers_.end() && known->second.up && *known->second.up != id) close(now, *known->second.up);
    greeted(id, peer);
  }
  while (unread.size() - read >= kFrameHeadBytes) {
    uint32_t size;
    std::memcpy(&size, unread.data() + read, kFrameHeadBytes);
    if (unread.size() - read - kFrameHeadBytes < size) break;
    outputs_.push_back(
        Received{*at->second.peer, Channel::kStream, unread.substr(read + kFrameHeadBytes, size)});
    read += kFrameHeadBytes + size;
  }
  unread.erase(0, read);
}

void NullTransport::greeted(StreamId id, const NodeId& peer) {
  streams_[id].peer = peer;
  const auto [at, stranger] = peers_.try_emplace(peer);
  Known& known = at->second;
  if (stranger) known.peer = {.id = peer, .x25519 = {}, .address = {}, .keep_stream = false};
  if (known.dialling == id) known.dialling.reset();
  known.up = id;
  known.patience = Duration(0);
  outputs_.push_back(StreamUp{peer, known.peer.address});
}

void NullTransport::drop(const Now& now, StreamId id) {
  if (streams_.erase(id) == 0) return;
  for (auto& [peer, known] : peers_) {
    const bool was_up = known.up == id;
    if (!was_up && known.dialling != id) continue;
    (was_up ? known.up : known.dialling).reset();
    if (was_up) outputs_.push_back(StreamDown{peer});
    if (dials(known)) retry_later(now, known);
  }
}

void NullTransport::handle_stream_closed(const Now& now, StreamId id) { drop(now, id); }

void NullTransport::close(const Now& now, StreamId id) {
  outputs_.push_back(CloseStream{id});
  drop(now, id);
}

void NullTransport::handle_stream_drained(const Now&, StreamId id, size_t bytes) {
  const auto at = streams_.find(id);
  if (at == streams_.end()) return;
  check(bytes <= at->second.backlog_bytes, "no more drains than was sent");
  at->second.backlog_bytes -= bytes;
}

void NullTransport::send(StreamId id, std::string bytes) {
  streams_[id].backlog_bytes += bytes.size();
  outputs_.push_back(SendStream{id, std::move(bytes)});
}

bool NullTransport::send_stream(const Now&, const NodeId& to, ByteView message) {
  const auto known = peers_.find(to);
  if (known == peers_.end() || !known->second.up || message.size() > kStreamMessageBytesMax) return false;
  const auto size = static_cast<uint32_t>(message.size());
  std::string frame(reinterpret_cast<const char*>(&size), kFrameHeadBytes);
  send(*known->second.up, frame.append(message));
  return true;
}

size_t NullTransport::stream_backlog_bytes(const NodeId& to) const {
  const auto known = peers_.find(to);
  if (known == peers_.end() || !known->second.up) return 0;
  return streams_.at(*known->second.up).backlog_bytes;
}

bool NullTransport::has_stream(const NodeId& to) const {
  const auto known = peers_.find(to);
  return known != peers_.end() && known->second.up;
}

void NullTransport::answer_join(const Now& now, StreamId stream, ByteView) { close(now, stream); }

// --- time ---

void NullTransport::handle_timeout(const Now& now) {
  for (auto& [id, known] : peers_) {
    if (dials(known) && !known.up && !known.dialling && known.dial_at <= now.mono) dial(now, known);
  }
}

std::optional<Instant> NullTransport::next_deadline() const {
  std::optional<Instant> next;
  for (const auto& [id, known] : peers_) {
    if (!dials(known) || known.up || known.dialling) continue;
    if (!next || known.dial_at < *next) next = known.dial_at;
  }
  return next;
}

std::optional<NullTransport::Output> NullTransport::poll_output() {
  if (outputs_.empty()) return std::nullopt;
  Output output = std::move(outputs_.front());
  outputs_.pop_front();
  return output;
}

}  // namespace tutti::sim
