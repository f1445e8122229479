#include "storage/model/version_vector.h"

#include <catch2/catch.hpp>
#include <map>
#include <optional>
#include <random>

using namespace tutti;

namespace {

// What a version vector is, in the plainest words.
using Plain = std::map<uint64_t, uint64_t>;

struct Pair {
  VersionVector vector;
  Plain plain;

  void set(uint64_t actor, uint64_t counter) {
    vector.set({ActorId{actor}, Counter{counter}});
    plain[actor] = counter;
    if (counter == 0) plain.erase(actor);
  }
};

Plain plain(const VersionVector& vector) {
  Plain all;
  for (const auto& e : vector.entries()) all[e.actor.value] = e.counter.value;
  return all;
}

bool covers(const Plain& a, const Plain& b) {
  return std::ranges::all_of(b, [&](const auto& e) {
    const auto at = a.find(e.first);
    return at != a.end() && at->second >= e.second;
  });
}

// Actors as they are drawn, and actors that somebody chose to be alike in all but their last bits.
uint64_t any_actor(std::mt19937_64& random, uint64_t actors) {
  const uint64_t n = 1 + random() % actors;
  return random() % 2 == 0 ? n * 0x9E3779B97F4A7C15ull : n;
}

void change(std::mt19937_64& random, uint64_t actors, Pair& pair) {
  for (uint64_t left = random() % 40; left > 0; --left)
    pair.set(any_actor(random, actors), random() % 3 == 0 ? 0 : 1 + random() % 5);
}

void require_alike(const Pair& pair) {
  const auto entries = pair.vector.entries();
  REQUIRE(plain(pair.vector) == pair.plain);
  REQUIRE(pair.vector.size() == pair.plain.size());
  REQUIRE(entries.size() == pair.plain.size());
  REQUIRE(std::ranges::is_sorted(entries, {}, &VersionVector::Entry::actor));
  REQUIRE(pair.vector == VersionVector(entries));
}

TEST_CASE("a version vector is a map, whatever was done to it and to its copies", "[version_vector]") {
  constexpr HashKey kKey{7};
  for (uint64_t seed = 1; seed <= 40; ++seed) {
    INFO("seed " << seed);
    std::mt19937_64 random(seed);
    const uint64_t actors = seed % 2 == 0 ? 40 : 2000;
    std::vector<Pair> pairs(4);
    ClockHash hash(kKey);
    for (int step = 0; step < 150; ++step) {
      Pair& a = pairs[random() % pairs.size()];
      const Pair& b = pairs[random() % pairs.size()];
      const Pair before = a;
      switch (random() % 6) {
        case 0: a = b; break;
        case 1:
          a.vector.join(b.vector);
          for (const auto& [actor, counter] : b.plain) a.plain[actor] = std::max(a.plain[actor], counter);
          break;
        case 2:
          a.vector.meet(b.vector);
          std::erase_if(a.plain, [&](const auto& e) { return !b.plain.contains(e.first); });
          for (auto& [actor, counter] : a.plain) counter = std::min(counter, b.plain.at(actor));
          break;
        case 3: a.vector.share(b.vector); break;
        default: change(random, actors, a); break;
      }
      require_alike(a);
      require_alike(b);
      REQUIRE(a.vector.covers(b.vector) == covers(a.plain, b.plain));
      REQUIRE(b.vector.covers(a.vector) == covers(b.plain, a.plain));
      REQUIRE((a.vector == b.vector) == (a.plain == b.plain));
      REQUIRE(hash.of(a.vector) == clock_hash(kKey, VersionVector(a.vector.entries())));
      const uint64_t actor = any_actor(random, actors);
      REQUIRE(a.vector.get(ActorId{actor}).value == (a.plain.contains(actor) ? a.plain[actor] : 0));

      Plain replayed = before.plain;
      std::optional<ActorId> last;
      VersionVector::differences(before.vector, a.vector, [&](ActorId at, Counter had, Counter has) {
        REQUIRE((!last || *last < at));
        last = at;
        REQUIRE(had != has);
        REQUIRE((before.plain.contains(at.value) ? before.plain.at(at.value) : 0) == had.value);
        replayed[at.value] = has.value;
        if (has.value == 0) replayed.erase(at.value);
      });
      REQUIRE(replayed == a.plain);
    }
  }
}

TEST_CASE("of entries in any order the greatest counters count, and no zeros", "[version_vector]") {
  const std::vector<VersionVector::Entry> entries{{{5}, {1}}, {{2}, {0}}, {{5}, {3}}, {{5}, {2}}, {{9}, {0}}};
  CHECK(plain(VersionVector(entries)) == Plain{{5, 3}});
}

// What a copy and a change cost is not seen in values, but in how much of it a comparison walks.
TEST_CASE("a changed copy differs from its original in what was changed, and shares the rest",
          "[version_vector]") {
  std::vector<VersionVector::Entry> entries;
  for (uint64_t i = 1; i <= 100'000; ++i) entries.push_back({{i * 0x9E3779B97F4A7C15ull}, {1}});
  const VersionVector whole(entries);
  VersionVector changed = whole;
  changed.raise({entries[500].actor, {2}});
  VersionVector read(changed.entries());  // as from a message: alike, and no memory in common
  read.share(whole);
  for (const VersionVector* other : {&changed, &read}) {
    size_t seen = 0;
    VersionVector::differences(whole, *other, [&](ActorId, Counter, Counter) { ++seen; });
    CHECK(seen == 1);
    CHECK(other->covers(whole));
    CHECK_FALSE(whole.covers(*other));
  }
}

}  // namespace
