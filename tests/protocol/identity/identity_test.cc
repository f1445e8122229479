#include "protocol/identity/identity.h"

#include <catch2/catch.hpp>

#include "protocol/address.h"
#include "protocol/identity/certificate.h"
#include "protocol/identity/join_token.h"
#include "storage/crypto/ed25519.h"
#include "tests/protocol/session/memory_network.h"

using namespace tutti;
using namespace tutti::test;

namespace {

const WallTime kWall{std::chrono::milliseconds(kWallStartMs)};

Certificate::Subject subject_of(const NodeKeys& keys, Roles roles = 1) {
  return {keys.x25519_public, keys.ed25519_public, roles, kWallStartMs + kYearMs, 42};
}

}  // namespace

TEST_CASE("a key file brings the same node back", "[identity]") {
  const NodeKeys keys = keys_of(1);
  const std::string bytes = encode_node_keys(keys);
  const auto back = decode_node_keys(bytes);
  REQUIRE(back);
  CHECK(back->id() == keys.id());
  CHECK(back->x25519_secret == keys.x25519_secret);
  CHECK(back->ed25519_public == keys.ed25519_public);
  CHECK(keys_of(2).id() != keys.id());
}

TEST_CASE("a damaged key file is refused wherever the damage is", "[identity]") {
  const std::string bytes = encode_node_keys(keys_of(1));
  for (size_t i = 0; i < bytes.size(); ++i) {
    std::string damaged = bytes;
    damaged[i] = static_cast<char>(damaged[i] ^ 1);
    CHECK_FALSE(decode_node_keys(damaged));
    CHECK_FALSE(decode_node_keys(bytes.substr(0, i)));
  }
}

TEST_CASE("addresses read as they are written", "[address]") {
  for (const char* text :
       {"127.0.0.1:4400", "0.0.0.0:0", "255.255.255.255:65535", "[::1]:4400", "[::]:1",
        "[2001:db8::8:800:200c:417a]:80", "[1:2:3:4:5:6:7:8]:9", "[fe80::1]:4400", "[1:0:0:2::3]:5"}) {
    INFO(text);
    const auto address = parse_address(text);
    REQUIRE(address);
    CHECK(to_string(*address) == text);
  }
  CHECK(to_string(parse_address("[::ffff:1.2.3.4]:5").value()) == "1.2.3.4:5");
  CHECK(parse_address("[::ffff:1.2.3.4]:5").value() == parse_address("1.2.3.4:5").value());
  CHECK(to_string(parse_address("[1::0002]:5").value()) == "[1::2]:5");
}

TEST_CASE("what is no address is refused with words", "[address]") {
  for (const char* text : {"",
                           ":",
                           "localhost:4400",
                           "127.0.0.1",
                           "127.0.0.1:",
                           "127.0.0.1:65536",
                           "127.0.0.1:-1",
                           "127.0.0:1",
                           "1.2.3.4.5:1",
                           "256.0.0.1:1",
                           "01.2.3.4:1",
                           "::1:4400",
                           "[::1]",
                           "[::1:4400",
                           "[1::2::3]:4",
                           "[1:2:3:4:5:6:7]:8",
                           "[1:2:3:4:5:6:7:8:9]:1",
                           "[12345::]:1",
                           "[g::]:1",
                           "[1:2:3:4:5:6:7::8]:1",
                           "1.2.3.4:5 ",
                           "[]:1",
                           "[:]:1"}) {
    INFO(text);
    const auto address = parse_address(text);
    REQUIRE_FALSE(address);
    CHECK(address.error().message.find("127.0.0.1:4400") != std::string::npos);
  }
}

TEST_CASE("a certificate of the cluster key holds until it expires, in its cluster alone", "[certificate]") {
  const TestCluster cluster(1);
  const Certificate certificate = issue_certificate(cluster.seed, subject_of(keys_of(1)));
  const std::string bytes = encode_certificate(certificate);
  CHECK(bytes.size() == kCertificateBytesDirect);
  const auto back = decode_certificate(bytes);
  REQUIRE(back);
  CHECK(*back == certificate);
  CHECK(back->id() == keys_of(1).id());
  CHECK(back->verify(cluster.public_key(), kWall));
  CHECK(back->verify(cluster.public_key(), kWall + std::chrono::milliseconds(kYearMs - 1)));

  const auto expired = back->verify(cluster.public_key(), kWall + std::chrono::milliseconds(kYearMs + 3000));
  REQUIRE_FALSE(expired);
  CHECK(expired.error().message.find("expired 3 s ago") != std::string::npos);
  const auto elsewhere = back->verify(TestCluster(2).public_key(), kWall);
  REQUIRE_FALSE(elsewhere);
  CHECK(elsewhere.error().message.find("another cluster") != std::string::npos);
}

TEST_CASE("no byte of a certificate can be changed", "[certificate]") {
  const TestCluster cluster;
  const NodeKeys admitter_keys = keys_of(7);
  const Certificate admitter = issue_certificate(cluster.seed, subject_of(admitter_keys, 9));
  const auto delegated =
      issue_delegated(admitter_keys, admitter, cluster.public_key(), subject_of(keys_of(1)));
  REQUIRE(delegated);
  for (const Certificate& certificate : {admitter, *delegated}) {
    const std::string bytes = encode_certificate(certificate);
    for (size_t i = 0; i < bytes.size(); ++i) {
      std::string changed = bytes;
      changed[i] = static_cast<char>(changed[i] ^ 4);
      const auto back = decode_certificate(changed);
      CHECK_FALSE((back && back->verify(cluster.public_key(), kWall)));
      CHECK_FALSE(decode_certificate(bytes.substr(0, i)));
    }
  }
}

TEST_CASE("an admitter certifies others, but no admitters, and not beyond its own expiry", "[certificate]") {
  const TestCluster cluster;
  const NodeKeys keys = keys_of(7);
  const Certificate admitter = issue_certificate(cluster.seed, subject_of(keys, 9));
  const auto good = issue_delegated(keys, admitter, cluster.public_key(), subject_of(keys_of(1)));
  REQUIRE(good);
  CHECK(encode_certificate(*good).size() == kCertificateBytesMax);
  CHECK(good->verify(cluster.public_key(), kWall));
  CHECK(decode_certificate(encode_certificate(*good)) == *good);

  CHECK_FALSE(issue_delegated(keys, admitter, cluster.public_key(), subject_of(keys_of(1), 8)));
  const Certificate plain = issue_certificate(cluster.seed, subject_of(keys, 1));
  CHECK_FALSE(issue_delegated(keys, plain, cluster.public_key(), subject_of(keys_of(1))));

  Certificate forged = *good;
  forged.admitter = Certificate::Admitter{plain.subject, plain.signature};
  const auto refused = forged.verify(cluster.public_key(), kWall);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().message.find("no admitter") != std::string::npos);

  auto short_lived = subject_of(keys, 9);
  short_lived.expires_ms = kWallStartMs + 10;
  const auto brief = issue_delegated(keys, issue_certificate(cluster.seed, short_lived), cluster.public_key(),
                                     subject_of(keys_of(1)));
  REQUIRE(brief);
  CHECK(brief->expires_ms() == kWallStartMs + 10);
  CHECK(brief->verify(cluster.public_key(), kWall));
  CHECK_FALSE(brief->verify(cluster.public_key(), kWall + std::chrono::milliseconds(10)));
}

TEST_CASE("a join token comes back from its text", "[token]") {
  const TestCluster cluster;
  TokenTerms terms{{}, kWallStartMs + 1000, 1};
  terms.id.fill(9);
  for (size_t count = 1; count <= JoinToken::kSeedsMax; ++count) {
    std::vector<JoinToken::Seed> seeds;
    for (size_t i = 0; i < count; ++i) {
      seeds.push_back({address_of(static_cast<uint8_t>(i + 1)), keys_of(i + 1).x25519_public});
    }
    const JoinToken token = JoinToken::issue(cluster.seed, terms, seeds);
    const std::string text = to_text(token);
    CHECK(text.starts_with("tutti1-"));
    CHECK(parse_join_token(text) == token);
    CHECK(parse_join_token(" " + text + "\r\n") == token);
    CHECK(token.secret == token_secret(cluster.seed, terms));
  }
}

TEST_CASE("a mistyped or cut token is recognised as such, whichever character it was", "[token]") {
  const TestCluster cluster;
  const JoinToken token =
      JoinToken::issue(cluster.seed, {{}, kWallStartMs, 1}, {{address_of(1), keys_of(1).x25519_public}});
  const std::string text = to_text(token);
  for (size_t i = 7; i < text.size(); ++i) {
    std::string typo = text;
    typo[i] = typo[i] == 'A' ? 'B' : 'A';
    const auto parsed = parse_join_token(typo);
    REQUIRE_FALSE(parsed);
    CHECK(parsed.error().message.find("mistyped or cut") != std::string::npos);
    CHECK_FALSE(parse_join_token(text.substr(0, i)));
  }
  CHECK_FALSE(parse_join_token(text + "A"));
  CHECK_FALSE(parse_join_token("hello").has_value());
  CHECK(parse_join_token("hello").error().message.find("not a join token") != std::string::npos);
  CHECK_FALSE(parse_join_token("tutti1-" + std::string(100'000, 'A')));
}

TEST_CASE("a token expires, and its terms cannot be stretched", "[token]") {
  const TestCluster cluster;
  const TokenTerms terms{{}, kWallStartMs, 1};
  const JoinToken token = JoinToken::issue(cluster.seed, terms, {{address_of(1), {}}});
  CHECK(token.check_expiry(kWall - std::chrono::milliseconds(1)));
  const auto expired = token.check_expiry(kWall + std::chrono::seconds(5));
  REQUIRE_FALSE(expired);
  CHECK(expired.error().message.find("expired 5 s ago") != std::string::npos);
  TokenTerms longer = terms;
  longer.expires_ms += 1;
  TokenTerms mightier = terms;
  mightier.roles = 4;
  CHECK(token_secret(cluster.seed, longer) != token.secret);
  CHECK(token_secret(cluster.seed, mightier) != token.secret);
}
