#pragma once

#include <optional>
#include <string>
#include <vector>

#include "protocol/address.h"
#include "protocol/identity/certificate.h"
#include "protocol/identity/join_token.h"
#include "protocol/random.h"
#include "protocol/session/frame_reader.h"
#include "protocol/session/stream_session.h"
#include "storage/base/result.h"
#include "storage/base/time.h"

namespace tutti {

// What a stranger with a token asks. It is signed by the Ed25519 key it names;
// the X25519 key is proven by the handshake.
struct JoinRequest {
  static constexpr size_t kNameBytesMax = 64;

  TokenTerms terms;
  Key32 x25519{};
  Key32 ed25519{};
  std::string name;  // at most kNameBytesMax
  Address listen;    // an unspecified IP (0.0.0.0, ::) means "where I come from"
  bool operator==(const JoinRequest&) const = default;

  NodeId id() const { return node_id_of(x25519, ed25519); }
};
constexpr size_t kJoinRequestBytesMax = 512;

// REQUIRES that the request names the public halves of `keys`.
std::string encode_join_request(const JoinRequest& request, const NodeKeys& keys);
// kRefused where the signature is not by the key it names.
Result<JoinRequest> decode_join_request(ByteView bytes);

// What a member answers: everything the joiner lacks, or why not.
struct JoinAnswer {
  std::string refusal;  // a sentence for the user; where it is not empty, the rest is
  Certificate certificate;
  Key32 cluster_public_key{};
  Key32 discovery_secret{};
  std::string members;  // opaque here
  bool operator==(const JoinAnswer&) const = default;
};
std::string encode_join_answer(const JoinAnswer& answer);
Result<JoinAnswer> decode_join_answer(ByteView bytes);

// Drives one TCP stream from a token to an answer. Sans-I/O: connect to seed(), send what start() returns and
// what handle_bytes() returns, until result() is there or the stream closes. One object a connection; where
// it fails with kUnavailable, try the next seed with another.
class JoinClient {
 public:
  // A seed that has not answered by then is given up by the caller.
  static constexpr Duration kPatience = std::chrono::seconds(30);

  // `random` is used during the call alone. REQUIRES seed < token.seeds.size().
  JoinClient(const JoinToken& token, size_t seed, const NodeKeys& keys, std::string name,
             const Address& listen, Random& random);

  const Address& seed() const { return token_.seeds[seed_].address; }

  // The first bytes to send. Nothing, and result() says why, where the token has expired.
  std::string start(const Now& now);
  // What to send in return, perhaps nothing.
  std::string handle_bytes(const Now& now, ByteView bytes);
  // The stream closed, or could not be opened, or took too long.
  void handle_closed();

  // Null until it is known: the answer, proven to come from the cluster of the token and to fit our keys. A
  // member's refusal is kRefused.
  const Result<JoinAnswer>* result() const { return result_ ? &*result_ : nullptr; }

 private:
  std::string handle_message2(const Now& now, ByteView frame);
  void handle_answer(const Now& now);
  void fail(ErrorCode code, std::string message);

  JoinToken token_;
  size_t seed_;
  NodeKeys keys_;
  JoinRequest request_;
  Key32 ephemeral_{};
  std::optional<HandshakeState> handshake_;
  std::optional<StreamSession> session_;
  FrameReader reader_;
  std::string message_;
  std::optional<Result<JoinAnswer>> result_;
};

}  // namespace tutti
