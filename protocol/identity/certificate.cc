#include "protocol/identity/certificate.h"

#include <algorithm>

#include "storage/base/bytes.h"
#include "storage/base/check.h"
#include "storage/crypto/ed25519.h"

namespace tutti {

namespace {

constexpr uint8_t kVersion = 1;
constexpr size_t kSubjectBytes = 32 + 32 + 1 + 8 + 8;
static_assert(kCertificateBytesDirect == 2 + kSubjectBytes + sizeof(Signature));
static_assert(kCertificateBytesMax == kCertificateBytesDirect + kSubjectBytes + sizeof(Signature));

void put_subject(std::string& out, const Certificate::Subject& subject) {
  out += view_of(subject.x25519);
  out += view_of(subject.ed25519);
  put_u8(out, subject.roles);
  put_u64(out, subject.expires_ms);
  put_u64(out, subject.serial);
}

Certificate::Subject read_subject(ByteReader& in) {
  Certificate::Subject subject;
  in.array(subject.x25519);
  in.array(subject.ed25519);
  subject.roles = in.u8();
  subject.expires_ms = in.u64();
  subject.serial = in.u64();
  return subject;
}

std::string signed_bytes(const Key32& cluster_public_key, const Certificate::Subject& subject) {
  std::string out = "tutti certificate";
  out += view_of(cluster_public_key);
  put_subject(out, subject);
  return out;
}

Result<> check_expiry(const Certificate::Subject& subject, WallTime wall, const char* whose) {
  const uint64_t now_ms = ms_of(wall);
  if (now_ms < subject.expires_ms) return {};
  return error(ErrorCode::kRefused,
               std::string(whose) + " certificate of node " +
                   short_name(node_id_of(subject.x25519, subject.ed25519)) + " expired " +
                   std::to_string((now_ms - subject.expires_ms) / 1000) +
                   " s ago by this node's clock. Issue a new one, or set the clock right.");
}

}  // namespace

uint64_t Certificate::expires_ms() const {
  return admitter ? std::min(subject.expires_ms, admitter->subject.expires_ms) : subject.expires_ms;
}

Result<> Certificate::verify(const Key32& cluster_public_key, WallTime wall) const {
  if (auto ok = check_expiry(subject, wall, "The"); !ok) return ok;
  const Key32* signer = &cluster_public_key;
  if (admitter) {
    if (auto ok = check_expiry(admitter->subject, wall, "The admitter's"); !ok) return ok;
    if (!has_role(admitter->subject.roles, Role::kAdmitter)) {
      return error(
          ErrorCode::kRefused,
          "The certificate was signed by a node that is no admitter. Ask an admitter for a new one.");
    }
    if (has_role(subject.roles, Role::kAdmitter)) {
      return error(ErrorCode::kRefused,
                   "The certificate makes an admitter in the name of an admitter. Only the cluster key makes "
                   "admitters.");
    }
    if (!ed25519_verify(cluster_public_key, signed_bytes(cluster_public_key, admitter->subject),
                        admitter->signature)) {
      return error(ErrorCode::kRefused,
                   "The admitter's certificate was not signed by this cluster's key. It is of another "
                   "cluster, or forged.");
    }
    signer = &admitter->subject.ed25519;
  }
  if (!ed25519_verify(*signer, signed_bytes(cluster_public_key, subject), signature)) {
    return error(
        ErrorCode::kRefused,
        "The certificate was not signed by this cluster's key. It is of another cluster, or forged.");
  }
  return {};
}

Certificate issue_certificate(const Key32& cluster_seed, const Certificate::Subject& subject) {
  const Key32 cluster_public_key = ed25519_public_of(cluster_seed);
  Certificate out;
  out.subject = subject;
  out.signature = ed25519_sign(cluster_seed, cluster_public_key, signed_bytes(cluster_public_key, subject));
  return out;
}

Result<Certificate> issue_delegated(const NodeKeys& keys, const Certificate& admitter,
                                    const Key32& cluster_public_key, const Certificate::Subject& subject) {
  check(!admitter.admitter && admitter.subject.ed25519 == keys.ed25519_public,
        "an admitter signs with its own key, under a certificate by the cluster");
  if (!has_role(admitter.subject.roles, Role::kAdmitter)) {
    return error(ErrorCode::kRefused,
                 "This node is no admitter, so it can sign no certificates. Ask a node that is, or use the "
                 "cluster key.");
  }
  if (has_role(subject.roles, Role::kAdmitter)) {
    return error(ErrorCode::kRefused,
                 "An admitter cannot make another admitter. Use the cluster key for that.");
  }
  Certificate out;
  out.subject = subject;
  out.admitter = Certificate::Admitter{admitter.subject, admitter.signature};
  out.signature = keys.sign(signed_bytes(cluster_public_key, subject));
  return out;
}

std::string encode_certificate(const Certificate& certificate) {
  std::string out;
  out.reserve(kCertificateBytesMax);
  put_u8(out, kVersion);
  put_u8(out, certificate.admitter ? 1 : 0);
  if (certificate.admitter) {
    put_subject(out, certificate.admitter->subject);
    out += view_of(certificate.admitter->signature);
  }
  put_subject(out, certificate.subject);
  out += view_of(certificate.signature);
  return out;
}

Result<Certificate> decode_certificate(ByteView bytes) {
  ByteReader in(bytes);
  if (in.u8() != kVersion) {
    return error(
        ErrorCode::kUnsupported,
        "The certificate is of a version that this tutti does not know. Install a newer tutti here.");
  }
  const uint8_t depth = in.u8();
  Certificate out;
  if (depth == 1) {
    out.admitter = Certificate::Admitter{};
    out.admitter->subject = read_subject(in);
    in.array(out.admitter->signature);
  }
  out.subject = read_subject(in);
  in.array(out.signature);
  if (!in.done() || depth > 1 || out.subject.roles > kRolesKnown) {
    return error(ErrorCode::kMalformed,
                 "The certificate is not well formed. Its file is damaged, or it is something else.");
  }
  return out;
}

}  // namespace tutti
