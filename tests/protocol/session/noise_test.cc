#include "protocol/session/noise.h"

#include <catch2/catch.hpp>

#include "storage/crypto/x25519.h"
#include "tests/storage/crypto/array_from_hex.h"

using namespace tutti;
using namespace tutti::test;

namespace {

KeyPair pair_of(std::string_view secret_hex) {
  const auto secret = array_from_hex<32>(secret_hex);
  return {secret, x25519_public_of(secret)};
}

// The vector Noise_IKpsk2_25519_ChaChaPoly_BLAKE2b of cacophony, vectors/cacophony.txt (public domain).
constexpr std::string_view kPrologue = "John Galt";
constexpr std::string_view kPsk = "This is my Austrian perspective!";
constexpr std::string_view kInitStatic = "e61ef9919cde45dd5f82166404bd08e38bceb5dfdfded0a34c8df7ed542214d1";
constexpr std::string_view kInitEphemeral =
    "893e28b9dc6ca8d611ab664754b8ceb7bac5117349a4439a6b0569da977c464a";
constexpr std::string_view kRespStatic = "4a3acbfdb163dec651dfa3194dece676d437029c62a408b4c5ea9114246e4893";
constexpr std::string_view kRespPublic = "31e0303fd6418d2f8c0e78b91f22e8caed0fbe48656dcf4767e4834f701b8f62";
constexpr std::string_view kRespEphemeral =
    "bbdb4cdbd309f1a1f2e1456967fe288cadd6f712d65dc7b7793d5e63da6b375b";
constexpr std::string_view kHandshakeHash =
    "ed837c9084f2f0333a7ec60b9bcacd9921394858de8ced118b5966d1147ba390084dab42326c565a309c29317a6079be30aa1d79"
    "0d25a517b432"
    "87426cb1d36a";
struct Message {
  std::string_view payload;
  std::string_view ciphertext;
};
constexpr Message kMessages[] = {
    {"Ludwig von Mises",
     "ca35def5ae56cec33dc2036731ab14896bc4c75dbb07a61f879f8e3afa4c7944b6fe0240b839afac809de1630eaf99d8f9b9413"
     "94f0512c05546"
     "33bbb021d15176135c0a20e7fdb9a9ed066f22f054b47625b1d5061cb27d6a17f053273db7c25216a5addc506ee321bc0618feb"
     "5849d"},
    {"Murray Rothbard",
     "95ebc60d2b1fa672c1f46a8aa265ef51bfe38e7ccb39ec5be34069f1448088438f627e69fc120006f746b9d420bf4056cf8481a"
     "b32d9e904ffae"
     "eaa56a5290"},
    {"F. A. Hayek", "07fc0034398a5f1010322be193d62f94bebf2948a20b3e15d681fe"},
    {"Carl Menger", "2ea5400f5b8a16971c8b67bde75aeb7987d454b1c0beeb2566932d"},
    {"Jean-Baptiste Say", "96eef918ef51639fc0e156da1823c4f71b33fac5af983f5da9384f7da20d86ed91"},
    {"Eugen B\xf6hm von Bawerk",
     "f02766a56496e1fbf32e05274baebf6d693c8f3e4c6e0dc7ebdc5ac170f15dae433b92f469"},
};

Key32 psk() {
  Key32 key;
  std::copy(kPsk.begin(), kPsk.end(), key.begin());
  return key;
}

}  // namespace

TEST_CASE("Noise_IKpsk2 agrees with the cacophony vector byte for byte", "[noise]") {
  REQUIRE(to_hex(view_of(pair_of(kRespStatic).public_key)) == kRespPublic);
  auto init =
      HandshakeState::initiator(kPrologue, pair_of(kInitStatic), array_from_hex<32>(kRespPublic), psk());
  auto resp = HandshakeState::responder(kPrologue, pair_of(kRespStatic), psk());

  std::string bytes;
  REQUIRE(init.write_message(array_from_hex<32>(kInitEphemeral), kMessages[0].payload, bytes));
  CHECK(to_hex(bytes) == kMessages[0].ciphertext);
  CHECK(resp.read_message(bytes) == std::string(kMessages[0].payload));
  CHECK(resp.remote_static() == pair_of(kInitStatic).public_key);

  bytes.clear();
  REQUIRE(resp.write_message(array_from_hex<32>(kRespEphemeral), kMessages[1].payload, bytes));
  CHECK(to_hex(bytes) == kMessages[1].ciphertext);
  CHECK(init.read_message(bytes) == std::string(kMessages[1].payload));

  CHECK(to_hex(view_of(init.handshake_hash())) == kHandshakeHash);
  CHECK(to_hex(view_of(resp.handshake_hash())) == kHandshakeHash);

  CipherState send[2] = {CipherState(init.split().send), CipherState(resp.split().send)};
  CipherState receive[2] = {CipherState(resp.split().receive), CipherState(init.split().receive)};
  for (size_t i = 2; i < std::size(kMessages); ++i) {
    const size_t side = i % 2;
    std::string sealed(kMessages[i].payload.size() + kAeadTagBytes, '\0');
    send[side].encrypt({}, kMessages[i].payload, sealed.data());
    CHECK(to_hex(sealed) == kMessages[i].ciphertext);
    std::string text(kMessages[i].payload.size(), '\0');
    REQUIRE(receive[side].decrypt({}, sealed, text.data()));
    CHECK(text == kMessages[i].payload);
  }
}

TEST_CASE("a handshake with another psk, prologue or responder key does not complete", "[noise]") {
  Key32 other_psk = psk();
  other_psk[0] ^= 1;
  std::string first;
  auto init =
      HandshakeState::initiator(kPrologue, pair_of(kInitStatic), array_from_hex<32>(kRespPublic), psk());
  REQUIRE(init.write_message(array_from_hex<32>(kInitEphemeral), "", first));

  auto other_prologue = HandshakeState::responder("John Gault", pair_of(kRespStatic), psk());
  CHECK_FALSE(other_prologue.read_message(first));
  auto other_key = HandshakeState::responder(kPrologue, pair_of(kInitEphemeral), psk());
  CHECK_FALSE(other_key.read_message(first));

  // The psk comes in with message 2: the responder reads message 1, the initiator refuses the answer.
  auto resp = HandshakeState::responder(kPrologue, pair_of(kRespStatic), other_psk);
  REQUIRE(resp.read_message(first));
  std::string second;
  REQUIRE(resp.write_message(array_from_hex<32>(kRespEphemeral), "", second));
  CHECK_FALSE(init.read_message(second));
}

TEST_CASE("every changed or cut byte of a handshake message is noticed", "[noise]") {
  std::string first;
  auto init =
      HandshakeState::initiator(kPrologue, pair_of(kInitStatic), array_from_hex<32>(kRespPublic), psk());
  REQUIRE(init.write_message(array_from_hex<32>(kInitEphemeral), "payload", first));
  const auto fresh = [] { return HandshakeState::responder(kPrologue, pair_of(kRespStatic), psk()); };
  for (size_t i = 0; i < first.size(); ++i) {
    std::string changed = first;
    changed[i] = static_cast<char>(changed[i] ^ 0x20);
    CHECK_FALSE(fresh().read_message(changed));
    CHECK_FALSE(fresh().read_message(first.substr(0, i)));
  }
  CHECK(fresh().read_message(first));
}

TEST_CASE("Rekey gives both sides the same next key", "[noise]") {
  Key32 key;
  key.fill(3);
  CipherState a(key);
  CipherState b(key);
  a.rekey();
  char sealed[4 + kAeadTagBytes];
  a.encrypt({}, "text", sealed);
  char text[4];
  CHECK_FALSE(b.decrypt({}, ByteView(sealed, sizeof sealed), text));
  b.rekey();
  CHECK(b.decrypt({}, ByteView(sealed, sizeof sealed), text));
}
