#pragma once

#include <map>

#include "protocol/identity/join_token.h"
#include "protocol/node_id.h"
#include "storage/store/store.h"

namespace tutti {

// The join tokens that were used, and the nodes that used them, so that a token admits one node only. Kept in the
// store's meta. A token is dropped some time after it has expired.
class TokenLedger {
 public:
  static constexpr size_t kTokensMax = 10'000;  // used and not dropped yet

  // The store outlives the ledger.
  static Result<TokenLedger> load(Store& store);

  // Durable on return. The same node may use it again: the first answer may have been lost on the way.
  // kRefused: another node has used it. kOverloaded, kIo: not now.
  Result<> redeem(const TokenTerms& terms, const NodeId& node, WallTime now);

 private:
  struct Entry {
    NodeId node;
    uint64_t expires_ms;
  };
  explicit TokenLedger(Store& store) : store_(&store) {}
  std::string encode() const;

  Store* store_;
  std::map<TokenId, Entry> entries_;
};

}  // namespace tutti
