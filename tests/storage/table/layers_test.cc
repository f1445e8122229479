#include "storage/table/layers.h"

#include <catch2/catch.hpp>
#include <map>
#include <random>
#include <set>

#include "storage/model/payload.h"
#include "storage/store/memory_store.h"
#include "storage/table/key_rows.h"

using namespace tutti;

namespace {

constexpr HashKey kKey{3, 1, 4};
using Dots = std::map<Dot, std::string>;  // live dots and their payloads

std::string encoded(const Dots& dots) {
  Lives lives;
  for (const auto& [dot, payload] : dots) lives.push_back({dot, Hlc{1}, Counter{0}, payload});
  std::string bytes;
  encode_row(lives, bytes);
  return bytes;
}

// Three layers by their definition: a level is what was said in it, and a row is found by going down.
struct LayersModel {
  struct Said {
    std::map<std::string, Dots> touched;  // by row key
    std::set<std::string> complete;       // key prefixes
    std::vector<std::pair<std::string, Operation>> key_erasures, range_erasures;
    std::vector<std::string> total;  // prefixes of which nothing untouched is left
  };
  std::array<Said, 2> tables;
  std::map<std::string, Dots> disk;

  static Dots less(Dots dots, const std::string& key,
                   const std::vector<std::pair<std::string, Operation>>& by) {
    for (const auto& erasure : by) {
      if (!key.starts_with(erasure.first)) continue;
      std::erase_if(dots, [&erasure](const auto& live) { return erasure.second.past_covers(live.first); });
    }
    return dots;
  }
  // What lies below a level, less what its ranges erase.
  Dots below(unsigned level, const std::string& key, const std::string& suffix) const {
    for (const std::string& prefix : tables[level].total) {
      if (key.starts_with(prefix)) return {};
    }
    return less(row(level + 1, key, suffix), key, tables[level].range_erasures);
  }
  Dots row(unsigned level, const std::string& key, const std::string& suffix) const {
    const auto& touched = level == Layers::kDisk ? disk : tables[level].touched;
    if (const auto at = touched.find(key + suffix); at != touched.end()) return at->second;
    if (level == Layers::kDisk || tables[level].complete.contains(key)) return {};
    return less(below(level, key, suffix), key, tables[level].key_erasures);
  }
};

// The layers and their model, filled with the same random edits.
struct LayersPair {
  std::shared_ptr<MemoryDisk> memory = std::make_shared<MemoryDisk>();
  MemoryStore store{memory};
  Layers layers;
  LayersModel model;
  std::mt19937_64 random;
  const std::vector<std::string> keys{key_prefix("a"), key_prefix("ab"), key_prefix("b"),
                                      key_prefix(ByteView("a\0x", 3)), key_prefix("")};
  const std::vector<std::string> suffixes{"hf", "hg", "r", std::string("s\0", 2), "t"};
  const std::vector<std::string> prefixes{"", "a", "ab", "b", "never"};

  explicit LayersPair(uint64_t seed) : random(seed) {
    layers.tables = {std::make_shared<Table>(kKey), std::make_shared<Table>(kKey)};
    layers.previous_merged = false;
    for (const auto& key : keys) {
      for (const auto& suffix : suffixes) {
        if (const Dots dots = any_dots(); !dots.empty()) model.disk[key + suffix] = dots;
      }
    }
    put_disk();
    for (const auto level : {Layers::kPrevious, Layers::kCurrent}) {
      for (uint64_t edits = random() % 12; edits > 0; --edits) edit(level);
    }
  }

  // The rows on disk are the model's.
  void put_disk() {
    std::map<std::string, std::string> changes;
    for (const auto& key : keys) {
      for (const auto& suffix : suffixes) changes[key + suffix];
    }
    for (const auto& [row_key, dots] : model.disk) changes[row_key] = encoded(dots);
    auto out = store.begin_merge();
    REQUIRE(out);
    for (const auto& [row_key, bytes] : changes)
      REQUIRE((bytes.empty() ? (*out)->remove(row_key) : (*out)->put(row_key, bytes)));
    REQUIRE((*out)->commit(Position{0}, {}));
    layers.disk = store.rows();
  }
  // The disk holds all that the previous table says.
  void merge_previous() {
    std::map<std::string, Dots> merged;
    for (const auto& key : keys) {
      for (const auto& suffix : suffixes) {
        if (Dots dots = model.row(Layers::kPrevious, key, suffix); !dots.empty()) merged[key + suffix] = dots;
      }
    }
    model.disk = std::move(merged);
    put_disk();
    layers.previous_merged = true;
  }

  void edit(Layers::Level level) {
    Table& table = *layers.tables[level];
    auto& said = model.tables[level];
    const std::string& key = keys[random() % keys.size()];
    const std::string& suffix = suffixes[random() % suffixes.size()];
    switch (random() % 8) {
      case 0:
        table.make_complete(table.touch(key));
        said.complete.insert(key);
        break;
      case 1:
      case 2:
        said.key_erasures.emplace_back(key, any_operation());
        table.erase_untouched(table.touch(key), said.key_erasures.back().second);
        break;
      case 3: {
        const std::string& prefix = prefixes[random() % prefixes.size()];
        const Operation op = any_operation();
        const bool total = random() % 6 == 0;
        table.add_range(prefix, op, total);
        if (total) said.total.push_back(prefix);
        said.range_erasures.emplace_back(prefix, op);
        break;
      }
      default: {
        const Dots dots = any_dots();
        table.write(table.touch(key), suffix, encoded(dots));
        said.touched[key + suffix] = dots;
      }
    }
  }

  // Odd counters: no row that an operation left untouched holds its dot.
  Dots any_dots() {
    Dots dots;
    for (uint64_t left = random() % 4; left > 0; --left) {
      const Dot dot{ActorId{1 + random() % 3}, Counter{1 + 2 * (random() % 10)}};
      dots[dot] = value_payload("v" + std::to_string(++values_) + std::string(random() % 20, '.'));
    }
    return dots;
  }
  Operation any_operation() {
    const uint64_t actor = 1 + random() % 3;
    VersionVector past;
    for (uint64_t other = 1; other <= 3; ++other) {
      if (other != actor) past.raise({ActorId{other}, Counter{random() % 25}});
    }
    const Dot dot{ActorId{actor}, Counter{2 + 2 * (random() % 10)}};
    return {dot, Hlc{1}, std::make_shared<const VersionVector>(std::move(past)), {}};
  }

  void expect_same_rows(const std::set<unsigned>& levels = {0, 1, 2}) const {
    std::string buffer;
    for (const unsigned level : levels) {
      for (const auto& key : keys) {
        for (const auto& suffix : suffixes) {
          const auto row = layers.row(static_cast<Layers::Level>(level), key, suffix, buffer);
          REQUIRE(row);
          REQUIRE(*row == encoded(model.row(level, key, suffix)));
        }
      }
    }
  }
  // The live rows of a key, and whether there are any, here and below.
  void expect_same_keys(const std::set<unsigned>& levels = {0, 1, 2}) const {
    KeyReader reader;  // one for all
    for (const unsigned number : levels) {
      const auto level = static_cast<Layers::Level>(number);
      for (const auto& key : keys) {
        std::map<std::string, std::string> live, below;
        for (const auto& suffix : suffixes) {
          if (const auto dots = model.row(level, key, suffix); !dots.empty()) live[suffix] = encoded(dots);
          if (level != Layers::kDisk && !model.below(level, key, suffix).empty()) below[suffix];
        }
        REQUIRE(layers.key_lives(level, key, reader).value() == !live.empty());
        const bool merged_below = level == Layers::kPrevious && layers.previous_merged;
        if (level != Layers::kDisk && !merged_below)
          REQUIRE(layers.key_lives_below(level, key, reader).value() == !below.empty());
        KeyRows rows(layers, level, key, reader);
        for (const auto& [suffix, bytes] : live) {
          REQUIRE(rows.next().value());
          REQUIRE(rows.suffix() == suffix);
          REQUIRE(rows.bytes() == bytes);
        }
        REQUIRE_FALSE(rows.next().value());
      }
    }
  }

 private:
  uint64_t values_ = 0;
};

// One key with a register row on disk.
struct OneRow : LayersPair {
  const std::string key = key_prefix("one");
  const std::string old = encoded({{{ActorId{1}, Counter{1}}, value_payload("old")}});
  std::string buffer;

  OneRow() : LayersPair(0) {
    layers.tables = {std::make_shared<Table>(kKey), std::make_shared<Table>(kKey)};
    put(old);
  }
  void put(ByteView bytes) {
    auto out = store.begin_merge();
    REQUIRE(out);
    REQUIRE((*out)->put(key + "r", bytes));
    REQUIRE((*out)->commit(Position{0}, {}));
    layers.disk = store.rows();
  }
  Operation erasing(uint64_t counter) const {
    VersionVector past;
    past.raise({ActorId{1}, Counter{counter}});
    return {{ActorId{2}, Counter{1}}, Hlc{1}, std::make_shared<const VersionVector>(past), {}};
  }
  Result<ByteView> row() { return layers.row(Layers::kCurrent, key, kRegisterSuffix, buffer); }
};

}  // namespace

TEST_CASE("a row is what the uppermost layer that touched it says, less what those above erased",
          "[layers]") {
  for (uint64_t seed = 1; seed <= 400; ++seed) {
    INFO("seed " << seed);
    LayersPair(seed).expect_same_rows();
  }
}

TEST_CASE("the live rows of a key come in order, each as it is by itself", "[layers]") {
  for (uint64_t seed = 1; seed <= 400; ++seed) {
    INFO("seed " << seed);
    LayersPair(seed).expect_same_keys();
  }
}

TEST_CASE("once the previous table is merged, the rows are what they were", "[layers]") {
  for (uint64_t seed = 1; seed <= 400; ++seed) {
    INFO("seed " << seed);
    LayersPair pair(seed);
    pair.merge_previous();
    pair.expect_same_rows();
    pair.expect_same_keys();
    // The current table fills on.
    for (int edits = 0; edits < 10; ++edits) pair.edit(Layers::kCurrent);
    pair.expect_same_rows();
    pair.expect_same_keys();
  }
}

TEST_CASE("a key that nobody touched has no rows", "[layers]") {
  OneRow one;
  KeyReader reader;
  const std::string other = key_prefix("on");
  for (const auto level : {Layers::kCurrent, Layers::kPrevious, Layers::kDisk}) {
    CHECK(one.layers.row(level, other, kRegisterSuffix, one.buffer).value().empty());
    CHECK_FALSE(one.layers.key_lives(level, other, reader).value());
  }
}

TEST_CASE("what a table says is known without the disk", "[layers]") {
  OneRow one;
  Table& table = one.layers.current();
  KeyReader reader;
  one.memory->fail_one(MemoryDisk::Operation::kRead);
  SECTION("a touched row") {
    table.write(table.touch(one.key), kRegisterSuffix, "as written");
    CHECK(one.row().value() == "as written");
  }
  SECTION("a complete key") {
    table.make_complete(table.touch(one.key));
    CHECK(one.row().value().empty());
    CHECK_FALSE(one.layers.key_lives(Layers::kCurrent, one.key, reader).value());
  }
  SECTION("everything under a prefix") {
    table.add_range("on", one.erasing(1), true);
    CHECK(one.row().value().empty());
    CHECK_FALSE(one.layers.key_lives_below(Layers::kCurrent, one.key, reader).value());
  }
  CHECK(one.memory->failing());  // nothing was read
}

TEST_CASE("an error of the disk comes through every way of reading", "[layers]") {
  OneRow one;
  KeyReader reader;
  const auto failing = [&] { one.memory->fail_one(MemoryDisk::Operation::kRead); };
  failing();
  CHECK(one.row().error().code == ErrorCode::kIo);
  failing();
  CHECK(one.layers.key_lives(Layers::kCurrent, one.key, reader).error().code == ErrorCode::kIo);
  failing();
  CHECK(one.layers.key_lives_below(Layers::kPrevious, one.key, reader).error().code == ErrorCode::kIo);
  CHECK(one.row().value() == one.old);
}

TEST_CASE("a row on disk that is none is found where something must be taken from it, and its key named",
          "[layers]") {
  OneRow one;
  one.put("no row");
  one.layers.current().erase_untouched(one.layers.current().touch(one.key), one.erasing(1));
  KeyReader reader;
  const auto row = one.row();
  REQUIRE_FALSE(row);
  CHECK(row.error().code == ErrorCode::kCorrupt);
  CHECK(row.error().message.find("'one'") != std::string::npos);
  CHECK(one.layers.key_lives(Layers::kCurrent, one.key, reader).error().code == ErrorCode::kCorrupt);
}

TEST_CASE("what is erased from bytes may lie in the buffer that the rest goes into", "[layers]") {
  OneRow one;
  Table table(kKey);
  table.add_range("on", one.erasing(1), false);
  const std::string newer = encoded({{{ActorId{1}, Counter{2}}, value_payload("newer")}});
  const Dots both{{{ActorId{1}, Counter{1}}, value_payload("old")},
                  {{ActorId{1}, Counter{2}}, value_payload("newer")}};
  std::string buffer = encoded(both);
  CHECK(erased(table, nullptr, one.key, buffer, buffer).value() == newer);
  CHECK(buffer == newer);
  // Of this, and of another key's row, nothing is taken.
  CHECK(erased(table, nullptr, one.key, newer, buffer).value() == newer);
  CHECK(erased(table, nullptr, key_prefix("two"), one.old, buffer).value() == one.old);
  CHECK(erased(table, nullptr, one.key, one.old, buffer).value().empty());
}
