#include "storage/table/key_cache.h"

#include <catch2/catch.hpp>
#include <map>
#include <random>

using namespace tutti;

namespace {

const HashKey kKey{};

std::string key(uint64_t i) { return "key" + std::to_string(i); }

std::string image_of(const std::map<std::string, std::string>& rows) {
  std::string image;
  for (const auto& [suffix, bytes] : rows) KeyImage::put(image, suffix, bytes);
  return image;
}

}  // namespace

TEST_CASE("an image finds its rows, and says nothing of others", "[key_image]") {
  const std::string image = image_of({{"ha", "1"}, {"hb", "22"}, {"r", "333"}});
  CHECK(KeyImage::find(image, "ha") == "1");
  CHECK(KeyImage::find(image, "r") == "333");
  CHECK(KeyImage::find(image, "h").empty());
  CHECK(KeyImage::find("", "r").empty());
}

TEST_CASE("an image after changes is as a map after the same", "[key_image]") {
  std::mt19937_64 random(7);
  std::map<std::string, std::string> rows;
  std::string image;
  for (int round = 0; round < 2000; ++round) {
    std::map<std::string, std::string> changed;
    for (uint64_t i = random() % 4; i > 0; --i) {
      changed["h" + std::to_string(random() % 20)] =
          random() % 3 == 0 ? "" : std::string(random() % 9 + 1, 'x');
    }
    std::vector<KeyImage::Change> changes;
    for (const auto& [suffix, bytes] : changed) {
      changes.push_back({suffix, bytes});
      if (bytes.empty()) {
        rows.erase(suffix);
      } else {
        rows[suffix] = bytes;
      }
    }
    image = KeyImage::with(image, changes).value();
    REQUIRE(image == image_of(rows));
  }
}

TEST_CASE("an image that outgrows its bounds is none", "[key_image]") {
  std::string image;
  for (size_t i = 0; i < KeyImage::kRowsMax; ++i) KeyImage::put(image, "h" + std::to_string(1000 + i), "x");
  CHECK(KeyImage::with(image, {}).has_value());
  const std::vector<KeyImage::Change> one_more{{"h9999", "x"}};
  CHECK_FALSE(KeyImage::with(image, one_more).has_value());
  const std::vector<KeyImage::Change> too_long{{"h1000", std::string(KeyImage::kBytesMax, 'x')}};
  CHECK_FALSE(KeyImage::with("", too_long).has_value());
}

TEST_CASE("a cache gives what was put, and stays within its bound", "[key_cache]") {
  constexpr uint64_t kBytesMax = 64u << 10;
  KeyCache cache(kKey, kBytesMax);
  std::mt19937_64 random(11);
  std::map<std::string, std::string> truth;
  size_t hits = 0;
  for (int i = 0; i < 50'000; ++i) {
    const std::string name = key(random() % 3000);
    std::string image;
    if (cache.get(name, image)) {
      ++hits;
      REQUIRE(image == truth[name]);
    } else {
      image = image_of({{"r", std::string(random() % 40 + 1, 'v')}});
      truth[name] = image;
      cache.put(name, image, cache.epoch());
    }
    REQUIRE(cache.bytes() <= kBytesMax);
  }
  CHECK(hits > 0);
}

TEST_CASE("what is read often stays, what is read once goes", "[key_cache]") {
  KeyCache cache(kKey, 256u << 10);
  const std::string image = image_of({{"r", "value"}});
  for (uint64_t i = 0; i < 100; ++i) cache.put(key(i), image, cache.epoch());
  std::string out;
  for (uint64_t i = 1000; i < 50'000; ++i) {
    cache.put(key(i), image, cache.epoch());
    if (i % 10 == 0) {
      for (uint64_t often = 0; often < 100; ++often) cache.get(key(often), out);
    }
  }
  size_t kept = 0;
  for (uint64_t i = 0; i < 100; ++i) kept += cache.holds(key(i));
  CHECK(kept >= 95);
}

TEST_CASE("an offer takes room that is there and pushes nothing out", "[key_cache]") {
  KeyCache cache(kKey, 64u << 10);
  const std::string image = image_of({{"r", "value"}});
  uint64_t taken = 0;
  while (cache.offer(key(taken), image, cache.epoch())) ++taken;
  REQUIRE(taken > 10);
  for (uint64_t i = 0; i < 1000; ++i) cache.offer(key(10'000 + i), image, cache.epoch());
  for (uint64_t i = 0; i < taken; ++i) CHECK(cache.holds(key(i)));
}

TEST_CASE("an image read before a merge began is not put after it", "[key_cache]") {
  KeyCache cache(kKey, 64u << 10);
  const uint64_t before = cache.epoch();
  cache.begin_merge();
  cache.put("k", image_of({{"r", "old"}}), before);
  CHECK_FALSE(cache.holds("k"));
  CHECK_FALSE(cache.offer("k", image_of({{"r", "old"}}), before));
  CHECK_FALSE(cache.holds("k"));
  cache.put("k", image_of({{"r", "new"}}), cache.epoch());
  CHECK(cache.holds("k"));
}

TEST_CASE("a merge changes the images that are there and brings in none", "[key_cache]") {
  KeyCache cache(kKey, 64u << 10);
  cache.put("k", image_of({{"ha", "1"}, {"r", "2"}}), cache.epoch());
  KeyChanges changes;
  changes.add("ha", true, "");
  changes.add("hb", false, "3");
  cache.change("k", changes);
  cache.change("other", changes);
  std::string image;
  REQUIRE(cache.get("k", image));
  CHECK(image == image_of({{"hb", "3"}, {"r", "2"}}));
  CHECK_FALSE(cache.holds("other"));
}

TEST_CASE("an image that a merge makes too large goes", "[key_cache]") {
  KeyCache cache(kKey, 4u << 20);
  cache.put("k", image_of({{"ha", "1"}}), cache.epoch());
  KeyChanges changes;
  changes.add("hb", false, std::string(KeyImage::kBytesMax, 'x'));
  cache.change("k", changes);
  CHECK_FALSE(cache.holds("k"));
  CHECK(cache.bytes() == 0);
}

TEST_CASE("of an image that gets too many rows the counts stay, until there are few again", "[key_cache]") {
  KeyCache cache(kKey, 4u << 20);
  cache.put("k", image_of({{"ha", "1"}, {"sa", "1"}, {"t", "1"}}), cache.epoch());
  KeyChanges many;
  for (size_t i = 0; i < 1000; ++i) many.add("hb" + std::to_string(10'000 + i), false, "x");
  CHECK(many.rows().size() <= 2 * KeyImage::kRowsMax);
  cache.begin_merge();
  cache.change("k", many);
  std::string image;
  CHECK_FALSE(cache.get("k", image));
  REQUIRE(cache.counts("k"));
  CHECK(cache.counts("k")->rows == RowCounts{1001, 0, 1});
  CHECK(cache.counts("k")->changed_in == cache.epoch());

  KeyChanges fewer;
  fewer.add("hb10000", true, "");
  fewer.add("hb10001", true, "y");
  fewer.add("sb", false, "y");
  cache.begin_merge();
  CHECK(cache.counts("k")->changed_in != cache.epoch());
  cache.change("k", fewer);
  CHECK(cache.counts("k")->rows == RowCounts{1000, 0, 2});

  KeyChanges few;
  for (size_t i = 0; i < 900; ++i) few.add("hb" + std::to_string(10'100 + i), true, "");
  cache.change("k", few);
  CHECK_FALSE(cache.holds("k"));
  CHECK(cache.bytes() == 0);
}

TEST_CASE("counts are put as images are, of large keys alone", "[key_cache]") {
  KeyCache cache(kKey, 4u << 20);
  cache.put_counts("small", {static_cast<int64_t>(KeyImage::kRowsMax), 0}, cache.epoch());
  CHECK_FALSE(cache.holds("small"));
  cache.put("image", image_of({{"r", "1"}}), cache.epoch());
  cache.put_counts("image", {1000, 0}, cache.epoch());
  CHECK_FALSE(cache.counts("image"));
  CHECK(cache.offer_counts("large", {0, 0, 1000}, cache.epoch()));
  REQUIRE(cache.counts("large"));
  CHECK(cache.counts("large")->rows == RowCounts{0, 0, 1000});
  const uint64_t before = cache.epoch();
  cache.begin_merge();
  cache.put_counts("late", {1000, 0}, before);
  CHECK_FALSE(cache.holds("late"));
}

TEST_CASE("a cache of no bytes keeps nothing", "[key_cache]") {
  KeyCache cache(kKey, 0);
  cache.put("k", image_of({{"r", "1"}}), cache.epoch());
  std::string image;
  CHECK_FALSE(cache.get("k", image));
  CHECK(cache.bytes() == 0);
}
