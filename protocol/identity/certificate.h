#pragma once

#include <optional>
#include <string>

#include "protocol/identity/identity.h"
#include "protocol/node_id.h"
#include "protocol/roles.h"
#include "storage/base/ids.h"
#include "storage/base/result.h"
#include "storage/base/time.h"
#include "storage/crypto/key.h"

namespace tutti {

// A statement that two keys belong to a member of the cluster. The cluster is an Ed25519 key; its public half is the
// cluster's id. The key signs directly, or through one admitter, whose certificate is inside this one (depth 1). So
// the cluster key itself can stay offline.
struct Certificate {
  struct Subject {
    Key32 x25519{};
    Key32 ed25519{};
    Roles roles = 0;
    uint64_t expires_ms = 0;  // wall time, ms since 1970; from then on it is refused
    uint64_t serial = 0;      // for people and logs; no check uses it
    bool operator==(const Subject&) const = default;
  };
  struct Admitter {
    Subject subject;
    Signature signature{};  // the cluster's
    bool operator==(const Admitter&) const = default;
  };

  Subject subject;
  std::optional<Admitter> admitter;
  Signature signature{};  // the admitter's if there is one, else the cluster's
  bool operator==(const Certificate&) const = default;

  NodeId id() const { return node_id_of(subject.x25519, subject.ed25519); }
  // The earliest expiry of this certificate and its admitter's.
  uint64_t expires_ms() const;

  // Whether it is valid at `wall`, for this cluster. Two signature checks at most (54 us each).
  Result<> verify(const Key32& cluster_public_key, WallTime wall) const;
};

// Signed by the cluster key itself.
Certificate issue_certificate(const Key32& cluster_seed, const Certificate::Subject& subject);

// Signed by an admitter. REQUIRES that `admitter` was signed by the cluster key and belongs to `keys`.
// kRefused: `admitter` is no admitter, or the subject would become one: delegation ends at depth 1.
Result<Certificate> issue_delegated(const NodeKeys& keys, const Certificate& admitter,
                                    const Key32& cluster_public_key, const Certificate::Subject& subject);

// WIRE.md, "Identity".
constexpr size_t kCertificateBytesDirect = 147;
constexpr size_t kCertificateBytesMax = 292;
std::string encode_certificate(const Certificate& certificate);
// Checks the form only: call verify() before you trust the content.
Result<Certificate> decode_certificate(ByteView bytes);

}  // namespace tutti
