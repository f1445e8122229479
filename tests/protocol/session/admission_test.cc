#include "protocol/session/admission.h"

#include <catch2/catch.hpp>

#include "storage/base/bytes.h"
#include "tests/protocol/session/memory_network.h"

using namespace tutti;
using namespace tutti::test;
using namespace std::chrono_literals;

namespace {

TokenTerms terms_until(uint64_t expires_ms) {
  TokenTerms terms{{}, expires_ms, static_cast<Roles>(Role::kReplica)};
  terms.id.fill(5);
  return terms;
}

// One member that admits, and somebody with a token.
struct Admission {
  TestCluster cluster;
  MemoryNetwork network{1};
  MemoryNetwork::Host* member;
  NodeKeys joiner_keys = keys_of(50);
  JoinToken token;
  SeededRandom random{9};

  explicit Admission(bool admits = true, uint64_t expires_ms = kWallStartMs + 3'600'000) {
    NoiseOptions options = cluster.member(1);
    if (admits) options.cluster_seed = cluster.seed;
    member = &network.add(1, options);
    token = JoinToken::issue(cluster.seed, terms_until(expires_ms), {{member->address, member->x25519}});
  }
  JoinClient client() { return {token, 0, joiner_keys, "newcomer", address_of(50), random}; }

  // Carries bytes to and fro until both are quiet.
  void exchange(JoinClient& client, MemoryNetwork::Stranger& stranger, const std::string& first) {
    network.say(*member, stranger, first);
    carry_back(client, stranger);
  }
  void carry_back(JoinClient& client, MemoryNetwork::Stranger& stranger) {
    while (!stranger.heard.empty()) {
      const std::string heard = std::exchange(stranger.heard, {});
      std::string reply;
      for (const char byte : heard) reply += client.handle_bytes(network.now(), ByteView(&byte, 1));
      if (!reply.empty()) network.say(*member, stranger, reply);
    }
    if (stranger.closed) client.handle_closed();
  }
  JoinAnswer yes() {
    JoinAnswer answer;
    answer.certificate = cluster.certify(joiner_keys);
    answer.cluster_public_key = cluster.public_key();
    answer.discovery_secret = cluster.discovery_secret;
    answer.members = std::string(200'000, 'm');
    return answer;
  }
  void answer(JoinClient& client, MemoryNetwork::Stranger& stranger, const JoinAnswer& answer) {
    member->transport->answer_join(network.now(), stranger.stream, encode_join_answer(answer));
    network.drain(*member);
    carry_back(client, stranger);
  }
};

}  // namespace

TEST_CASE("a bearer of a token becomes a member", "[admission]") {
  Admission admission;
  JoinClient client = admission.client();
  CHECK(client.seed() == admission.member->address);
  const auto stranger = admission.network.connect_stranger(*admission.member);
  const std::string first = client.start(admission.network.now());
  REQUIRE(first.size() > 2);
  admission.exchange(client, *stranger, first);
  CHECK_FALSE(client.result());
  REQUIRE(admission.member->joins.size() == 1);
  const auto request = decode_join_request(admission.member->joins[0].request);
  REQUIRE(request);
  CHECK(request->terms == admission.token.terms);
  CHECK(request->id() == admission.joiner_keys.id());
  CHECK(request->name == "newcomer");
  CHECK(request->listen == address_of(50));

  admission.answer(client, *stranger, admission.yes());
  CHECK(stranger->closed);
  REQUIRE(client.result());
  REQUIRE(client.result()->has_value());
  CHECK(client.result()->value() == admission.yes());

  // What it got lets it in.
  const JoinAnswer& answer = client.result()->value();
  auto& joined = admission.network.add(
      50, {admission.joiner_keys, answer.certificate, answer.cluster_public_key, answer.discovery_secret, 1});
  admission.network.introduce(joined, *admission.member);
  CHECK(admission.network.run_until([&] { return admission.member->transport->has_stream(joined.id); }, 10s));
}

TEST_CASE("a refusal reaches the user in the member's words", "[admission]") {
  Admission admission;
  JoinClient client = admission.client();
  const auto stranger = admission.network.connect_stranger(*admission.member);
  admission.exchange(client, *stranger, client.start(admission.network.now()));
  JoinAnswer no;
  no.refusal = "This token was used already. Make a new one.";
  admission.answer(client, *stranger, no);
  REQUIRE(client.result());
  REQUIRE_FALSE(client.result()->has_value());
  CHECK(client.result()->error().message == no.refusal);
  CHECK(client.result()->error().code == ErrorCode::kRefused);
}

TEST_CASE("an expired token is refused by the joiner's clock, and by the member's", "[admission]") {
  Admission admission(true, kWallStartMs + 1000);
  admission.network.run(2s);
  JoinClient honest = admission.client();
  CHECK(honest.start(admission.network.now()).empty());
  REQUIRE(honest.result());
  CHECK(honest.result()->error().message.find("expired 1 s ago by this machine's clock") !=
        std::string::npos);

  JoinClient late = admission.client();
  Now slow = admission.network.now();
  slow.wall -= 10s;
  const auto stranger = admission.network.connect_stranger(*admission.member);
  admission.exchange(late, *stranger, late.start(slow));
  CHECK(admission.member->joins.empty());
  CHECK(stranger->closed);
  REQUIRE(late.result());
  CHECK(late.result()->error().message.find("by the cluster's clock") != std::string::npos);
}

TEST_CASE("a token with stretched terms or a guessed secret gets a silent close", "[admission]") {
  for (int what = 0; what < 4; ++what) {
    Admission admission(what != 3);
    if (what == 0) admission.token.terms.expires_ms += 1000;
    if (what == 1) admission.token.terms.roles = static_cast<Roles>(Role::kOperator);
    if (what == 2) admission.token.secret[0] ^= 1;
    // 3: this member has no cluster key, so it cannot know.
    JoinClient client = admission.client();
    const auto stranger = admission.network.connect_stranger(*admission.member);
    const std::string first = client.start(admission.network.now());
    admission.network.say(*admission.member, *stranger, first);
    CHECK(stranger->closed);
    CHECK(stranger->heard.empty());
    client.handle_closed();
    REQUIRE(client.result());
    CHECK(client.result()->error().code == ErrorCode::kUnavailable);
  }
}

TEST_CASE("a recorded join asks for nothing", "[admission]") {
  Admission admission;
  JoinClient client = admission.client();
  const std::string first = client.start(admission.network.now());
  const auto replayer = admission.network.connect_stranger(*admission.member);
  admission.network.say(*admission.member, *replayer, first);
  CHECK(replayer->heard.size() <= first.size());
  admission.network.run(6s);
  CHECK(replayer->closed);
  CHECK(admission.member->joins.empty());
}

TEST_CASE("a joiner believes only the node its token names", "[admission]") {
  Admission admission;
  SECTION("another node answers at the address") {
    admission.token.seeds[0].x25519 = keys_of(77).x25519_public;
    JoinClient client = admission.client();
    const auto stranger = admission.network.connect_stranger(*admission.member);
    admission.network.say(*admission.member, *stranger, client.start(admission.network.now()));
    CHECK(stranger->closed);
  }
  SECTION("garbage answers") {
    JoinClient client = admission.client();
    client.start(admission.network.now());
    CHECK(client.handle_bytes(admission.network.now(), "SSH-2.0-OpenSSH").empty());
    REQUIRE(client.result());
    CHECK(client.result()->error().message.find("does not speak tutti") != std::string::npos);
  }
  SECTION("the answer certifies other keys") {
    JoinClient client = admission.client();
    const auto stranger = admission.network.connect_stranger(*admission.member);
    admission.exchange(client, *stranger, client.start(admission.network.now()));
    JoinAnswer answer = admission.yes();
    answer.certificate = admission.cluster.certify(keys_of(51));
    admission.answer(client, *stranger, answer);
    REQUIRE(client.result());
    CHECK(client.result()->error().message.find("other keys") != std::string::npos);
  }
}

TEST_CASE("a joiner that is not answered in time is let go", "[admission]") {
  Admission admission;
  JoinClient client = admission.client();
  const auto stranger = admission.network.connect_stranger(*admission.member);
  admission.exchange(client, *stranger, client.start(admission.network.now()));
  REQUIRE(admission.member->joins.size() == 1);
  admission.network.run(31s);
  CHECK(stranger->closed);
  admission.answer(client, *stranger, admission.yes());  // too late, and harmless
  REQUIRE(client.result());
  CHECK_FALSE(client.result()->has_value());
}

TEST_CASE("join messages decode to what was encoded, and to nothing when damaged", "[admission]") {
  const NodeKeys keys = keys_of(3);
  const JoinRequest request{terms_until(7), keys.x25519_public, keys.ed25519_public, "name", address_of(3)};
  const std::string bytes = encode_join_request(request, keys);
  CHECK(decode_join_request(bytes) == request);
  for (size_t i = 0; i < bytes.size(); ++i) {
    std::string changed = bytes;
    changed[i] = static_cast<char>(changed[i] ^ 1);
    CHECK_FALSE(decode_join_request(changed));
    CHECK_FALSE(decode_join_request(bytes.substr(0, i)));
  }
  Admission admission;
  const std::string answer = encode_join_answer(admission.yes());
  CHECK(decode_join_answer(answer) == admission.yes());
  for (size_t i = 0; i < answer.size(); i += i < 1000 ? 1 : 997)
    CHECK_FALSE(decode_join_answer(answer.substr(0, i)));
}
