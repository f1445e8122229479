#include "protocol/session/stream_sessions.h"

#include <algorithm>
#include <vector>

#include "storage/base/check.h"

namespace tutti {

namespace {

// Incoming connections take ids with this bit (transport.h).
constexpr uint64_t kIncomingBit = uint64_t{1} << 63;

}  // namespace

StreamSessions::StreamSessions(NoiseContext& context, std::optional<Key32> cluster_seed, bool dials_at_once)
    : context_(context),
      cluster_seed_(cluster_seed),
      dials_at_once_(dials_at_once),
      mac_key_(handshake_mac_key(context.discovery_secret, PacketType::kStreamMessage1)),
      meet_mac_key_(handshake_mac_key(context.discovery_secret, PacketType::kMeetMessage1)) {}

void StreamSessions::handle_opened(const Now& now, StreamId id, const Address& peer) {
  const auto found = streams_.find(id);
  if ((id.value & kIncomingBit) != 0) {
    check(found == streams_.end(), "a stream opened twice");
    make_room_for_half_open(now);
    Stream& stream = streams_.emplace(id, Stream{Phase::kAwaitMessage1, false, peer, now.mono}).first->second;
    return enter(now, id, stream, Phase::kAwaitMessage1, kHandshakePatience);
  }
  if (found == streams_.end() || found->second.phase != Phase::kDialing) return;  // given up in the meantime
  Stream& stream = found->second;
  std::string noise;
  stream.started = stream.greeted ? context_.handshaker.start_meeting(noise)
                                  : context_.handshaker.start(links_.at(stream.peer).record->x25519, noise);
  if (!stream.started) return close(now, id);
  if (stream.greeted) stream.greeted->who = Transport::Greeted::Who::kStranger;  // until it answers
  emit_message1(id, stream, stream.greeted ? PacketType::kMeetMessage1 : PacketType::kStreamMessage1, noise);
  ++context_.stats.handshakes_started;
  enter(now, id, stream, Phase::kAwaitMessage2, kHandshakePatience);
}

void StreamSessions::make_room_for_half_open(const Now& now) {
  size_t half_open = 0;
  std::optional<std::pair<Instant, StreamId>> oldest;
  for (const auto& [id, stream] : streams_) {
    if (!stream.proves_nothing()) continue;
    ++half_open;
    const std::pair candidate(stream.since, id);
    if (!oldest || candidate < *oldest) oldest = candidate;
  }
  if (half_open < kHalfOpenMax) return;
  ++context_.stats.dropped_overloaded;
  close(now, oldest->second);
}

void StreamSessions::enter(const Now& now, StreamId id, Stream& stream, Phase phase, Duration patience) {
  stream.phase = phase;
  stream.since = now.mono;
  patience_.set(id, now.mono + patience);
}

void StreamSessions::handle_closed(const Now& now, StreamId id) { forget_stream(now, id); }

void StreamSessions::close(const Now& now, StreamId id) {
  if (!streams_.contains(id)) return;
  context_.outputs.push(Transport::CloseStream{id});
  forget_stream(now, id);
}

void StreamSessions::forget_stream(const Now& now, StreamId id) {
  const auto found = streams_.find(id);
  if (found == streams_.end()) return;
  if (found->second.greeted) context_.outputs.push(*found->second.greeted);
  const NodeId peer = found->second.peer;
  const Duration lived = now.mono - found->second.since;
  streams_.erase(found);
  patience_.clear(id);
  const auto known = links_.find(peer);
  if (known == links_.end()) return;
  Link& link = known->second;
  if (link.up == id) {
    link.up.reset();
    ++context_.stats.streams_down;
    context_.outputs.push(Transport::StreamDown{peer});
    // A stream that breaks at once must not be reopened in a tight loop.
    if (lived >= kRedialLongest) link.backoff = kRedialFirst;
    plan_dial(now, peer, link);
  } else if (link.dialing == id) {
    link.dialing.reset();
    plan_dial(now, peer, link);
  }
}

// --- bytes in ---

void StreamSessions::handle_bytes(const Now& now, StreamId id, ByteView bytes) {
  context_.stats.stream_bytes_in += bytes.size();
  const auto found = streams_.find(id);
  if (found == streams_.end()) return;
  Stream& stream = found->second;
  stream.heard = now.mono;
  stream.reader.push(bytes);
  for (;;) {
    const bool handshaking = stream.phase == Phase::kAwaitMessage1 || stream.phase == Phase::kAwaitMessage2;
    const bool asking = stream.phase == Phase::kAwaitRequest;
    const auto frame = stream.reader.next(handshaking ? kHandshakePacketBytesMax
                                          : asking ? kJoinRequestBytesMax + StreamSession::kFrameOverheadBytes
                                                   : FrameReader::kFrameBytesMax);
    if (stream.reader.is_oversized()) {
      refuse(now, id, context_.stats.dropped_unauthenticated);
      return;
    }
    if (!frame || !handle_frame(now, id, stream, *frame)) return;
  }
}

bool StreamSessions::refuse(const Now& now, StreamId id, uint64_t& counter) {
  ++counter;
  close(now, id);
  return false;
}

bool StreamSessions::handle_frame(const Now& now, StreamId id, Stream& stream, ByteView frame) {
  switch (stream.phase) {
    case Phase::kAwaitMessage1:
      if (has_type(frame, PacketType::kStreamMessage1)) return handle_message1(now, id, stream, frame);
      if (has_type(frame, PacketType::kMeetMessage1)) return handle_meet_message1(now, id, stream, frame);
      if (has_type(frame, PacketType::kJoinMessage1)) return handle_join_message1(now, id, stream, frame);
      break;
    case Phase::kAwaitMessage2:
      if (stream.greeted) return handle_meet_message2(now, id, stream, frame);
      if (has_type(frame, PacketType::kStreamMessage2)) return handle_message2(now, id, stream, frame);
      if (has_type(frame, PacketType::kStreamOutrun)) return handle_outrun(now, id, stream, frame);
      break;
    case Phase::kAwaitProof:
    case Phase::kAwaitRequest:
    case Phase::kUp: return handle_sealed(now, id, stream, frame);
    case Phase::kFarewell: return true;  // of no more interest
    case Phase::kDialing:
    case Phase::kAwaitDecision: break;  // nobody may speak now
  }
  return refuse(now, id, context_.stats.dropped_unauthenticated);
}

bool StreamSessions::handle_sealed(const Now& now, StreamId id, Stream& stream, ByteView frame) {
  const auto opened = stream.session->open(frame, stream.message);
  if (opened == StreamSession::Opened::kBad) return refuse(now, id, context_.stats.dropped_unauthenticated);
  if (stream.phase == Phase::kAwaitRequest) {
    return opened == StreamSession::Opened::kMore || handle_join_request(now, id, stream);
  }
  if (stream.phase == Phase::kAwaitProof && !establish(now, id, stream)) return false;
  if (now.wall_ms() >= stream.expires_ms) return refuse(now, id, context_.stats.handshakes_refused);
  if (opened == StreamSession::Opened::kMore) return true;
  if (!stream.message.empty()) {
    ++context_.stats.messages_in;
    context_.outputs.push(
        Transport::Received{stream.peer, Transport::Channel::kStream, std::exchange(stream.message, {})});
  }
  return true;
}

// --- bytes out ---

void StreamSessions::emit_frame(StreamId id, Stream& stream, ByteView frame) {
  put_frame(context_.outputs.stream_bytes(id, FrameReader::kLengthBytes + frame.size()), frame);
  stream.undrained_bytes += FrameReader::kLengthBytes + frame.size();
  context_.stats.stream_bytes_out += FrameReader::kLengthBytes + frame.size();
}

void StreamSessions::emit_message1(StreamId id, Stream& stream, PacketType type, ByteView noise) {
  const Key32& mac_key = type == PacketType::kMeetMessage1 ? meet_mac_key_ : mac_key_;
  std::string frame;
  put_type(frame, type);
  frame += view_of(blake2b_mac128(view_of(mac_key), noise));
  frame += noise;
  emit_frame(id, stream, frame);
}

void StreamSessions::emit_message(StreamId id, Stream& stream, ByteView message) {
  const size_t bytes = StreamSession::sealed_bytes(message.size());
  bool more = true;
  while (more) {
    const size_t frame_bytes =
        std::min(message.size(), StreamSession::kPartBytesMax) + StreamSession::kFrameOverheadBytes;
    more = stream.session->seal_frame(message, context_.outputs.stream_bytes(id, frame_bytes));
  }
  stream.undrained_bytes += bytes;
  context_.stats.stream_bytes_out += bytes;
}

bool StreamSessions::send(const Now& now, const NodeId& to, ByteView message) {
  const auto known = links_.find(to);
  if (known == links_.end() || !known->second.up) return false;
  if (message.empty() || message.size() > Transport::kStreamMessageBytesMax) return false;
  const StreamId id = *known->second.up;
  Stream& stream = streams_.at(id);
  if (stream.undrained_bytes > kBacklogBytesMax) return false;
  if (now.wall_ms() >= stream.expires_ms) return refuse(now, id, context_.stats.handshakes_refused);
  emit_message(id, stream, message);
  ++context_.stats.messages_out;
  return true;
}

void StreamSessions::handle_drained(const Now& now, StreamId id, size_t bytes) {
  const auto found = streams_.find(id);
  if (found == streams_.end()) return;
  Stream& stream = found->second;
  stream.undrained_bytes -= std::min(bytes, stream.undrained_bytes);
  if (stream.phase == Phase::kFarewell && stream.undrained_bytes == 0) close(now, id);
}

size_t StreamSessions::backlog_bytes(const NodeId& to) const {
  const auto known = links_.find(to);
  return known != links_.end() && known->second.up ? streams_.at(*known->second.up).undrained_bytes : 0;
}

bool StreamSessions::has_stream(const NodeId& to) const {
  const auto known = links_.find(to);
  return known != links_.end() && known->second.up.has_value();
}

}  // namespace tutti
