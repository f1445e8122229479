#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "protocol/address.h"
#include "protocol/node_id.h"
#include "storage/base/ids.h"
#include "storage/base/result.h"
#include "storage/base/time.h"

namespace tutti {

// Authenticated messages between members, over datagrams (small; may be lost, repeated, reordered) and one stream for
// each peer (in order, whole, until it breaks). Sans-I/O: bytes and time come in by handle_*; poll_output() returns
// what is to be done. After any call, drain poll_output(), then re-arm next_deadline().
//
// NoiseTransport is the production one; the simulator may use one without a cipher.
class Transport {
 public:
  enum class Channel : uint8_t { kDatagram, kStream };

  // For the network (the node's loop, or the simulator's).
  struct SendDatagram {
    Address to;
    std::string bytes;
  };
  struct OpenStream {  // dial; then call handle_stream_opened, or handle_stream_closed if it failed
    StreamId stream;
    Address to;
  };
  struct SendStream {
    StreamId stream;
    std::string bytes;
  };
  struct CloseStream {  // no handle_stream_closed follows
    StreamId stream;
  };
  // For the layer above.
  struct Received {
    NodeId from;
    Channel channel;
    std::string message;
  };
  struct StreamUp {  // messages sent on an earlier stream may be lost; both sides begin anew
    NodeId peer;
    Address at;
  };
  struct StreamDown {
    NodeId peer;
  };
  // A stranger with a valid token asks to become a member; answer_join() says yes or no, once.
  struct JoinRequested {
    StreamId stream;
    std::string request;  // decoded by admission.h
  };
  // `by` has heard later first messages under this node's keys than ours: another process has them, or had. Ours are
  // later again from now on.
  struct Outrun {
    NodeId by;
  };
  // The outcome of greet().
  struct Greeted {
    enum class Who : uint8_t {
      kNobody,    // the connection was refused, or took too long
      kStranger,  // the connection was taken, and nobody answered as a member of this cluster does
      kMember,
    };
    Address at;
    Who who = Who::kNobody;
    NodeId id{};  // of a member, with its key. Unproven: the handshake with it is the proof
    std::array<uint8_t, 32> x25519{};
  };
  using Output = std::variant<SendDatagram, OpenStream, SendStream, CloseStream, Received, StreamUp,
                              StreamDown, JoinRequested, Outrun, Greeted>;

  // A member to talk to: its record says where it listens.
  struct Peer {
    NodeId id;
    std::array<uint8_t, 32> x25519{};
    Address address;
    // True: open a stream, and reopen it when it breaks, with backoff; one side's wish is enough. Set to false later, a
    // stream that this side dialled is closed; a stream that the peer dialled stays.
    bool keep_stream = true;
  };

  // The largest message in a datagram: 1200 bytes less header and tag.
  static constexpr size_t kDatagramMessageBytesMax = 1168;
  // The largest message on a stream: the largest operation, with room. Frames of up to 64 KiB carry it, and memory
  // is allocated as they come.
  static constexpr size_t kStreamMessageBytesMax = 704u << 20;

  virtual ~Transport() = default;

  // --- from the network ---
  virtual void handle_datagram(const Now& now, const Address& from, ByteView bytes) = 0;
  // Incoming connections get their StreamId from the caller, who takes ids with the top bit set; dialled ones
  // keep the id of OpenStream.
  virtual void handle_stream_opened(const Now& now, StreamId stream, const Address& peer) = 0;
  virtual void handle_stream(const Now& now, StreamId stream, ByteView bytes) = 0;
  virtual void handle_stream_closed(const Now& now, StreamId stream) = 0;
  // The kernel took `bytes` bytes of earlier SendStreams.
  virtual void handle_stream_drained(const Now& now, StreamId stream, size_t bytes) = 0;
  virtual void handle_timeout(const Now& now) = 0;
  virtual std::optional<Instant> next_deadline() const = 0;

  // --- from the layer above ---
  // Adds or updates a peer; begins handshakes as needed.
  virtual void set_peer(const Now& now, const Peer& peer) = 0;
  virtual void forget_peer(const Now& now, const NodeId& id) = 0;
  // False: not sent, for want of a session (one is being made) or as it is too large; nothing changed.
  virtual bool send_datagram(const Now& now, const NodeId& to, ByteView message) = 0;
  virtual bool send_stream(const Now& now, const NodeId& to, ByteView message) = 0;
  // Bytes given to send_stream that the kernel has not taken yet; 0: no stream.
  virtual size_t stream_backlog_bytes(const NodeId& to) const = 0;
  virtual bool has_stream(const NodeId& to) const = 0;
  // Where datagrams to a peer go: where it was last heard from, or where set_peer() says; empty: not known.
  virtual std::optional<Address> address_of(const NodeId& id) const = 0;
  // Asks who listens at `at`, by a stream of its own; Greeted follows once. The answer may be this node itself.
  virtual void greet(const Now& now, const Address& at) = 0;
  // `answer` is opaque to the transport; the stream closes after it.
  virtual void answer_join(const Now& now, StreamId stream, ByteView answer) = 0;

  virtual std::optional<Output> poll_output() = 0;
};

}  // namespace tutti
