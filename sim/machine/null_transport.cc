#include "sim/machine/null_transport.h"

#include <cstring>

#include "storage/base/check.h"
#include "storage/store/checksum.h"

namespace tutti::sim {
namespace {

constexpr Duration kPatienceMin = std::chrono::milliseconds(100);
constexpr Duration kPatienceMax = std::chrono::seconds(3);
constexpr size_t kIdBytes = sizeof(NodeId::bytes);
constexpr size_t kGreetingBytes = kIdBytes + sizeof(uint64_t);
constexpr size_t kFrameHeadBytes = 4;
constexpr size_t kSumBytes = sizeof(uint32_t);

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
  std::string bytes = std::string(view(self_)).append(message);
  const uint32_t sum = checksum(bytes);
  bytes.append(reinterpret_cast<const char*>(&sum), kSumBytes);
  outputs_.push_back(SendDatagram{known->second.address(), std::move(bytes)});
  return true;
}

void NullTransport::handle_datagram(const Now&, const Address& from, ByteView bytes) {
  check(bytes.size() >= kIdBytes + kSumBytes, "a simulated datagram names its sender");
  uint32_t sum;
  std::memcpy(&sum, bytes.data() + bytes.size() - kSumBytes, kSumBytes);
  bytes.remove_suffix(kSumBytes);
  if (checksum(bytes) != sum) return;
  if (const auto known = peers_.find(read_id(bytes)); known != peers_.end()) known->second.learned = from;
  outputs_.push_back(Received{read_id(bytes), Channel::kDatagram, std::string(bytes.substr(kIdBytes))});
}

// --- streams ---

void NullTransport::set_peer(const Now& now, const Peer& peer) {
  Known& known = peers_[peer.id];
  if (known.peer.address != peer.address) known.learned.reset();
  known.peer = peer;
  if (!peer.keep_stream) {
    dials_.clear(peer.id);
    const auto open = known.up ? known.up : known.dialling;
    if (open && streams_.at(*open).dialled) close(now, *open);
    return;
  }
  if (known.up || known.dialling || dials_.has(peer.id)) return;
  if (self_ < peer.id) return dial(known);
  plan_dial(now, known);
}

void NullTransport::forget_peer(const Now& now, const NodeId& id) {
  const auto at = peers_.find(id);
  if (at == peers_.end()) return;
  at->second.peer.keep_stream = false;
  if (at->second.dialling) close(now, *at->second.dialling);
  if (at->second.up) close(now, *at->second.up);
  dials_.clear(id);
  peers_.erase(id);
}

void NullTransport::dial(Known& known) {
  known.dialling = StreamId{++last_stream_};
  streams_[*known.dialling].dialled = known.peer.id;
  outputs_.push_back(OpenStream{*known.dialling, known.peer.address});
}

void NullTransport::plan_dial(const Now& now, Known& known) {
  if (!known.peer.keep_stream || known.up || known.dialling) return;
  known.patience = std::min(kPatienceMax, std::max(kPatienceMin, 2 * known.patience));
  const Duration delay = self_ < known.peer.id ? known.patience : std::max(known.patience, kGreaterIdWaits);
  dials_.set(known.peer.id, now.mono + delay);
}

std::string NullTransport::greeting() const {
  std::string bytes(view(self_));
  bytes.append(reinterpret_cast<const char*>(&boot_), sizeof boot_);
  return bytes;
}

void NullTransport::handle_stream_opened(const Now&, StreamId id, const Address&) {
  // A dialled one may have been given up in the meantime; an accepted one is new.
  if (id.value >> 63 == 0 && !streams_.contains(id)) return;
  if (auto& greets = streams_[id].greets) {
    greets->who = Greeted::Who::kStranger;  // until it answers
    return;
  }
  send(id, greeting());
}

void NullTransport::handle_stream(const Now& now, StreamId id, ByteView bytes) {
  const auto at = streams_.find(id);
  if (at == streams_.end()) return;
  std::string& unread = at->second.unread;
  unread.append(bytes);
  if (at->second.greets) return meet(now, id, at->second);
  size_t read = 0;
  if (!at->second.peer) {
    if (unread.size() < kGreetingBytes) return;
    read = kGreetingBytes;
    uint64_t boot;
    std::memcpy(&boot, unread.data() + kIdBytes, sizeof boot);
    if (!greeted(now, id, read_id(unread), boot)) return;
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

std::optional<Address> NullTransport::address_of(const NodeId& id) const {
  const auto known = peers_.find(id);
  if (known == peers_.end()) return std::nullopt;
  return known->second.address();
}

void NullTransport::greet(const Now&, const Address& at) {
  const StreamId id{++last_stream_};
  streams_[id].greets = Greeted{.at = at};
  outputs_.push_back(OpenStream{id, at});
}

void NullTransport::meet(const Now& now, StreamId id, Stream& stream) {
  if (stream.unread.size() < kGreetingBytes) return;
  stream.greets->who = Greeted::Who::kMember;
  stream.greets->id = read_id(stream.unread);
  close(now, id);
}

bool NullTransport::keeps(const Now& now, const Stream& old, const Stream& fresh) const {
  if (fresh.boot > old.boot) return false;  // the peer was started anew and knows nothing of the old one
  if (now.mono - old.since > kSimultaneous) return false;
  if (old.dialled.has_value() == fresh.dialled.has_value()) return false;  // whoever dialled it gave it up
  return old.dialled.has_value() == (self_ < *old.peer);
}

bool NullTransport::greeted(const Now& now, StreamId id, const NodeId& peer, uint64_t boot) {
  Stream& fresh = streams_.at(id);
  fresh.peer = peer;
  fresh.boot = boot;
  fresh.since = now.mono;
  const auto [at, stranger] = peers_.try_emplace(peer);
  Known& known = at->second;
  if (stranger) known.peer = {.id = peer, .x25519 = {}, .address = {}, .keep_stream = false};
  if (known.dialling == id) known.dialling.reset();
  if (fresh.dialled && *fresh.dialled != peer) another_answers(now, id, *fresh.dialled);
  if (known.up) {
    const StreamId old = *known.up;
    const bool old_stays = keeps(now, streams_.at(old), fresh);
    close(now, old_stays ? id : old);
    if (old_stays) return false;
  }
  known.up = id;
  known.patience = Duration(0);
  dials_.clear(peer);
  outputs_.push_back(StreamUp{peer, known.peer.address});
  return true;
}

// Where the dialled one was said to listen another node does now.
void NullTransport::another_answers(const Now& now, StreamId id, const NodeId& dialled) {
  const auto at = peers_.find(dialled);
  if (at == peers_.end() || at->second.dialling != id) return;
  at->second.dialling.reset();
  plan_dial(now, at->second);
}

void NullTransport::drop(const Now& now, StreamId id) {
  const auto gone = streams_.find(id);
  if (gone == streams_.end()) return;
  if (gone->second.greets) outputs_.push_back(*gone->second.greets);
  const auto whose = gone->second.peer ? gone->second.peer : gone->second.dialled;
  streams_.erase(gone);
  const auto at = whose ? peers_.find(*whose) : peers_.end();
  if (at == peers_.end()) return;
  Known& known = at->second;
  if (known.up == id) {
    known.up.reset();
    outputs_.push_back(StreamDown{*whose});
  } else if (known.dialling == id) {
    known.dialling.reset();
  } else {
    return;
  }
  plan_dial(now, known);
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
  while (const auto peer = dials_.pop_due(now.mono)) {
    Known& known = peers_.at(*peer);
    if (!known.up && !known.dialling) dial(known);
  }
}

std::optional<NullTransport::Output> NullTransport::poll_output() {
  if (outputs_.empty()) return std::nullopt;
  Output output = std::move(outputs_.front());
  outputs_.pop_front();
  return output;
}

}  // namespace tutti::sim
