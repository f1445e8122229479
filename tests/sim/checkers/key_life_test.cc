#include "sim/checkers/key_life.h"

#include <catch2/catch.hpp>

#include "storage/model/row_key.h"

using namespace tutti;
using namespace tutti::sim;

TEST_CASE("what has ended, and by whose word, is known of a key") {
  History history;
  const auto write = [&](uint64_t actor, Edit edit) {
    history.add({.dot = {ActorId{actor}, Counter{1}},
                 .hlc = Hlc{actor << 16},
                 .past = std::make_shared<const VersionVector>(),
                 .edits = {std::move(edit)}},
                actor);
  };
  write(1, {Edit::Scope::kKey, key_prefix("k"), value_payload("v", 5000), std::nullopt});
  write(2, {Edit::Scope::kRow, row_key("k", RowKind::kKeyExpiry), expiry_payload(9000), std::nullopt});
  VersionVector clock;
  clock.raise({ActorId{1}, Counter{1}});
  const auto& rows = history.keys().at(key_prefix("k"));
  CHECK(KeyLife(history, rows, clock).ended_by(4999).empty());
  CHECK(KeyLife(history, rows, clock).ended_by(5000) == std::set<Dot>{{ActorId{1}, Counter{1}}});
  clock.raise({ActorId{2}, Counter{1}});
  CHECK(KeyLife(history, rows, clock).ended_by(5000).empty());
  CHECK(KeyLife(history, rows, clock).ended_by(9000) == std::set<Dot>{{ActorId{2}, Counter{1}}});
}
