#include "node/setup/token_ledger.h"

#include <catch2/catch.hpp>

#include "storage/base/bytes.h"
#include "storage/crypto/key.h"
#include "storage/store/memory_store.h"

using namespace tutti;

namespace {

NodeId node(uint8_t first) {
  NodeId id;
  id.bytes[0] = first;
  return id;
}

TokenTerms token(uint8_t first, uint64_t expires_ms) {
  TokenTerms terms{.expires_ms = expires_ms, .roles = 1};
  terms.id[0] = first;
  return terms;
}

WallTime at(uint64_t ms) { return WallTime(std::chrono::milliseconds(ms)); }

constexpr uint64_t kDayMs = 24ull * 3600 * 1000;

// The list as the store keeps it: redeeming `count` tokens one by one would write it `count` times.
std::string used_tokens(size_t count, uint64_t expires_ms) {
  std::string list;
  put_u8(list, 1);
  put_varint(list, count);
  for (size_t i = 0; i < count; ++i) {
    TokenId id{};
    id[1] = static_cast<uint8_t>(i);
    id[2] = static_cast<uint8_t>(i >> 8);
    list += view_of(id);
    list += view_of(node(1).bytes);
    put_u64(list, expires_ms);
  }
  return list;
}

}  // namespace

TEST_CASE("a token is one node's, after a restart too") {
  const auto disk = std::make_shared<MemoryDisk>();
  {
    MemoryStore store(disk);
    auto ledger = TokenLedger::load(store);
    REQUIRE(ledger);
    CHECK(ledger->redeem(token(1, 1000), node(1), at(0)));
    CHECK(ledger->redeem(token(1, 1000), node(1), at(0)));  // its answer was lost on the way
    CHECK(ledger->redeem(token(1, 1000), node(2), at(0)).error().code == ErrorCode::kRefused);
    CHECK(ledger->redeem(token(2, 1000), node(2), at(0)));
  }
  disk->power_loss();
  MemoryStore store(disk);
  auto ledger = TokenLedger::load(store);
  REQUIRE(ledger);
  CHECK(ledger->redeem(token(1, 1000), node(1), at(0)));
  CHECK_FALSE(ledger->redeem(token(1, 1000), node(3), at(0)));
  CHECK_FALSE(ledger->redeem(token(2, 1000), node(1), at(0)));
}

TEST_CASE("a token is not used where that could not be written down") {
  const auto disk = std::make_shared<MemoryDisk>();
  MemoryStore store(disk);
  auto ledger = TokenLedger::load(store);
  REQUIRE(ledger);
  disk->fail_writes({ErrorCode::kIo, "full"});
  CHECK_FALSE(ledger->redeem(token(1, 1000), node(1), at(0)));
  disk->heal();
  MemoryStore healed(disk);
  auto again = TokenLedger::load(healed);
  REQUIRE(again);
  CHECK(again->redeem(token(1, 1000), node(2), at(0)));
}

TEST_CASE("used tokens are forgotten a day after they expired, and bounded in number") {
  const auto disk = std::make_shared<MemoryDisk>();
  MemoryStore store(disk);
  REQUIRE(store.meta_put("node/redeemed", used_tokens(TokenLedger::kTokensMax - 1, kDayMs)));
  auto ledger = TokenLedger::load(store);
  REQUIRE(ledger);
  CHECK(ledger->redeem(token(2, kDayMs), node(1), at(0)));
  CHECK(ledger->redeem(token(1, kDayMs), node(1), at(0)).error().code == ErrorCode::kOverloaded);
  CHECK(ledger->redeem(token(1, 4 * kDayMs), node(1), at(2 * kDayMs + 1)));
}

TEST_CASE("a damaged list of used tokens is told") {
  const auto disk = std::make_shared<MemoryDisk>();
  MemoryStore store(disk);
  REQUIRE(store.meta_put("node/redeemed", "\x01\x05xx"));
  const auto ledger = TokenLedger::load(store);
  REQUIRE_FALSE(ledger);
  CHECK(ledger.error().code == ErrorCode::kCorrupt);
}
