#include "protocol/roles.h"

#include <catch2/catch.hpp>

using namespace tutti;

TEST_CASE("a member's roles are told by their names", "[roles]") {
  CHECK(roles_text(0) == "none");
  CHECK(roles_text(static_cast<Roles>(Role::kReplica)) == "replica");
  CHECK(roles_text(kRolesKnown) == "replica,observer,operator,admitter");
}

TEST_CASE("an invitation gives every role but that of an admitter", "[roles]") {
  CHECK(invited_role("replica") == Role::kReplica);
  CHECK(invited_role("observer") == Role::kObserver);
  CHECK(invited_role("operator") == Role::kOperator);
  for (const char* none : {"admitter", "king", "", "Replica", "replica,observer"}) {
    CAPTURE(none);
    CHECK_FALSE(invited_role(none));
  }
}
