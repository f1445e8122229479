#include "protocol/session/cookie.h"

#include "protocol/session/packet_type.h"
#include "storage/base/bytes.h"
#include "storage/base/check.h"
#include "storage/crypto/hash.h"

namespace tutti {

namespace {

Cookie cookie_of(const Key32& secret, const Address& address) {
  std::string bytes(view_of(address.ip));
  put_u16(bytes, address.port);
  return blake2b_mac128(view_of(secret), bytes);
}

}  // namespace

void CookieMaker::rotate(Instant now) {
  if (born_ && now - *born_ < kSecretLife) return;
  if (born_ && now - *born_ < 2 * kSecretLife) {
    previous_ = secret_;
  } else {
    random_.fill(previous_);  // the old one is too old: nothing matches this
  }
  random_.fill(secret_);
  born_ = now;
}

Cookie CookieMaker::make(Instant now, const Address& to) {
  rotate(now);
  return cookie_of(secret_, to);
}

bool CookieMaker::matches(Instant now, const Address& from, ByteView bytes, const Mac128& mac) {
  rotate(now);
  for (const Key32& secret : {secret_, previous_}) {
    const Mac128 expected = blake2b_mac128(view_of(cookie_of(secret, from)), bytes);
    if (equal_in_constant_time(view_of(expected), view_of(mac))) return true;
  }
  return false;
}

Key32 cookie_key(const Key32& discovery_secret) {
  return blake2b_256("tutti cookie", view_of(discovery_secret));
}

std::string seal_cookie_reply(const Key32& key, uint32_t receiver_index, const Mac128& answered_mac,
                              const Cookie& cookie, Random& random) {
  LongNonce nonce;
  random.fill(nonce);
  std::string out;
  put_type(out, PacketType::kCookie);
  put_u32(out, receiver_index);
  out += view_of(nonce);
  const size_t at = out.size();
  out.resize(kCookieReplyBytes);
  long_nonce_seal(key, nonce, view_of(answered_mac), view_of(cookie), out.data() + at);
  return out;
}

std::optional<Cookie> open_cookie_reply(const Key32& key, const Mac128& answered_mac, ByteView reply) {
  check(reply.size() == kCookieReplyBytes, "a cookie reply has one length");
  LongNonce nonce;
  std::memcpy(nonce.data(), reply.data() + 8, nonce.size());
  Cookie cookie;
  if (!long_nonce_open(key, nonce, view_of(answered_mac), reply.substr(8 + nonce.size()),
                       reinterpret_cast<char*>(cookie.data()))) {
    return std::nullopt;
  }
  return cookie;
}

}  // namespace tutti
