#include <algorithm>

#include "protocol/session/admission.h"
#include "protocol/session/handshake.h"
#include "protocol/session/packet_type.h"
#include "storage/base/check.h"

namespace tutti {

JoinClient::JoinClient(const JoinToken& token, size_t seed, const NodeKeys& keys, std::string name,
                       const Address& listen, Random& random)
    : token_(token), seed_(seed), keys_(keys) {
  check(seed < token.seeds.size(), "a token's seed");
  request_ = {token.terms, keys.x25519_public, keys.ed25519_public, std::move(name), listen};
  random.fill(ephemeral_);
}

void JoinClient::fail(ErrorCode code, std::string message) {
  if (!result_) result_ = std::unexpected(Error{code, std::move(message)});
}

std::string JoinClient::start(const Now& now) {
  if (auto ok = token_.check_expiry(now.wall); !ok) {
    fail(ok.error().code, ok.error().message);
    return {};
  }
  handshake_ = HandshakeState::initiator(handshake_prologue(token_.cluster_public_key),
                                         {keys_.x25519_secret, keys_.x25519_public},
                                         token_.seeds[seed_].x25519, token_.secret);
  std::string noise;
  const std::string padding(kMessage1PayloadBytesMin, '\0');
  if (!handshake_->write_message(ephemeral_, padding, noise)) {
    fail(ErrorCode::kRefused, "The join token holds an unfit key for its seed. Make a new one.");
    return {};
  }
  std::string frame;
  put_type(frame, PacketType::kJoinMessage1);
  frame += view_of(token_.terms.id);
  put_u64(frame, token_.terms.expires_ms);
  put_u8(frame, token_.terms.roles);
  frame +=
      view_of(blake2b_mac128(view_of(handshake_mac_key(token_.secret, PacketType::kJoinMessage1)), noise));
  frame += noise;
  std::string out;
  put_frame(out, frame);
  return out;
}

std::string JoinClient::handle_bytes(const Now& now, ByteView bytes) {
  std::string out;
  reader_.push(bytes);
  while (!result_) {
    const auto frame = reader_.next(session_ ? FrameReader::kFrameBytesMax : kHandshakePacketBytesMax);
    if (!frame) break;
    if (!session_) {
      out += handle_message2(now, *frame);
      continue;
    }
    switch (session_->open(*frame, message_)) {
      case StreamSession::Opened::kMore: break;
      case StreamSession::Opened::kWhole: handle_answer(now); break;
      case StreamSession::Opened::kBad:
        fail(ErrorCode::kMalformed, "Bytes from the seed at " + to_string(seed()) +
                                        " were changed on the way. Try again, or another network.");
    }
  }
  if (reader_.is_oversized()) {
    fail(ErrorCode::kMalformed,
         "What listens at " + to_string(seed()) + " does not speak tutti. Check the address.");
  }
  return out;
}

std::string JoinClient::handle_message2(const Now& now, ByteView frame) {
  const auto refuse = [&] {
    fail(ErrorCode::kRefused,
         "What listens at " + to_string(seed()) +
             " could not prove to be the node named in the token. Another node may have taken its "
             "address: make a new token.");
    return std::string();
  };
  if (!handshake_ || !has_type(frame, PacketType::kJoinMessage2)) return refuse();
  const auto payload = handshake_->read_message(frame.substr(4));
  if (!payload) return refuse();
  if (auto response =
          read_response(*payload, handshake_->remote_static(), token_.cluster_public_key, now.wall);
      !response) {
    fail(response.error().code,
         "The node at " + to_string(seed()) + " is not a good member: " + response.error().message);
    return {};
  }
  session_.emplace(handshake_->split());
  std::string out;
  session_->seal(encode_join_request(request_, keys_), out);
  return out;
}

void JoinClient::handle_answer(const Now& now) {
  auto answer = decode_join_answer(message_);
  if (!answer) return fail(answer.error().code, answer.error().message);
  if (!answer->refusal.empty()) return fail(ErrorCode::kRefused, answer->refusal);
  if (answer->cluster_public_key != token_.cluster_public_key) {
    return fail(ErrorCode::kRefused, "The answer is for another cluster than the token's. Make a new token.");
  }
  if (answer->certificate.id() != request_.id()) {
    return fail(ErrorCode::kRefused,
                "The cluster certified other keys than ours. Try again with a new token.");
  }
  if (auto good = answer->certificate.verify(token_.cluster_public_key, now.wall); !good) {
    return fail(good.error().code, "The cluster's answer cannot be used: " + good.error().message);
  }
  result_ = std::move(answer);
}

void JoinClient::handle_closed() {
  const std::string where = "The node at " + to_string(seed());
  if (session_) {
    return fail(ErrorCode::kUnavailable, where + " closed the connection before it answered. Try again.");
  }
  fail(ErrorCode::kUnavailable,
       where +
           " did not answer. It may be down or not reachable, the token may be used up, or this node's "
           "clock is wrong. Try another seed, or make a new token.");
}

}  // namespace tutti
