#include "protocol/session/noise_transport.h"

#include <algorithm>

#include "protocol/session/datagram_sessions.h"
#include "protocol/session/noise_context.h"
#include "protocol/session/stream_sessions.h"
#include "storage/crypto/os_random.h"

namespace tutti {

struct NoiseTransport::Core {
  Core(const NoiseOptions& options, Random& random)
      : context{.handshaker = Handshaker({options.keys, options.certificate, options.cluster_public_key,
                                          options.discovery_secret, options.boot_counter},
                                         random),
                .random = random,
                .own_id = options.keys.id(),
                .discovery_secret = options.discovery_secret,
                .outputs = {},
                .stats = {},
                .revoked = {}},
        datagrams(context),
        streams(context, options.cluster_seed, options.dials_at_once) {}

  NoiseContext context;
  DatagramSessions datagrams;
  StreamSessions streams;
};

NoiseTransport::NoiseTransport(const NoiseOptions& options, Random& random) {
  init_crypto();
  core_ = std::make_unique<Core>(options, random);
}

NoiseTransport::~NoiseTransport() = default;

void NoiseTransport::handle_datagram(const Now& now, const Address& from, ByteView bytes) {
  if (const auto peer = core_->datagrams.handle(now, from, bytes)) core_->streams.heard_at(now, *peer, from);
}

void NoiseTransport::handle_stream_opened(const Now& now, StreamId stream, const Address& peer) {
  core_->streams.handle_opened(now, stream, peer);
}

void NoiseTransport::handle_stream(const Now& now, StreamId stream, ByteView bytes) {
  core_->streams.handle_bytes(now, stream, bytes);
}

void NoiseTransport::handle_stream_closed(const Now& now, StreamId stream) {
  core_->streams.handle_closed(now, stream);
}

void NoiseTransport::handle_stream_drained(const Now& now, StreamId stream, size_t bytes) {
  core_->streams.handle_drained(now, stream, bytes);
}

void NoiseTransport::handle_timeout(const Now& now) {
  core_->datagrams.handle_timeout(now);
  core_->streams.handle_timeout(now);
}

std::optional<Instant> NoiseTransport::next_deadline() const {
  const auto datagrams = core_->datagrams.next_deadline();
  const auto streams = core_->streams.next_deadline();
  return datagrams && streams ? std::min(*datagrams, *streams) : datagrams ? datagrams : streams;
}

void NoiseTransport::set_peer(const Now& now, const Peer& peer) {
  if (peer.id == core_->context.own_id || core_->context.revoked.contains(peer.id)) return;
  core_->datagrams.set_peer(peer);
  core_->streams.set_peer(now, peer);
}

void NoiseTransport::forget_peer(const Now& now, const NodeId& id) {
  core_->datagrams.forget_peer(id);
  core_->streams.forget_peer(now, id);
}

void NoiseTransport::revoke(const Now& now, const NodeId& id) {
  core_->context.revoked.insert(id);
  forget_peer(now, id);
}

bool NoiseTransport::send_datagram(const Now& now, const NodeId& to, ByteView message) {
  return core_->datagrams.send(now, to, message);
}

bool NoiseTransport::send_stream(const Now& now, const NodeId& to, ByteView message) {
  return core_->streams.send(now, to, message);
}

size_t NoiseTransport::stream_backlog_bytes(const NodeId& to) const {
  return core_->streams.backlog_bytes(to);
}

bool NoiseTransport::has_stream(const NodeId& to) const { return core_->streams.has_stream(to); }

std::optional<Address> NoiseTransport::address_of(const NodeId& id) const {
  return core_->datagrams.address_of(id);
}

void NoiseTransport::greet(const Now& now, const Address& at) { core_->streams.greet(now, at); }

void NoiseTransport::answer_join(const Now& now, StreamId stream, ByteView answer) {
  core_->streams.answer_join(now, stream, answer);
}

std::optional<Transport::Output> NoiseTransport::poll_output() { return core_->context.outputs.poll(); }

void NoiseTransport::set_certificate(const Certificate& certificate) {
  core_->context.handshaker.set_certificate(certificate);
}

const TransportStats& NoiseTransport::stats() const { return core_->context.stats; }

}  // namespace tutti
