#pragma once

#include <optional>
#include <string>
#include <unordered_map>

#include "protocol/deadlines.h"
#include "protocol/session/admission.h"
#include "protocol/session/frame_reader.h"
#include "protocol/session/noise_context.h"
#include "protocol/session/stream_session.h"
#include "protocol/transport.h"

namespace tutti {

// The stream channel: one connection for each peer, each with its own handshake. Decides which side dials, which of
// two connections stays, and when to dial again. Takes joiners' connections up to their request.
class StreamSessions {
 public:
  // For dialling, then again for the handshake: a stream that takes longer is closed.
  static constexpr Duration kDialPatience = std::chrono::seconds(5);
  static constexpr Duration kHandshakePatience = std::chrono::seconds(5);
  static constexpr Duration kDecisionPatience = std::chrono::seconds(30);  // for answer_join
  static constexpr Duration kFarewellPatience = std::chrono::seconds(5);  // for the kernel to take the answer
  // The node with the greater id dials only after this long without a stream.
  static constexpr Duration kGreaterIdWaits = std::chrono::seconds(3);
  static constexpr Duration kRedialFirst = std::chrono::milliseconds(200);
  static constexpr Duration kRedialLongest = std::chrono::seconds(5);
  // A stream that brought nothing for this long is given up when its peer's datagrams come from elsewhere.
  static constexpr Duration kSilentWhereMoved = std::chrono::seconds(3);
  // Two streams up within this long were dialled at the same time; later, the new one shows that the peer lost the old.
  static constexpr Duration kSimultaneous = std::chrono::seconds(10);
  // Incoming connections that have proven nothing yet. One more closes the oldest.
  static constexpr size_t kHalfOpenMax = 256;
  // If more bytes than this wait for the kernel, further messages are refused.
  static constexpr size_t kBacklogBytesMax = 64u << 20;

  // `cluster_seed` lets this node admit joiners. `dials_at_once`: even if the peer's id is the smaller.
  StreamSessions(NoiseContext& context, std::optional<Key32> cluster_seed, bool dials_at_once);

  void handle_opened(const Now& now, StreamId id, const Address& peer);
  void handle_bytes(const Now& now, StreamId id, ByteView bytes);
  void handle_closed(const Now& now, StreamId id);
  void handle_drained(const Now& now, StreamId id, size_t bytes);
  void handle_timeout(const Now& now);
  std::optional<Instant> next_deadline() const;

  // A datagram of this peer has come from here.
  void heard_at(const Now& now, const NodeId& peer, const Address& from);
  void set_peer(const Now& now, const Transport::Peer& peer);
  void forget_peer(const Now& now, const NodeId& id);
  bool send(const Now& now, const NodeId& to, ByteView message);
  size_t backlog_bytes(const NodeId& to) const;
  bool has_stream(const NodeId& to) const;
  void greet(const Now& now, const Address& at);
  void answer_join(const Now& now, StreamId id, ByteView answer);

 private:
  enum class Phase {
    kDialing,        // ours, until it opens
    kAwaitMessage2,  // ours
    kAwaitMessage1,  // theirs, nothing proven
    kAwaitProof,     // theirs, answered: the first frame proves the peer
    kAwaitRequest,   // a joiner, answered: the first message proves and asks
    kAwaitDecision,  // a joiner, until answer_join
    kFarewell,       // closes once the kernel has taken everything
    kUp,
  };
  struct Stream {
    Phase phase;
    bool dialled;
    Address at;
    Instant since;                            // of the phase
    Instant heard{};                          // the last bytes
    std::optional<Address> datagrams_from{};  // the peer's, when the first came since it is up
    NodeId peer{};
    uint64_t boot = 0;        // the peer's
    uint64_t expires_ms = 0;  // its certificate's
    std::optional<HandshakeState> started{};
    std::optional<StreamSession> session{};
    FrameReader reader{};
    std::string message{};  // parts so far
    size_t undrained_bytes = 0;
    TokenTerms terms{};                           // a joiner's
    Key32 join_x25519{};                          // the same
    std::optional<Transport::Greeted> greeted{};  // ours that greets: what it has come to. It has no peer

    // Theirs, and perhaps nobody's who could read what we answered. A joiner to whom we bid farewell has proven itself.
    bool proves_nothing() const {
      return phase == Phase::kAwaitMessage1 || phase == Phase::kAwaitProof || phase == Phase::kAwaitRequest ||
             (phase == Phase::kFarewell && !session);
    }
  };
  struct Link {
    std::optional<Transport::Peer> record;  // from set_peer
    std::optional<StreamId> up;
    std::optional<StreamId> dialing;
    Duration backoff = kRedialFirst;
    Freshness seen;
  };

  // Each returns false if the stream is gone.
  bool handle_frame(const Now& now, StreamId id, Stream& stream, ByteView frame);
  bool handle_message1(const Now& now, StreamId id, Stream& stream, ByteView frame);
  bool handle_meet_message1(const Now& now, StreamId id, Stream& stream, ByteView frame);
  bool handle_meet_message2(const Now& now, StreamId id, Stream& stream, ByteView frame);
  bool handle_join_message1(const Now& now, StreamId id, Stream& stream, ByteView frame);
  bool handle_message2(const Now& now, StreamId id, Stream& stream, ByteView frame);
  bool handle_outrun(const Now& now, StreamId id, Stream& stream, ByteView frame);
  bool handle_sealed(const Now& now, StreamId id, Stream& stream, ByteView frame);
  bool handle_join_request(const Now& now, StreamId id, Stream& stream);
  bool establish(const Now& now, StreamId id, Stream& stream);
  bool refuse(const Now& now, StreamId id, uint64_t& counter);

  bool keeps(const Now& now, const Stream& old, const Stream& fresh) const;
  bool dialled_by_smaller(const Stream& stream) const;
  bool dials_first(const NodeId& peer) const;
  void dial(const Now& now, const NodeId& peer);
  void emit_message1(StreamId id, Stream& stream, PacketType type, ByteView noise);
  void plan_dial(const Now& now, const NodeId& peer, Link& link);
  void enter(const Now& now, StreamId id, Stream& stream, Phase phase, Duration patience);
  void close(const Now& now, StreamId id);
  void forget_stream(const Now& now, StreamId id);
  void make_room_for_half_open(const Now& now);
  void emit_frame(StreamId id, Stream& stream, ByteView frame);
  void emit_message(StreamId id, Stream& stream, ByteView message);

  NoiseContext& context_;
  std::optional<Key32> cluster_seed_;
  bool dials_at_once_;
  Key32 mac_key_;
  Key32 meet_mac_key_;
  uint64_t last_stream_ = 0;
  std::unordered_map<StreamId, Stream> streams_;
  std::unordered_map<NodeId, Link> links_;
  Deadlines<StreamId> patience_;
  Deadlines<NodeId> dials_;
};

}  // namespace tutti
