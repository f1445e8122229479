#pragma once

#include <memory>
#include <optional>
#include <unordered_map>

#include "protocol/deadlines.h"
#include "protocol/session/cookie.h"
#include "protocol/session/noise_context.h"
#include "protocol/session/session.h"
#include "protocol/transport.h"

namespace tutti {

// The datagram channel: one session for each peer, made when there is something to send. Indices name the session, so
// that a peer may change its address. A peer has four slots, so that a change of session loses no packets:
//   attempt   our message 1 is out
//   next      we answered theirs; it is unproven until its first packet, and until then `current` sends
//   current   sends and receives
//   previous  still receives
class DatagramSessions {
 public:
  static constexpr Duration kRetryFirst = std::chrono::milliseconds(200);
  static constexpr Duration kRetryLongest = std::chrono::seconds(5);
  // Then the attempt ends; the next message to send begins another.
  static constexpr int kTriesMax = 6;
  // When a session is unanswered and so many tries have made no new one, messages go by stream.
  static constexpr int kTriesBeforeStreams = 3;
  // After this long without an answer to our packets the peer has lost the session: a new handshake begins.
  static constexpr Duration kUnansweredMax = std::chrono::seconds(3);
  // After we answered a handshake, we begin no other for this long: the peer completes it.
  static constexpr Duration kProofPatience = std::chrono::seconds(1);
  // First messages a second; more are answered with cookies. 250 cost some 6 % of one core.
  static constexpr int kHandshakesPerSecondMax = 250;

  explicit DatagramSessions(NoiseContext& context);

  // The peer, where `from` is the address at which it is heard now.
  std::optional<NodeId> handle(const Now& now, const Address& from, ByteView bytes);
  bool send(const Now& now, const NodeId& to, ByteView message);
  void set_peer(const Transport::Peer& peer);
  void forget_peer(const NodeId& id);
  // Where it was last heard from, or where its record says.
  std::optional<Address> address_of(const NodeId& id) const;
  void handle_timeout(const Now& now);
  std::optional<Instant> next_deadline() const { return retries_.next(); }

 private:
  struct Attempt {
    uint32_t index = 0;
    int tries = 0;
    std::optional<HandshakeState> state;  // of the last try
    Mac128 mac{};                         // of its message 1; a cookie must be bound to it
  };
  struct Link {
    Key32 x25519{};
    std::optional<Address> address;  // where the peer's record says it listens
    std::optional<Address> learned;  // where its newest packet came from
    std::unique_ptr<Session> current;
    std::unique_ptr<Session> previous;
    std::unique_ptr<Session> next;
    std::optional<Attempt> attempt;
    Freshness seen;
    uint64_t expires_ms = 0;  // of the certificate the sessions rest on
    std::optional<Instant> unanswered_since;
    Cookie cookie{};
    std::optional<Instant> cookie_until;
  };

  void handle_handshake(const Now& now, const Address& from, ByteView bytes);
  void handle_message1(const Now& now, const Address& from, ByteView bytes);
  void handle_message2(const Now& now, const Address& from, ByteView bytes);
  void handle_cookie(const Now& now, ByteView bytes);
  void handle_outrun(const Now& now, ByteView bytes);
  std::optional<NodeId> handle_data(const Now& now, const Address& from, ByteView bytes);

  void begin_attempt(const Now& now, const NodeId& id, Link& link);
  void send_message1(const Now& now, const NodeId& id, Link& link);
  void end_attempt(const NodeId& id, Link& link);
  void make_current(Link& link, std::unique_ptr<Session> session);
  // The peer has lost the current session.
  static bool is_unanswered(const Now& now, const Link& link);
  void drop(std::unique_ptr<Session>& session);
  void drop_sessions(Link& link);
  uint32_t new_index(const NodeId& id);
  bool is_overloaded(Instant now);
  void emit(const Address& to, std::string bytes);

  NoiseContext& context_;
  Key32 mac_key_;
  Key32 cookie_key_;
  CookieMaker cookies_;
  std::unordered_map<NodeId, Link> links_;
  std::unordered_map<uint32_t, NodeId> indices_;  // every index that a link above holds
  Deadlines<NodeId> retries_;
  Instant second_began_{};
  int handshakes_this_second_ = 0;
};

}  // namespace tutti
