#include "node/setup/trust.h"

#include <algorithm>

#include "protocol/identity/certificate.h"
#include "storage/crypto/ed25519.h"

namespace tutti {

Result<> CertificateTrust::verify(const MemberRecord& record, WallTime now) const {
  const auto certificate = decode_certificate(record.certificate);
  if (!certificate) return std::unexpected(certificate.error());
  if (certificate->id() != record.id || certificate->subject.x25519 != record.x25519) {
    return error(ErrorCode::kRefused, "A member's record names other keys than its certificate.");
  }
  if (auto ok = certificate->verify(cluster_public_key_, now); !ok) return ok;
  Signature signature;
  if (record.signature.size() != signature.size()) {
    return error(ErrorCode::kMalformed, "A member's record has no signature.");
  }
  std::copy(record.signature.begin(), record.signature.end(), reinterpret_cast<char*>(signature.data()));
  if (!ed25519_verify(certificate->subject.ed25519, signed_bytes(record), signature)) {
    return error(ErrorCode::kRefused, "A member's record was not signed by that member.");
  }
  return {};
}

std::string CertificateTrust::sign(ByteView bytes) const { return std::string(view_of(keys_.sign(bytes))); }

}  // namespace tutti
