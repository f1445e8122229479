#include "protocol/replica/rendezvous.h"

#include "tests/protocol/messages/recording_transport.h"
#include "tests/protocol/session/memory_network.h"
#include "tests/storage/memory_database.h"

using namespace tutti;
using namespace std::chrono_literals;

namespace {

using Who = Transport::Greeted::Who;

Address at(uint16_t number) {
  return parse_address("10.0." + std::to_string(number / 200) + "." + std::to_string(1 + number % 200) +
                       ":4400")
      .value();
}

class Asking final : public IdleTransport {
 public:
  std::vector<Address> asked;
  void greet(const Now&, const Address& address) override { asked.push_back(address); }
};

// A node that looks for members; the test says what the resolver and whoever is asked answer.
struct Seeking {
  MemoryDatabase data;
  Asking transport;
  test::SeededRandom random{1};
  ReplicaOptions options;
  Messenger messenger{transport};
  Outputs outputs;
  Membership membership{member_record(1), MemoryDatabase::kKey};
  Neighbours neighbours{{64, 6}, membership, MemoryDatabase::kKey};
  Introducer introducer{membership, neighbours, transport};
  WallClocks clocks;
  Health health;
  Prober prober{options,   *data.db, membership, neighbours, introducer,
                messenger, clocks,   health,     random,     outputs};
  Rendezvous rendezvous;
  Now now{Instant(1h), {}};

  explicit Seeking(std::vector<std::string> seeds = {})
      : rendezvous(std::move(seeds), membership, introducer, prober, messenger, outputs) {}

  void pass(Duration time) {
    for (const Instant end = now.mono + time; now.mono < end; now.mono += 500ms) rendezvous.tick(now);
  }
  void answer(const Address& address, Who who, uint8_t member = 0) {
    rendezvous.greeted(now, {.at = address, .who = who, .id = node_id(member)});
  }
  template <class T>
  std::vector<T> take() {
    std::vector<T> found;
    while (auto output = outputs.poll())
      if (auto* one = std::get_if<T>(&*output)) found.push_back(std::move(*one));
    return found;
  }
  // The answer to the one meeting under way.
  MeetAnswer met() {
    auto deferrals = take<Outputs::Deferral>();
    REQUIRE(deferrals.size() == 1);
    REQUIRE(std::holds_alternative<MeetAnswer>(deferrals[0].answer));
    return std::get<MeetAnswer>(deferrals[0].answer);
  }
};

std::vector<Address> addresses(uint16_t from, uint16_t count) {
  std::vector<Address> out;
  for (uint16_t i = 0; i < count; ++i) out.push_back(at(from + i));
  return out;
}

}  // namespace

TEST_CASE("seeds are asked while no member is known, each round once", "[rendezvous]") {
  Seeking node({to_string(at(1)), to_string(at(2))});
  node.pass(4s);
  CHECK(node.transport.asked == addresses(1, 2));
  node.pass(20s);  // those asked have not answered: nobody is asked twice at once
  CHECK(node.transport.asked.size() == 2);
  node.answer(at(1), Who::kNobody);
  node.pass(6s);
  CHECK(node.transport.asked.size() == 3);
}

TEST_CASE("seeds are left alone while all members are reachable", "[rendezvous]") {
  Seeking node({to_string(at(1))});
  REQUIRE(node.membership.merge(member_record(2)));
  node.membership.heard(node.now, node_id(2));
  node.pass(1min);
  CHECK(node.transport.asked.empty());
  node.membership.probing(node.now, node_id(2), 1);
  node.now.mono += 3s;
  REQUIRE(node.membership.give_up(node.now, 2s).size() == 1);
  node.pass(6s);
  CHECK(node.transport.asked.size() == 1);
}

TEST_CASE("a seed's name is resolved anew each round, and its answers may change or be none",
          "[rendezvous]") {
  Seeking node({"node.example:4400"});
  for (uint16_t round = 0; round < 3; ++round) {
    node.transport.asked.clear();
    node.pass(5s);
    REQUIRE(node.take<Outputs::Resolve>().size() == 1);
    node.rendezvous.resolved(node.now, "node.example:4400", addresses(10 * round, 2));
    CHECK(node.transport.asked == addresses(10 * round, 2));
    node.answer(at(10 * round), Who::kNobody);
    node.answer(at(10 * round + 1), Who::kNobody);
  }
  node.transport.asked.clear();
  node.pass(5s);
  node.rendezvous.resolved(node.now, "node.example:4400", std::vector<Address>{});
  node.rendezvous.resolved(node.now, "node.example:4400", addresses(1, 1));  // again, unasked
  node.rendezvous.resolved(node.now, "other.example:4400", addresses(1, 1));
  CHECK(node.transport.asked.empty());
}

TEST_CASE("what is wrong with a seed is told, and not again at once", "[rendezvous]") {
  Seeking node({"node.example:4400", to_string(at(1))});
  size_t told = 0;
  for (int round = 0; round < 4; ++round) {
    node.pass(5s);
    node.rendezvous.resolved(node.now, "node.example:4400", error(ErrorCode::kUnavailable, "No such name."));
    node.answer(at(1), Who::kStranger);
    for (const auto& event : node.take<Outputs::Event>())
      told += event.kind == Outputs::EventKind::kSeedAstray;
  }
  CHECK(told == 2);
}

TEST_CASE("of a name with many addresses the first are asked, and all searches together ask a few at once",
          "[rendezvous]") {
  Seeking node;
  const size_t names = Rendezvous::kAskedMax / Rendezvous::kAddressesMax + 2;
  for (size_t i = 0; i < names; ++i) {
    const std::string name = "n" + std::to_string(i) + ".example:4400";
    node.rendezvous.meet(node.now, name, i);
    node.rendezvous.resolved(node.now, name, addresses(static_cast<uint16_t>(100 * i), 100));
    CHECK(node.transport.asked.size() ==
          std::min((i + 1) * Rendezvous::kAddressesMax, Rendezvous::kAskedMax));
  }
  const auto refused = node.take<Outputs::Deferral>();
  REQUIRE(refused.size() == 2);
  CHECK_FALSE(std::get<MeetAnswer>(refused[0].answer).reached);
  CHECK(std::get<MeetAnswer>(refused[0].answer).words.find("Too many") != std::string::npos);
}

TEST_CASE("where the addresses of seeds are more than may be asked at once, all get their turn",
          "[rendezvous]") {
  std::map<std::string, uint16_t> seeds;
  std::vector<std::string> names;
  for (uint16_t i = 0; i < Rendezvous::kSearchesMax / 2; ++i) {
    names.push_back("n" + std::to_string(i) + ".example:4400");
    seeds[names.back()] = static_cast<uint16_t>(i * Rendezvous::kAddressesMax);
  }
  Seeking node(names);
  std::set<Address> asked;
  for (size_t round = 0; round < names.size(); ++round) {
    node.transport.asked.clear();
    node.pass(5s);
    for (const auto& name : node.take<Outputs::Resolve>()) {
      node.rendezvous.resolved(node.now, name.endpoint,
                               addresses(seeds.at(name.endpoint), Rendezvous::kAddressesMax));
    }
    CHECK(node.transport.asked.size() == Rendezvous::kAskedMax);
    for (const Address& address : node.transport.asked) {
      asked.insert(address);
      node.answer(address, Who::kNobody);
    }
  }
  CHECK(asked.size() == names.size() * Rendezvous::kAddressesMax);
}

TEST_CASE("more searches than may be under way are refused in words", "[rendezvous]") {
  Seeking node;
  for (size_t i = 0; i <= Rendezvous::kSearchesMax; ++i)
    node.rendezvous.meet(node.now, "n" + std::to_string(i) + ".example:4400", i);
  const auto answers = node.take<Outputs::Deferral>();
  REQUIRE(answers.size() == 1);
  CHECK(answers[0].token == Rendezvous::kSearchesMax);
  CHECK(std::holds_alternative<Error>(answers[0].answer));
}

TEST_CASE("a meeting is answered with the member that was found, though other addresses lead nowhere",
          "[rendezvous]") {
  Seeking node;
  node.rendezvous.meet(node.now, "node.example:4400", 7);
  node.rendezvous.resolved(node.now, "node.example:4400", addresses(1, 3));
  node.answer(at(1), Who::kStranger);
  node.answer(at(2), Who::kMember, 2);
  node.answer(at(3), Who::kNobody);
  const MeetAnswer met = node.met();
  CHECK(met.reached);
  CHECK(met.id == node_id(2));
  CHECK(met.address == to_string(at(2)));
  CHECK(met.name.empty());
}

TEST_CASE("a meeting that nobody answers is answered all the same, in time", "[rendezvous]") {
  Seeking node;
  node.rendezvous.meet(node.now, "node.example:4400", 7);  // and the resolver is silent
  node.pass(Rendezvous::kMeetPatience + 1s);
  CHECK_FALSE(node.met().reached);
}

TEST_CASE("a greeting that nobody asked for introduces nobody", "[rendezvous]") {
  Seeking node;
  REQUIRE(node.membership.merge(member_record(2)));
  node.answer(at(1), Who::kMember, 2);
  CHECK(node.membership.contacted(node_id(2)) == nullptr);
}
