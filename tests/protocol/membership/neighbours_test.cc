#include "protocol/membership/neighbours.h"

#include <catch2/catch.hpp>
#include <deque>
#include <memory>

#include "storage/crypto/hash.h"

using namespace tutti;
using namespace std::chrono_literals;

namespace {

constexpr size_t kWanted = 4;

NodeId id_of(size_t n) {
  NodeId id;
  const std::string name = std::to_string(n);
  id.bytes = blake2b_256(name);
  return id;
}

MemberList list_of(size_t members) {
  std::vector<MemberRecord> records(members);
  for (size_t i = 0; i < members; ++i) records[i].id = id_of(i);
  return make_member_list(std::move(records));
}

Now at(Duration since) { return {Instant(1h) + since, {}}; }

// One member's view. Never: a stream that the test did not say came up.
struct View {
  View(size_t self, const MemberList& list, size_t mesh_members_max)
      : membership(
            [&] {
              MemberRecord record;
              record.id = id_of(self);
              return record;
            }(),
            HashKey{3}),
        neighbours({mesh_members_max, kWanted}, membership, HashKey{3}) {
    membership.begin(list);
    neighbours.members_changed();
  }
  View(const View&) = delete;

  // Takes the changes over; those wanted now.
  const std::set<NodeId>& update(Duration since) {
    for (const auto& change : neighbours.update(at(since))) {
      if (change.wanted) {
        kept.insert(change.id);
      } else {
        kept.erase(change.id);
      }
    }
    return kept;
  }
  void lose(const NodeId& id, Duration since) {
    membership.probing(at(since), id, 1);
    REQUIRE(membership.give_up(at(since), 0s) == std::vector{id});
    neighbours.reachability_changed();
  }
  void find_again(const NodeId& id, Duration since) {
    REQUIRE(membership.heard(at(since), id));
    neighbours.reachability_changed();
  }

  Membership membership;
  Neighbours neighbours;
  std::set<NodeId> kept;
};

std::deque<std::unique_ptr<View>> views_of(size_t members) {
  const MemberList list = list_of(members);
  std::deque<std::unique_ptr<View>> views;
  for (size_t i = 0; i < members; ++i) views.push_back(std::make_unique<View>(i, list, 10));
  return views;
}

}  // namespace

TEST_CASE("in a small cluster everybody is a neighbour, reachable or not") {
  View view(0, list_of(11), 10);
  REQUIRE(view.neighbours.mesh());
  view.lose(id_of(5), 0s);
  CHECK(view.update(0s).size() == 10);
  CHECK(view.update(1h).size() == 10);
}

TEST_CASE("in a large cluster neighbours are few") {
  for (const auto& view : views_of(60)) {
    REQUIRE_FALSE(view->neighbours.mesh());
    const size_t kept = view->update(0s).size();
    CHECK(kept >= kWanted);
    CHECK(kept <= kWanted + 1);
  }
}

TEST_CASE("whom one member wants as neighbour mostly wants it too") {
  auto views = views_of(60);
  std::map<NodeId, const std::set<NodeId>*> wanted;
  for (size_t i = 0; i < views.size(); ++i) wanted[id_of(i)] = &views[i]->update(0s);
  size_t all = 0, mutual = 0;
  for (const auto& [id, set] : wanted) {
    for (const NodeId& other : *set) ++all, mutual += wanted[other]->contains(id);
  }
  CHECK(mutual * 2 > all);  // drawn one-sidedly it would be 1 in 12
}

TEST_CASE("all members hang together by their neighbours") {
  for (const size_t members : {12u, 30u, 100u}) {
    auto views = views_of(members);
    std::map<NodeId, std::set<NodeId>> graph;
    for (size_t i = 0; i < members; ++i) {
      for (const NodeId& other : views[i]->update(0s))
        graph[id_of(i)].insert(other), graph[other].insert(id_of(i));
    }
    std::set<NodeId> reached{id_of(0)};
    std::deque<NodeId> open{id_of(0)};
    for (; !open.empty(); open.pop_front()) {
      for (const NodeId& next : graph[open.front()]) {
        if (reached.insert(next).second) open.push_back(next);
      }
    }
    CHECK(reached.size() == members);
  }
}

TEST_CASE("the ring of ids alone holds a cluster together where no other neighbour is wanted") {
  const MemberList list = list_of(40);
  std::map<NodeId, NodeId> next;
  for (size_t i = 0; i < 40; ++i) {
    MemberRecord self;
    self.id = id_of(i);
    Membership membership(self, HashKey{});
    membership.begin(list);
    Neighbours neighbours({10, 0}, membership, HashKey{});
    neighbours.members_changed();
    const auto changes = neighbours.update(at(0s));
    REQUIRE(changes.size() == 1);
    next[self.id] = changes[0].id;
  }
  std::set<NodeId> passed;
  for (NodeId id = id_of(0); passed.insert(id).second;) id = next[id];
  CHECK(passed.size() == 40);
}

TEST_CASE("a neighbour that is gone is replaced at once and kept for a moment") {
  View view(0, list_of(60), 10);
  const auto before = view.update(0s);
  const NodeId gone = *before.begin();
  view.lose(gone, 1s);
  const auto meanwhile = view.update(1s);
  CHECK(meanwhile.size() == before.size() + 1);  // it lingers
  CHECK(meanwhile.contains(gone));
  for (const NodeId& id : meanwhile) view.neighbours.stream_up(at(0s), id);
  const auto after = view.update(1s + Neighbours::kLinger);
  CHECK(after.size() == before.size());
  CHECK_FALSE(after.contains(gone));
  view.find_again(gone, 20s);
  view.update(20s);
  CHECK(view.update(20s + Neighbours::kLinger) == before);
}

TEST_CASE("a neighbour back before its place was cleared has lost nothing") {
  View view(0, list_of(60), 10);
  const auto before = view.update(0s);
  const NodeId gone = *before.begin();
  view.lose(gone, 1s);
  view.update(1s);
  view.find_again(gone, 2s);
  for (const auto& change : view.neighbours.update(at(2s))) CHECK(change.id != gone);
}

TEST_CASE("a member that is heard and never connected makes room for another") {
  View view(0, list_of(60), 10);
  const auto before = view.update(0s);
  const NodeId silent = *before.begin();
  for (const NodeId& id : before) {
    if (id != silent) view.neighbours.stream_up(at(0s), id);
  }
  CHECK(view.update(Neighbours::kPatience - 1ms) == before);
  for (const NodeId& id : view.update(Neighbours::kPatience)) {
    if (id != silent) view.neighbours.stream_up(at(0s), id);
  }
  const auto after = view.update(Neighbours::kPatience + Neighbours::kLinger);
  CHECK_FALSE(after.contains(silent));
  CHECK(after.size() == before.size());
}

TEST_CASE("where nobody else is left a member that never connected is tried on") {
  View view(0, list_of(12), 0);
  for (size_t i = 2; i < 12; ++i) view.lose(id_of(i), 0s);
  CHECK(view.update(0s) == std::set{id_of(1)});
  for (int seconds = 1; seconds < 100; ++seconds)
    CHECK(view.update(std::chrono::seconds(seconds)).contains(id_of(1)));
}

TEST_CASE("connected neighbours are probed one after the other") {
  View view(0, list_of(60), 10);
  for (const size_t n : {3u, 9u, 27u}) view.neighbours.stream_up(at(0s), id_of(n));
  std::set<NodeId> probed;
  for (int i = 0; i < 3; ++i) probed.insert(*view.neighbours.next_to_probe());
  CHECK(probed.size() == 3);
  view.neighbours.stream_down(at(0s), id_of(9));
  for (int i = 0; i < 5; ++i) CHECK(*view.neighbours.next_to_probe() != id_of(9));
}
