#pragma once

#include <optional>
#include <string>

#include "protocol/session/noise.h"
#include "protocol/session/replay_window.h"
#include "storage/base/ids.h"
#include "storage/base/time.h"

namespace tutti {

// One session of the datagram channel, after its handshake: keys both ways, a counter, a replay window. Each packet
// decodes without the others. It carries its counter, which is the nonce, in a header that is authenticated:
//   type LE32 | index LE32 | counter LE64 | sealed message | tag 16
// The index is the receiver's name for the session.
class Session {
 public:
  static constexpr size_t kHeaderBytes = 16;
  static constexpr size_t kOverheadBytes = kHeaderBytes + kAeadTagBytes;
  // After it, a new handshake begins.
  static constexpr Duration kRekeyAfter = std::chrono::hours(1);
  static constexpr uint64_t kRekeyAfterMessages = uint64_t{1} << 32;
  // After it, the session ends, even if no handshake succeeded.
  static constexpr Duration kDeadAfter = std::chrono::minutes(90);
  static constexpr uint64_t kDeadAfterMessages = uint64_t{1} << 33;

  Session(const TransportKeys& keys, uint32_t local_index, uint32_t remote_index, Instant born);
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;
  ~Session();

  uint32_t local_index() const { return local_index_; }
  Instant born() const { return born_; }
  bool rekey_due(Instant now) const { return now - born_ >= kRekeyAfter || sent_ >= kRekeyAfterMessages; }
  bool is_dead(Instant now) const { return now - born_ >= kDeadAfter || sent_ >= kDeadAfterMessages; }

  // The whole packet. REQUIRES !is_dead().
  std::string seal(ByteView message);

  struct Opened {
    std::string message;
    bool newest;  // its counter is the greatest so far: only such a packet may change the peer's address
  };
  // Empty: the packet is not authentic, a repetition, or too old; nothing changed.
  std::optional<Opened> open(ByteView packet);

 private:
  TransportKeys keys_;
  uint32_t local_index_;
  uint32_t remote_index_;
  Instant born_;
  uint64_t sent_ = 0;
  ReplayWindow window_;
};

}  // namespace tutti
