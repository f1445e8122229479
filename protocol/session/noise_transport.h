#pragma once

#include <memory>
#include <optional>

#include "protocol/identity/certificate.h"
#include "protocol/identity/identity.h"
#include "protocol/random.h"
#include "protocol/session/transport_stats.h"
#include "protocol/transport.h"

namespace tutti {

struct NoiseOptions {
  NodeKeys keys;
  Certificate certificate;  // over `keys`, by the cluster
  Key32 cluster_public_key{};
  Key32 discovery_secret{};  // shared by all members; a node without it gets no answer at all
  // REQUIRED to be greater than at every earlier start with these keys; else peers refuse our first handshakes, and we go
  // on as outrun. Take the greater of the persisted counter plus one and the wall clock in ms: that is safe after a
  // restored backup too.
  uint64_t boot_counter = 0;
  std::optional<Key32> cluster_seed{};  // lets this node admit joiners
  // Dial every peer at once, even if its id is the smaller: for the shell, which nobody dials.
  bool dials_at_once = false;
};

// The production Transport: Noise_IKpsk2 between members, with certificates inside; strangers get no answer. The bytes
// are in WIRE.md. Two halves share one identity: DatagramSessions and StreamSessions. Not thread-safe.
class NoiseTransport final : public Transport {
 public:
  // `random` outlives this. REQUIRES options.certificate.id() == options.keys.id().
  NoiseTransport(const NoiseOptions& options, Random& random);
  ~NoiseTransport() override;

  void handle_datagram(const Now& now, const Address& from, ByteView bytes) override;
  void handle_stream_opened(const Now& now, StreamId stream, const Address& peer) override;
  void handle_stream(const Now& now, StreamId stream, ByteView bytes) override;
  void handle_stream_closed(const Now& now, StreamId stream) override;
  void handle_stream_drained(const Now& now, StreamId stream, size_t bytes) override;
  void handle_timeout(const Now& now) override;
  std::optional<Instant> next_deadline() const override;

  void set_peer(const Now& now, const Peer& peer) override;
  void forget_peer(const Now& now, const NodeId& id) override;
  bool send_datagram(const Now& now, const NodeId& to, ByteView message) override;
  bool send_stream(const Now& now, const NodeId& to, ByteView message) override;
  size_t stream_backlog_bytes(const NodeId& to) const override;
  bool has_stream(const NodeId& to) const override;
  std::optional<Address> address_of(const NodeId& id) const override;
  void greet(const Now& now, const Address& at) override;
  void answer_join(const Now& now, StreamId stream, ByteView answer) override;
  std::optional<Output> poll_output() override;

  // Bans the peer for this process's life: its sessions end at once, its handshakes are refused, and set_peer() has no
  // effect. The caller persists revocations, and repeats them at every start.
  void revoke(const Now& now, const NodeId& id);
  // A renewed certificate of our own, for handshakes to come.
  void set_certificate(const Certificate& certificate);

  const TransportStats& stats() const;

 private:
  struct Core;
  std::unique_ptr<Core> core_;
};

}  // namespace tutti
