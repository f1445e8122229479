#pragma once

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/address.h"
#include "protocol/identity/certificate.h"
#include "storage/base/result.h"
#include "storage/base/time.h"
#include "storage/crypto/key.h"

namespace tutti {

using TokenId = std::array<uint8_t, 16>;

// The terms from which a token's secret is derived. The first packet of a join carries them unencrypted.
struct TokenTerms {
  TokenId id{};
  uint64_t expires_ms = 0;  // wall time, ms since 1970
  Roles roles = 0;          // the roles of the new member
  bool operator==(const TokenTerms&) const = default;
};

// BLAKE2b-256 keyed with the cluster's Ed25519 seed, over "tutti token" | id | expiry LE64 | roles. The
// admitting node computes it again from the joiner's terms, so it stores only the ids already used; and a joiner cannot
// change the terms.
Key32 token_secret(const Key32& cluster_seed, const TokenTerms& terms);

// An invitation for one node, as one word of text: who the cluster is, where its nodes listen, and a secret
// that proves the invitation. Anyone who reads it can use it, once, until it expires.
struct JoinToken {
  struct Seed {
    Address address;
    Key32 x25519{};
    bool operator==(const Seed&) const = default;
  };
  static constexpr size_t kSeedsMax = 8;

  Key32 cluster_public_key{};
  TokenTerms terms;
  std::vector<Seed> seeds;  // 1 to kSeedsMax, to be tried in this order
  Key32 secret{};
  bool operator==(const JoinToken&) const = default;

  // REQUIRES 1 to kSeedsMax seeds.
  static JoinToken issue(const Key32& cluster_seed, const TokenTerms& terms, std::vector<Seed> seeds);

  // kRefused, with a message for the user, once it has expired.
  Result<> check_expiry(WallTime wall) const;
};

// "tutti1-" and unpadded base64url (RFC 4648) of the bytes in WIRE.md, "Tokens"; about 200 characters for one seed.
std::string to_text(const JoinToken& token);
// White space around it is ignored. The error tells a mistyped or cut token from a token of another kind.
Result<JoinToken> parse_join_token(std::string_view text);

}  // namespace tutti
