#include "protocol/membership/membership.h"

#include <catch2/catch.hpp>
#include <set>

using namespace tutti;
using namespace std::chrono_literals;

namespace {

NodeId id_of(uint8_t n) {
  NodeId id;
  id.bytes[0] = n;
  return id;
}

MemberRecord record_of(uint8_t n, uint64_t incarnation = 1) {
  MemberRecord record;
  record.id = id_of(n);
  record.name = "n" + std::to_string(n);
  record.incarnation = incarnation;
  return record;
}

Now at(Duration since) { return {Instant(1h) + since, {}}; }

Membership membership_of(uint8_t self, MemberList list) {
  Membership membership(record_of(self), HashKey{7});
  membership.begin(std::move(list));
  return membership;
}

std::set<NodeId> ids_of(const Membership& membership) {
  std::set<NodeId> ids;
  for (size_t i = 0; i < membership.size(); ++i) ids.insert(membership.other(i).id);
  return ids;
}

}  // namespace

TEST_CASE("of records with one id the newest stays in a member list") {
  const MemberList list = make_member_list({record_of(2, 5), record_of(1), record_of(2, 9), record_of(2, 7)});
  REQUIRE(list->size() == 2);
  CHECK((*list)[0].id == id_of(1));
  CHECK((*list)[1].incarnation == 9);
}

TEST_CASE("members are those begun with and those learned, without oneself") {
  Membership membership = membership_of(2, make_member_list({record_of(1), record_of(2), record_of(3)}));
  CHECK(ids_of(membership) == std::set{id_of(1), id_of(3)});
  CHECK(membership.merge(record_of(4)));
  CHECK_FALSE(membership.merge(record_of(4)));
  CHECK_FALSE(membership.merge(record_of(2, 99)));
  CHECK_FALSE(membership.merge(record_of(3, 1)));
  CHECK(membership.merge(record_of(3, 2)));
  CHECK(ids_of(membership) == std::set{id_of(1), id_of(3), id_of(4)});
  CHECK(membership.find(id_of(3))->incarnation == 2);
  CHECK(membership.find(id_of(2)) == nullptr);
  CHECK(membership.find(id_of(5)) == nullptr);
  CHECK(membership.records().size() == 4);
  CHECK(membership.learned().size() == 3);  // itself, the newer one, the new one
}

TEST_CASE("members stand in a ring by id, those begun with and those learned") {
  Membership membership = membership_of(4, make_member_list({record_of(2), record_of(4), record_of(8)}));
  const auto ring = [&] {
    std::vector<uint8_t> ids;
    NodeId id = membership.self().id;
    for (size_t i = 0; i < membership.size(); ++i) ids.push_back((id = membership.after(id)).bytes[0]);
    return ids;
  };
  CHECK(ring() == std::vector<uint8_t>{8, 2});
  for (const uint8_t n : {1, 3, 5, 9}) REQUIRE(membership.merge(record_of(n)));
  REQUIRE(membership.merge(record_of(2, 7)));
  CHECK(ring() == std::vector<uint8_t>{5, 8, 9, 1, 2, 3});
  Membership alone = membership_of(1, make_member_list({record_of(1)}));
  REQUIRE(alone.merge(record_of(3)));
  CHECK(alone.after(id_of(1)) == id_of(3));
  CHECK(alone.after(id_of(3)) == id_of(3));
}

TEST_CASE("equal member lists have equal hashes however they came about") {
  const Membership shared = membership_of(2, make_member_list({record_of(1), record_of(2), record_of(3, 8)}));
  Membership learned = membership_of(3, make_member_list({record_of(1), record_of(2)}));
  learned.self().incarnation = 7;
  CHECK(shared.hash() != learned.hash());
  learned.self().incarnation = 8;
  CHECK(shared.hash() == learned.hash());
  Membership told = membership_of(1, nullptr);
  CHECK(told.merge(record_of(3, 4)));
  CHECK(told.merge(record_of(2)));
  CHECK(told.hash() != shared.hash());
  CHECK(told.merge(record_of(3, 8)));
  CHECK(told.hash() == shared.hash());
}

TEST_CASE("who leaves probes unanswered is given up, who was not asked is not") {
  Membership membership = membership_of(1, make_member_list({record_of(2), record_of(3)}));
  membership.heard(at(0s), id_of(2));
  membership.heard(at(0s), id_of(3));
  membership.probing(at(10s), id_of(2), 1);
  membership.probing(at(11s), id_of(2), 2);
  CHECK(membership.give_up(at(11999ms), 2s).empty());
  CHECK(membership.unanswering(at(11s), 1s, 4) == std::vector{id_of(2)});
  CHECK(membership.give_up(at(12s), 2s) == std::vector{id_of(2)});
  CHECK(membership.unreachable(id_of(2)));
  CHECK_FALSE(membership.unreachable(id_of(3)));
  CHECK(membership.give_up(at(99s), 2s).empty());
}

TEST_CASE("a word brings an unreachable member back and begins the wait anew") {
  Membership membership = membership_of(1, make_member_list({record_of(2)}));
  membership.probing(at(0s), id_of(2), 1);
  REQUIRE(membership.give_up(at(2s), 2s).size() == 1);
  membership.probing(at(3s), id_of(2), 2);  // tried on
  CHECK(membership.give_up(at(9s), 2s).empty());
  CHECK(membership.heard(at(10s), id_of(2)));
  CHECK_FALSE(membership.heard(at(10s), id_of(2)));
  CHECK_FALSE(membership.unreachable(id_of(2)));
  membership.probing(at(11s), id_of(2), 3);
  CHECK(membership.give_up(at(12s), 2s).empty());
  CHECK(membership.give_up(at(13s), 2s).size() == 1);
}

TEST_CASE("unreachable members are tried one after the other until they speak") {
  Membership membership = membership_of(1, make_member_list({record_of(2), record_of(3), record_of(4)}));
  CHECK_FALSE(membership.next_unreachable());
  for (const uint8_t n : {2, 4}) membership.probing(at(0s), id_of(n), n);
  REQUIRE(membership.give_up(at(2s), 2s).size() == 2);
  CHECK(membership.next_unreachable() == id_of(2));
  CHECK(membership.next_unreachable() == id_of(4));
  CHECK(membership.next_unreachable() == id_of(2));
  CHECK(membership.heard(at(3s), id_of(2)));
  CHECK(membership.next_unreachable() == id_of(4));
  CHECK(membership.next_unreachable() == id_of(4));
}

TEST_CASE("a stranger's word leaves no contact behind") {
  Membership membership = membership_of(1, nullptr);
  CHECK_FALSE(membership.heard(at(0s), id_of(9)));
  CHECK(membership.contacted(id_of(9)) == nullptr);
}

// One identity, two processes: each raises its incarnation past the other's, and both may come upon the same.
TEST_CASE("two records of one incarnation are told apart, and everybody comes to believe the same one") {
  const auto record = [](uint16_t port) {
    MemberRecord made = record_of(2, 7);
    made.address.port = port;
    return made;
  };
  Membership a(record_of(1), HashKey{}), b(record_of(1), HashKey{});
  REQUIRE(a.merge(record(10)));
  REQUIRE(b.merge(record(11)));
  CHECK(a.hash() != b.hash());
  CHECK(a.merge(record(11)));
  CHECK(!b.merge(record(10)));
  CHECK(a.hash() == b.hash());
  CHECK(a.find(id_of(2))->address.port == 11);
}
