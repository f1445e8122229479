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
  Key32 discovery_secret{};  // shared by all members; who lacks it gets not one byte of answer
  // Greater than at every earlier start with these keys, or peers that remember refuse our handshakes. The
  // greater of the persisted counter plus one and the wall clock in ms outlives a restored backup.
  uint64_t boot_counter = 0;
  std::optional<Key32> cluster_seed{};  // lets this node admit joiners
  // Dial every peer without leaving it to the one with the smaller id: for the shell, whom nobody dials.
  bool dials_at_once = false;
};

// The Transport that ships: Noise_IKpsk2 between members, certificates inside, silence to everybody else.
// WIRE.md has the bytes. Two halves share one identity: DatagramSessions and StreamSessions. Not thread-safe.
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
  void answer_join(const Now& now, StreamId stream, ByteView answer) override;
  std::optional<Output> poll_output() override;

  // Never again, in this process: its sessions end at once, its handshakes are refused, set_peer changes
  // nothing. Whoever persists revocations says them again at every start.
  void revoke(const Now& now, const NodeId& id);
  // A renewed certificate of our own, for handshakes to come.
  void set_certificate(const Certificate& certificate);

  const TransportStats& stats() const;

 private:
  struct Core;
  std::unique_ptr<Core> core_;
};

}  // namespace tutti
