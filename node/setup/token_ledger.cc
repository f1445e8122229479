#include "node/setup/token_ledger.h"

#include <algorithm>

#include "storage/base/bytes.h"
#include "storage/crypto/key.h"

namespace tutti {

namespace {

constexpr ByteView kMetaKey = "node/redeemed";
constexpr uint8_t kVersion = 1;
constexpr size_t kEntryBytes = sizeof(TokenId) + sizeof(NodeId) + 8;
// An expired token is refused anyway. It is kept this much longer in case the wall clock is set back.
constexpr uint64_t kForgetAfterMs = 24ull * 3600 * 1000;

}  // namespace

std::string TokenLedger::encode() const {
  std::string out;
  put_u8(out, kVersion);
  put_varint(out, entries_.size());
  for (const auto& [token, entry] : entries_) {
    out += view_of(token);
    out += view_of(entry.node.bytes);
    put_u64(out, entry.expires_ms);
  }
  return out;
}

Result<TokenLedger> TokenLedger::load(Store& store) {
  TokenLedger ledger(store);
  auto bytes = store.meta_get(kMetaKey);
  if (!bytes) return std::unexpected(bytes.error());
  if (!*bytes) return ledger;
  ByteReader in(**bytes);
  const uint8_t version = in.u8();
  const uint64_t count = in.count(kEntryBytes);
  for (uint64_t i = 0; i < count; ++i) {
    TokenId token{};
    Entry entry;
    in.array(token);
    in.array(entry.node.bytes);
    entry.expires_ms = in.u64();
    ledger.entries_.emplace(token, entry);
  }
  if (version != kVersion || !in.done()) {
    return error(ErrorCode::kCorrupt,
                 "The list of used join tokens is damaged. Move the directory aside and let the "
                 "node join anew.");
  }
  return ledger;
}

Result<> TokenLedger::redeem(const TokenTerms& terms, const NodeId& node, WallTime now) {
  const uint64_t now_ms = ms_of(now);
  if (const auto found = entries_.find(terms.id); found != entries_.end()) {
    if (found->second.node == node) return {};
    return error(ErrorCode::kRefused, "This join token was used already, by node " +
                                          short_name(found->second.node) +
                                          ". Make a new one with TUTTI.INVITE on a member.");
  }
  std::erase_if(entries_,
                [&](const auto& entry) { return entry.second.expires_ms + kForgetAfterMs < now_ms; });
  if (entries_.size() >= kTokensMax) {
    return error(ErrorCode::kOverloaded, "Too many join tokens were used lately. Try again tomorrow.");
  }
  entries_.emplace(terms.id, Entry{node, terms.expires_ms});
  auto kept = store_->meta_put(kMetaKey, encode());
  if (!kept) entries_.erase(terms.id);
  return kept;
}

}  // namespace tutti
