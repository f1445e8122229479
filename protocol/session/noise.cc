#include "protocol/session/noise.h"

#include <algorithm>
#include <cstring>
#include <limits>

#include "storage/base/check.h"
#include "storage/crypto/x25519.h"

namespace tutti {

namespace {

constexpr ByteView kProtocolName = "Noise_IKpsk2_25519_ChaChaPoly_BLAKE2b";

Key32 first_32(const Hash512& hash) {
  Key32 key;
  std::copy_n(hash.begin(), key.size(), key.begin());
  return key;
}

// The specification's HKDF: each output hashes the one before and its number.
template <size_t N>
std::array<Hash512, N> hkdf(const Hash512& chaining_key, ByteView material) {
  const Hash512 temporary = hmac_blake2b_512(view_of(chaining_key), {material});
  std::array<Hash512, N> out;
  ByteView before;
  for (size_t i = 0; i < N; ++i) {
    const char number = static_cast<char>(i + 1);
    out[i] = hmac_blake2b_512(view_of(temporary), {before, ByteView(&number, 1)});
    before = view_of(out[i]);
  }
  return out;
}

}  // namespace

void CipherState::encrypt(ByteView associated, ByteView text, char* out) {
  check(nonce_ < std::numeric_limits<uint64_t>::max(), "a cipher key ran out of nonces");
  aead_seal(key_, nonce_++, associated, text, out);
}

bool CipherState::decrypt(ByteView associated, ByteView sealed, char* out) {
  if (!aead_open(key_, nonce_, associated, sealed, out)) return false;
  ++nonce_;
  return true;
}

void CipherState::rekey() {
  const Key32 zeros{};
  char sealed[sizeof(Key32) + kAeadTagBytes];
  aead_seal(key_, std::numeric_limits<uint64_t>::max(), {}, view_of(zeros), sealed);
  std::memcpy(key_.data(), sealed, key_.size());
  secure_zero(sealed, sizeof sealed);
}

SymmetricState::SymmetricState(ByteView protocol_name) : hash_{} {
  check(protocol_name.size() <= hash_.size(), "longer names would have to be hashed");
  std::copy(protocol_name.begin(), protocol_name.end(), reinterpret_cast<char*>(hash_.data()));
  chaining_key_ = hash_;
}

void SymmetricState::mix_key(ByteView material) {
  const auto out = hkdf<2>(chaining_key_, material);
  chaining_key_ = out[0];
  cipher_ = CipherState(first_32(out[1]));
}

void SymmetricState::mix_hash(ByteView bytes) { hash_ = blake2b_512({view_of(hash_), bytes}); }

void SymmetricState::mix_key_and_hash(ByteView material) {
  const auto out = hkdf<3>(chaining_key_, material);
  chaining_key_ = out[0];
  mix_hash(view_of(out[1]));
  cipher_ = CipherState(first_32(out[2]));
}

void SymmetricState::encrypt_and_hash(ByteView text, std::string& out) {
  const size_t at = out.size();
  out.resize(at + text.size() + kAeadTagBytes);
  cipher_.encrypt(view_of(hash_), text, out.data() + at);
  mix_hash(ByteView(out).substr(at));
}

bool SymmetricState::decrypt_and_hash(ByteView sealed, char* out) {
  if (!cipher_.decrypt(view_of(hash_), sealed, out)) return false;
  mix_hash(sealed);
  return true;
}

std::pair<Key32, Key32> SymmetricState::split() const {
  const auto out = hkdf<2>(chaining_key_, {});
  return {first_32(out[0]), first_32(out[1])};
}

HandshakeState::HandshakeState(bool initiator, ByteView prologue, const KeyPair& local, const Key32& psk)
    : initiator_(initiator), symmetric_(kProtocolName), local_(local), psk_(psk) {
  symmetric_.mix_hash(prologue);
}

HandshakeState::~HandshakeState() {
  secure_zero(&local_.secret, sizeof local_.secret);
  secure_zero(&ephemeral_.secret, sizeof ephemeral_.secret);
  secure_zero(&psk_, sizeof psk_);
}

HandshakeState HandshakeState::initiator(ByteView prologue, const KeyPair& local, const Key32& remote_static,
                                         const Key32& psk) {
  HandshakeState state(true, prologue, local, psk);
  state.remote_static_ = remote_static;
  state.symmetric_.mix_hash(view_of(remote_static));
  return state;
}

HandshakeState HandshakeState::responder(ByteView prologue, const KeyPair& local, const Key32& psk) {
  HandshakeState state(false, prologue, local, psk);
  state.symmetric_.mix_hash(view_of(local.public_key));
  return state;
}

bool HandshakeState::mix_dh(const Key32& secret, const Key32& public_key) {
  Key32 shared;
  if (!x25519(secret, public_key, shared)) return false;
  symmetric_.mix_key(view_of(shared));
  secure_zero(shared.data(), shared.size());
  return true;
}

Result<> HandshakeState::write_message(const Key32& ephemeral_secret, ByteView payload, std::string& out) {
  check(turn_ == (initiator_ ? 0 : 1), "a handshake message written out of turn");
  const auto refuse = [] {
    return error(ErrorCode::kRefused, "The peer's key is of small order and protects nothing.");
  };
  ephemeral_ = {ephemeral_secret, x25519_public_of(ephemeral_secret)};
  out += view_of(ephemeral_.public_key);
  symmetric_.mix_hash(view_of(ephemeral_.public_key));
  symmetric_.mix_key(view_of(ephemeral_.public_key));  // as every pattern with a psk does
  if (initiator_) {
    if (!mix_dh(ephemeral_.secret, remote_static_)) return refuse();
    symmetric_.encrypt_and_hash(view_of(local_.public_key), out);
    if (!mix_dh(local_.secret, remote_static_)) return refuse();
  } else {
    if (!mix_dh(ephemeral_.secret, remote_ephemeral_)) return refuse();
    if (!mix_dh(ephemeral_.secret, remote_static_)) return refuse();
    symmetric_.mix_key_and_hash(view_of(psk_));
  }
  symmetric_.encrypt_and_hash(payload, out);
  ++turn_;
  return {};
}

Result<std::string> HandshakeState::read_message(ByteView message) {
  check(turn_ == (initiator_ ? 1 : 0), "a handshake message read out of turn");
  const auto refuse = [] {
    return error(ErrorCode::kRefused, "A handshake message was not made for this node.");
  };
  const size_t overhead = initiator_ ? kNoiseMessage2Overhead : kNoiseMessage1Overhead;
  if (message.size() < overhead) return error(ErrorCode::kMalformed, "A handshake message is too short.");
  std::memcpy(remote_ephemeral_.data(), message.data(), 32);
  message.remove_prefix(32);
  symmetric_.mix_hash(view_of(remote_ephemeral_));
  symmetric_.mix_key(view_of(remote_ephemeral_));
  if (initiator_) {
    if (!mix_dh(ephemeral_.secret, remote_ephemeral_)) return refuse();
    if (!mix_dh(local_.secret, remote_ephemeral_)) return refuse();
    symmetric_.mix_key_and_hash(view_of(psk_));
  } else {
    if (!mix_dh(local_.secret, remote_ephemeral_)) return refuse();
    const ByteView sealed_static = message.substr(0, 32 + kAeadTagBytes);
    if (!symmetric_.decrypt_and_hash(sealed_static, reinterpret_cast<char*>(remote_static_.data())))
      return refuse();
    message.remove_prefix(sealed_static.size());
    if (!mix_dh(local_.secret, remote_static_)) return refuse();
  }
  std::string payload(message.size() - kAeadTagBytes, '\0');
  if (!symmetric_.decrypt_and_hash(message, payload.data())) return refuse();
  ++turn_;
  return payload;
}

TransportKeys HandshakeState::split() const {
  check(done(), "a handshake split before its end");
  const auto [first, second] = symmetric_.split();
  return initiator_ ? TransportKeys{first, second} : TransportKeys{second, first};
}

}  // namespace tutti
