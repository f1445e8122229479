#pragma once

#include <optional>
#include <string>

#include "protocol/address.h"
#include "protocol/random.h"
#include "storage/base/ids.h"
#include "storage/base/time.h"
#include "storage/crypto/aead.h"
#include "storage/crypto/blake2b.h"
#include "storage/crypto/key.h"

namespace tutti {

// WireGuard's answer to load (Donenfeld 2017, 5.3). An overloaded responder does not compute a handshake; it sends a
// cookie made from the sender's address. Only a sender that receives at this address can return the cookie. So a
// flood of first messages from forged addresses costs two hashes for each message.
using Cookie = Mac128;

// The responder's half. It stores nothing for each peer.
class CookieMaker {
 public:
  // A cookie is good for this long, and for at most twice that.
  static constexpr Duration kSecretLife = std::chrono::minutes(2);

  explicit CookieMaker(Random& random) : random_(random) {}

  Cookie make(Instant now, const Address& to);
  // Whether `mac` is over `bytes` with this address's current or previous cookie.
  bool matches(Instant now, const Address& from, ByteView bytes, const Mac128& mac);

 private:
  void rotate(Instant now);

  Random& random_;
  std::optional<Instant> born_;
  Key32 secret_{};
  Key32 previous_{};
};

// The reply: type LE32 | receiver's index LE32 | nonce 24 | sealed cookie 32. Sealed with a key of the
// cluster, bound to the mac of the message it answers.
constexpr size_t kCookieReplyBytes = 4 + 4 + 24 + 16 + kAeadTagBytes;
std::string seal_cookie_reply(const Key32& key, uint32_t receiver_index, const Mac128& answered_mac,
                              const Cookie& cookie, Random& random);
// REQUIRES reply.size() == kCookieReplyBytes. Empty: not authentic.
std::optional<Cookie> open_cookie_reply(const Key32& key, const Mac128& answered_mac, ByteView reply);

Key32 cookie_key(const Key32& discovery_secret);

}  // namespace tutti
