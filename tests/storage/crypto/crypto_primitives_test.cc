#include <catch2/catch.hpp>
#include <set>

#include "storage/crypto/aead.h"
#include "storage/crypto/blake2b.h"
#include "storage/crypto/ed25519.h"
#include "storage/crypto/os_random.h"
#include "storage/crypto/x25519.h"
#include "tests/storage/crypto/array_from_hex.h"

using namespace tutti;
using namespace tutti::test;

TEST_CASE("X25519 agrees with RFC 7748, section 5.2", "[crypto]") {
  const auto scalar = array_from_hex<32>("a546e36bf0527c9d3b16154b82465edd62144c0ac1fc5a18506a2244ba449ac4");
  const auto point = array_from_hex<32>("e6db6867583030db3594c1a424b15f7c726624ec26b3353b10a903a6d0ab1c4c");
  Key32 one;
  Key32 other;
  REQUIRE(x25519(scalar, point, one));
  CHECK(to_hex(view_of(one)) == "c3da55379de9c6908e94ea4df28d084f32eccf03491c71f754b4075577a28552");
  REQUIRE(x25519(scalar, x25519_public_of(point), one));
  REQUIRE(x25519(point, x25519_public_of(scalar), other));
  CHECK(one == other);
}

TEST_CASE("X25519 refuses a peer's key of small order", "[crypto]") {
  Key32 secret;
  Key32 shared;
  secret.fill(5);
  CHECK_FALSE(x25519(secret, Key32{}, shared));
}

TEST_CASE("Ed25519 agrees with RFC 8032, test 1", "[crypto]") {
  const auto seed = array_from_hex<32>("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60");
  const auto public_key = ed25519_public_of(seed);
  CHECK(to_hex(view_of(public_key)) == "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a");
  auto signature = ed25519_sign(seed, public_key, "");
  CHECK(to_hex(view_of(signature)) ==
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25b"
        "f5f0595bbe"
        "24655141438e7a100b");
  CHECK(ed25519_verify(public_key, "", signature));
  CHECK_FALSE(ed25519_verify(public_key, "x", signature));
  signature[5] ^= 1;
  CHECK_FALSE(ed25519_verify(public_key, "", signature));
}

TEST_CASE("BLAKE2b-512 agrees with RFC 7693, and does not care how its input is cut", "[crypto]") {
  CHECK(to_hex(view_of(blake2b_512({"abc"}))) ==
        "ba80a53f981c4d0d6a2797b69f12f6e94c212f14685ac4b74b12bb6fdbffa2d17d87c5392aab792dc252d5de4533cc9518d3"
        "8aa8dbf192"
        "5ab92386edd4009923");
  CHECK(blake2b_512({"a", "", "bc"}) == blake2b_512({"abc"}));
}

TEST_CASE("what is sealed opens with the same key, nonce and associated bytes alone", "[crypto]") {
  Key32 key;
  key.fill(7);
  std::string sealed(5 + kAeadTagBytes, '\0');
  std::string text(5, '\0');
  aead_seal(key, 9, "header", "hello", sealed.data());
  REQUIRE(aead_open(key, 9, "header", sealed, text.data()));
  CHECK(text == "hello");
  CHECK_FALSE(aead_open(key, 8, "header", sealed, text.data()));
  CHECK_FALSE(aead_open(key, 9, "Header", sealed, text.data()));
  CHECK_FALSE(aead_open(key, 9, "header", "short", text.data()));
  sealed[0] ^= 1;
  CHECK_FALSE(aead_open(key, 9, "header", sealed, text.data()));
}

TEST_CASE("the operating system's randomness does not repeat", "[crypto]") {
  std::set<std::array<uint8_t, 32>> seen;
  for (int i = 0; i < 100; ++i) {
    std::array<uint8_t, 32> bytes{};
    os_random_fill(bytes);
    CHECK(seen.insert(bytes).second);
  }
}
