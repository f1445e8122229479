#include "protocol/session/admission.h"

#include <algorithm>

#include "storage/base/bytes.h"
#include "storage/base/check.h"
#include "storage/crypto/ed25519.h"

namespace tutti {

namespace {

constexpr uint8_t kVersion = 1;
constexpr ByteView kRequestDomain = "tutti join";
constexpr size_t kRefusalBytesMax = 1024;

}  // namespace

std::string encode_join_request(const JoinRequest& request, const NodeKeys& keys) {
  check(request.x25519 == keys.x25519_public && request.ed25519 == keys.ed25519_public,
        "a join request is signed by the keys it names");
  check(request.name.size() <= JoinRequest::kNameBytesMax, "a node's name has at most 64 bytes");
  std::string out;
  put_u8(out, kVersion);
  out += view_of(request.terms.id);
  put_u64(out, request.terms.expires_ms);
  put_u8(out, request.terms.roles);
  out += view_of(request.x25519);
  out += view_of(request.ed25519);
  out += view_of(request.listen.ip);
  put_u16(out, request.listen.port);
  put_bytes(out, request.name);
  out += view_of(keys.sign(std::string(kRequestDomain) + out));
  check(out.size() <= kJoinRequestBytesMax, "a join request fits its bound");
  return out;
}

Result<JoinRequest> decode_join_request(ByteView bytes) {
  ByteReader in(bytes);
  JoinRequest request;
  if (in.u8() != kVersion) {
    return error(ErrorCode::kUnsupported, "A join request is of a version that this tutti does not know.");
  }
  in.array(request.terms.id);
  request.terms.expires_ms = in.u64();
  request.terms.roles = in.u8();
  in.array(request.x25519);
  in.array(request.ed25519);
  in.array(request.listen.ip);
  request.listen.port = in.u16();
  request.name = in.bytes();
  const ByteView signed_part(bytes.data(), static_cast<size_t>(in.position() - bytes.data()));
  Signature signature{};
  in.array(signature);
  if (!in.done() || request.name.size() > JoinRequest::kNameBytesMax) {
    return error(ErrorCode::kMalformed, "A join request is not well formed.");
  }
  if (!ed25519_verify(request.ed25519, std::string(kRequestDomain) + std::string(signed_part), signature)) {
    return error(ErrorCode::kRefused, "A join request is not signed by the key it names.");
  }
  return request;
}

std::string encode_join_answer(const JoinAnswer& answer) {
  std::string out;
  put_u8(out, kVersion);
  put_bytes(out, ByteView(answer.refusal).substr(0, kRefusalBytesMax));
  if (!answer.refusal.empty()) return out;
  put_bytes(out, encode_certificate(answer.certificate));
  out += view_of(answer.cluster_public_key);
  out += view_of(answer.discovery_secret);
  put_bytes(out, answer.members);
  return out;
}

Result<JoinAnswer> decode_join_answer(ByteView bytes) {
  ByteReader in(bytes);
  JoinAnswer answer;
  if (in.u8() != kVersion) {
    return error(
        ErrorCode::kUnsupported,
        "The cluster answered in a version that this tutti does not know. Install a newer tutti here.");
  }
  answer.refusal = in.bytes();
  if (answer.refusal.empty() && in.ok()) {
    auto certificate = decode_certificate(in.bytes());
    if (!certificate) return std::unexpected(certificate.error());
    answer.certificate = std::move(*certificate);
    in.array(answer.cluster_public_key);
    in.array(answer.discovery_secret);
    answer.members = in.bytes();
  }
  if (!in.done()) {
    return error(ErrorCode::kMalformed,
                 "The cluster's answer is not well formed. Try another seed, and report this.");
  }
  return answer;
}

}  // namespace tutti
