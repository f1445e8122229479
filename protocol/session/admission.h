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

// A stranger's request to become a member. It is signed by the Ed25519 key that it names; the handshake proves the
// X25519 key.
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
// kRefused: the signature is not by the key that the request names.
Result<JoinRequest> decode_join_request(ByteView bytes);

// A member's answer: everything that the joiner lacks, or the reason why it is refused.
struct JoinAnswer {
  std::string refusal;  // a sentence for the user; if not empty, the other fields are empty
  Certificate certificate;
  Key32 cluster_public_key{};
  Key32 discovery_secret{};
  std::string members;  // opaque here
  bool operator==(const JoinAnswer&) const = default;
};
std::string encode_join_answer(const JoinAnswer& answer);
Result<JoinAnswer> decode_join_answer(ByteView bytes);

// Drives one TCP stream from a token to an answer. Sans-I/O: connect to seed(), send what start() returns and
// what handle_bytes() returns, until result() is there or the stream closes. One object for each connection. After
// kUnavailable, try the next seed with a new object.
class JoinClient {
 public:
  // The caller gives up a seed that has not answered by then.
  static constexpr Duration kPatience = std::chrono::seconds(30);

  // `random` is used only during the call. REQUIRES seed < token.seeds.size().
  JoinClient(const JoinToken& token, size_t seed, const NodeKeys& keys, std::string name,
             const Address& listen, Random& random);

  const Address& seed() const { return token_.seeds[seed_].address; }

  // The first bytes to send. Empty if the token has expired; then result() says so.
  std::string start(const Now& now);
  // The bytes to send in return, perhaps none.
  std::string handle_bytes(const Now& now, ByteView bytes);
  // The stream closed, or could not be opened, or took too long.
  void handle_closed();

  // The answer; it is proven to come from the token's cluster and to fit our keys. Null until it is known. A member's
  // refusal is kRefused.
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
