#include "protocol/identity/join_token.h"

#include <algorithm>

#include "storage/base/bytes.h"
#include "storage/base/check.h"
#include "storage/crypto/ed25519.h"
#include "storage/crypto/hash.h"
#include "storage/crypto/text_encoding.h"

namespace tutti {

namespace {

constexpr std::string_view kPrefix = "tutti1-";
constexpr size_t kChecksumBytes = 4;
// Longer text is no token, and is not decoded at all.
constexpr size_t kTokenTextMax = 1024;

std::string checksum(ByteView bytes) {
  return std::string(view_of(blake2b_256(bytes, "tutti token checksum")).substr(0, kChecksumBytes));
}

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kSpace = " \t\r\n";
  const size_t from = text.find_first_not_of(kSpace);
  if (from == text.npos) return {};
  return text.substr(from, text.find_last_not_of(kSpace) + 1 - from);
}

}  // namespace

Key32 token_secret(const Key32& cluster_seed, const TokenTerms& terms) {
  std::string bytes = "tutti token";
  bytes += view_of(terms.id);
  put_u64(bytes, terms.expires_ms);
  put_u8(bytes, terms.roles);
  return blake2b_256(bytes, view_of(cluster_seed));
}

JoinToken JoinToken::issue(const Key32& cluster_seed, const TokenTerms& terms, std::vector<Seed> seeds) {
  check(!seeds.empty() && seeds.size() <= kSeedsMax, "a token names 1 to 8 seeds");
  return {ed25519_public_of(cluster_seed), terms, std::move(seeds), token_secret(cluster_seed, terms)};
}

Result<> JoinToken::check_expiry(WallTime wall) const {
  const uint64_t now_ms = ms_of(wall);
  if (now_ms < terms.expires_ms) return {};
  return error(ErrorCode::kRefused, "This join token expired " +
                                        std::to_string((now_ms - terms.expires_ms) / 1000) +
                                        " s ago by this machine's clock. Make a new one with `tutti invite` "
                                        "on the node that holds the cluster key.");
}

std::string to_text(const JoinToken& token) {
  check(!token.seeds.empty() && token.seeds.size() <= JoinToken::kSeedsMax, "a token names 1 to 8 seeds");
  std::string bytes;
  bytes += view_of(token.cluster_public_key);
  bytes += view_of(token.terms.id);
  put_u64(bytes, token.terms.expires_ms);
  put_u8(bytes, token.terms.roles);
  bytes += view_of(token.secret);
  put_u8(bytes, static_cast<uint8_t>(token.seeds.size()));
  for (const JoinToken::Seed& seed : token.seeds) {
    bytes += view_of(seed.address.ip);
    put_u16(bytes, seed.address.port);
    bytes += view_of(seed.x25519);
  }
  bytes += checksum(bytes);
  return std::string(kPrefix) + to_base64url(bytes);
}

Result<JoinToken> parse_join_token(std::string_view text) {
  text = trimmed(text);
  if (!text.starts_with(kPrefix)) {
    return error(ErrorCode::kMalformed,
                 "This is not a join token: one begins with \"tutti1-\". Copy it whole.");
  }
  const auto mistyped = [] {
    return error(ErrorCode::kMalformed,
                 "This join token is mistyped or cut: its checksum does not fit. Copy it again, whole.");
  };
  if (text.size() > kTokenTextMax) return mistyped();
  const auto bytes = from_base64url(text.substr(kPrefix.size()));
  if (!bytes || bytes->size() < kChecksumBytes) return mistyped();
  const ByteView body = ByteView(*bytes).substr(0, bytes->size() - kChecksumBytes);
  if (ByteView(*bytes).substr(body.size()) != checksum(body)) return mistyped();

  ByteReader in(body);
  JoinToken token;
  in.array(token.cluster_public_key);
  in.array(token.terms.id);
  token.terms.expires_ms = in.u64();
  token.terms.roles = in.u8();
  in.array(token.secret);
  const uint8_t seeds = in.u8();
  for (uint8_t i = 0; i < seeds && in.ok(); ++i) {
    JoinToken::Seed& seed = token.seeds.emplace_back();
    in.array(seed.address.ip);
    seed.address.port = in.u16();
    in.array(seed.x25519);
  }
  if (!in.done() || seeds == 0 || seeds > JoinToken::kSeedsMax) {
    return error(ErrorCode::kMalformed,
                 "This join token is of a form that this tutti does not know. Ask for a new one.");
  }
  return token;
}

}  // namespace tutti
