#pragma once

#include <optional>
#include <string>

#include "storage/base/ids.h"
#include "storage/base/result.h"
#include "storage/crypto/aead.h"
#include "storage/crypto/blake2b.h"
#include "storage/crypto/key.h"

namespace tutti {

// The Noise protocol framework, revision 34 (Perrin 2018), in the one form that tutti uses:
// Noise_IKpsk2_25519_ChaChaPoly_BLAKE2b. The names are those of the specification.
//
//   <- s                 the initiator knows the responder's static key beforehand
//   -> e, es, s, ss      message 1
//   <- e, ee, se, psk    message 2

// A key and the nonce of its next message.
class CipherState {
 public:
  CipherState() = default;
  explicit CipherState(const Key32& key) : key_(key) {}
  CipherState(const CipherState&) = default;
  CipherState& operator=(const CipherState&) = default;
  ~CipherState() { secure_zero(key_.data(), key_.size()); }

  uint64_t nonce() const { return nonce_; }
  // Writes text.size() + kAeadTagBytes to `out`, which may be where the text stands.
  void encrypt(ByteView associated, ByteView text, char* out);
  // False: not sealed with this key at this nonce; the nonce has not moved.
  [[nodiscard]] bool decrypt(ByteView associated, ByteView sealed, char* out);
  // The specification's Rekey(): a one-way step to the next key. The nonce goes on.
  void rekey();

 private:
  Key32 key_{};
  uint64_t nonce_ = 0;
};

// The running hash and chaining key of a handshake.
class SymmetricState {
 public:
  explicit SymmetricState(ByteView protocol_name);
  SymmetricState(const SymmetricState&) = default;
  SymmetricState& operator=(const SymmetricState&) = default;
  ~SymmetricState() { secure_zero(chaining_key_.data(), chaining_key_.size()); }

  void mix_key(ByteView material);
  void mix_hash(ByteView bytes);
  void mix_key_and_hash(ByteView material);
  void encrypt_and_hash(ByteView text, std::string& out);  // appends
  [[nodiscard]] bool decrypt_and_hash(ByteView sealed, char* out);
  const Hash512& handshake_hash() const { return hash_; }
  // The initiator sends with the first, the responder with the second.
  std::pair<Key32, Key32> split() const;

 private:
  Hash512 hash_;
  Hash512 chaining_key_;
  CipherState cipher_;
};

// The result of a handshake: one key each way.
struct TransportKeys {
  Key32 send{};
  Key32 receive{};
};

struct KeyPair {
  Key32 secret{};
  Key32 public_key{};
};

// One side of one handshake: two messages, then split(). A failed read leaves it unusable. So it is copyable: read
// unauthenticated bytes with a copy.
class HandshakeState {
 public:
  static HandshakeState initiator(ByteView prologue, const KeyPair& local, const Key32& remote_static,
                                  const Key32& psk);
  static HandshakeState responder(ByteView prologue, const KeyPair& local, const Key32& psk);

  // Appends the next message. REQUIRES that it is this side's turn, and a fresh random `ephemeral_secret`.
  // kRefused: the peer's keys are of small order.
  Result<> write_message(const Key32& ephemeral_secret, ByteView payload, std::string& out);
  // The payload of the peer's message. REQUIRES that it is the peer's turn. kMalformed or kRefused: discard this.
  Result<std::string> read_message(ByteView message);

  // Complete once message 1 was read or written.
  const Key32& remote_static() const { return remote_static_; }
  bool done() const { return turn_ == 2; }
  const Hash512& handshake_hash() const { return symmetric_.handshake_hash(); }
  // REQUIRES done().
  TransportKeys split() const;

  HandshakeState(const HandshakeState&) = default;
  HandshakeState& operator=(const HandshakeState&) = default;
  ~HandshakeState();

 private:
  HandshakeState(bool initiator, ByteView prologue, const KeyPair& local, const Key32& psk);
  bool mix_dh(const Key32& secret, const Key32& public_key);

  bool initiator_;
  int turn_ = 0;  // messages done
  SymmetricState symmetric_;
  KeyPair local_;
  KeyPair ephemeral_;
  Key32 remote_static_{};
  Key32 remote_ephemeral_{};
  Key32 psk_;
};

// The bytes that each message adds to its payload.
constexpr size_t kNoiseMessage1Overhead = 32 + 32 + kAeadTagBytes + kAeadTagBytes;
constexpr size_t kNoiseMessage2Overhead = 32 + kAeadTagBytes;

}  // namespace tutti
