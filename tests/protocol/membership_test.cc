#include "protocol/membership.h"

#include <catch2/catch.hpp>

namespace tutti {
namespace {

MemberRecord record(uint8_t id, uint64_t incarnation, uint16_t port) {
  MemberRecord made;
  made.id.bytes[0] = id;
  made.incarnation = incarnation;
  made.address.port = port;
  return made;
}

// One identity, two processes: each raises its incarnation past the other's, and both may come upon the same.
TEST_CASE("two records of one incarnation are told apart, and everybody comes to believe the same one") {
  const HashKey key{};
  Membership a(record(1, 1, 1), key), b(record(1, 1, 1), key);
  REQUIRE(a.merge(record(2, 7, 10)));
  REQUIRE(b.merge(record(2, 7, 11)));
  CHECK(a.hash() != b.hash());
  CHECK(a.merge(record(2, 7, 11)));
  CHECK(!b.merge(record(2, 7, 10)));
  CHECK(a.hash() == b.hash());
  CHECK(a.find(record(2, 0, 0).id)->address.port == 11);
}

}  // namespace
}  // namespace tutti
