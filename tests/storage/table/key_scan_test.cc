#include "storage/table/key_scan.h"

#include <algorithm>

#include "tests/storage/table/written_layers.h"

using namespace tutti;

namespace {

struct Pages {
  std::vector<std::string> keys;
  size_t count = 0;
};

// A scan from its beginning to its end while nothing is written.
Pages scan(const WrittenLayers& node, size_t page_keys, ByteView beginning = {}) {
  Pages pages;
  std::string from;
  do {
    const auto page = scan_page(node.layers, node.freezes, from, page_keys, beginning);
    REQUIRE(page);
    REQUIRE(page->keys.size() <= std::max<size_t>(page_keys, 1));
    pages.keys.insert(pages.keys.end(), page->keys.begin(), page->keys.end());
    REQUIRE(++pages.count < 10'000);
    from = page->next;
  } while (!from.empty());
  return pages;
}

std::vector<std::string> names(const std::set<std::string>& prefixes, ByteView beginning = {}) {
  std::vector<std::string> keys;
  for (const std::string& prefix : prefixes) {
    if (const std::string key = *unescape(prefix); key.starts_with(beginning)) keys.push_back(key);
  }
  std::ranges::sort(keys);
  return keys;
}

void set(WrittenLayers& node, ByteView key) {
  REQUIRE(node.write(
      node.operation(1, node.clock, {{Edit::Scope::kKey, key_prefix(key), value_payload("1"), {}}})));
}
void remove(WrittenLayers& node, ByteView key) {
  REQUIRE(node.write(node.operation(1, node.clock, {{Edit::Scope::kKey, key_prefix(key), {}, {}}})));
}

}  // namespace

TEST_CASE("while nothing is written a scan shows every live key once", "[key_scan]") {
  for (uint64_t seed = 1; seed <= 60; ++seed) {
    INFO("seed " << seed);
    WrittenLayers node(seed);
    for (int step = 0; step < 60; ++step) {
      node.step();
      const ByteView beginning =
          std::array<ByteView, 4>{"", "a", "ab", ByteView("a\0", 2)}[node.random() % 4];
      std::vector<std::string> keys = scan(node, node.random() % 4, beginning).keys;
      std::ranges::sort(keys);
      REQUIRE(keys == names(node.live_keys(), beginning));
    }
  }
}

TEST_CASE(
    "a key that lives throughout a scan is shown, whatever is written, frozen and merged between its pages",
    "[key_scan]") {
  for (uint64_t seed = 1; seed <= 300; ++seed) {
    INFO("seed " << seed);
    WrittenLayers node(seed);
    for (uint64_t steps = node.random() % 80; steps > 0; --steps) node.step();
    std::set<std::string> throughout = node.live_keys();
    std::set<std::string> shown;
    std::string from;
    for (int pages = 0;; ++pages) {
      // The tables grow no faster than pages are taken, at the end.
      const auto page = scan_page(node.layers, node.freezes, from, 1 + node.random() % 2, {});
      REQUIRE(page);
      for (const std::string& key : page->keys) {
        REQUIRE(node.live_keys().contains(key_prefix(key)));
        shown.insert(key_prefix(key));
      }
      from = page->next;
      if (from.empty()) break;
      for (uint64_t steps = pages < 100 ? node.random() % 4 : 0; steps > 0; --steps) {
        node.step();
        std::erase_if(throughout,
                      [&, live = node.live_keys()](const auto& key) { return !live.contains(key); });
      }
    }
    REQUIRE(std::ranges::includes(shown, throughout));
  }
}

TEST_CASE("a scan shows the current table's keys, then the previous one's, then the disk's in order",
          "[key_scan]") {
  WrittenLayers node;
  for (const char* key : {"z", "m", "b", "a"}) set(node, key);
  node.settle();
  for (const char* key : {"y", "m", "x"}) set(node, key);
  node.freeze();
  for (const char* key : {"x", "c", "b"}) set(node, key);
  const std::vector<std::string> order{"x", "c", "b", "y", "m", "a", "z"};
  for (size_t page_keys = 1; page_keys < 9; ++page_keys) CHECK(scan(node, page_keys).keys == order);
}

TEST_CASE("a page without room for a key takes one all the same", "[key_scan]") {
  WrittenLayers node;
  set(node, "a");
  set(node, "b");
  const auto page = scan_page(node.layers, 0, {}, 0, {});
  REQUIRE(page);
  CHECK(page->keys == std::vector<std::string>{"a"});
  CHECK_FALSE(page->next.empty());
}

TEST_CASE("a page gives up its turn before it has looked at all the dead", "[key_scan]") {
  WrittenLayers node;
  for (int i = 0; i < 2000; ++i) set(node, "dead" + std::to_string(i));
  set(node, "live");
  ByteView beginning;
  SECTION("dead in the table") {
    for (int i = 0; i < 2000; ++i) remove(node, "dead" + std::to_string(i));
  }
  SECTION("of another beginning, in the previous table") {
    node.freeze();
    beginning = "live";
  }
  const auto first = scan_page(node.layers, node.freezes, {}, 10, beginning);
  REQUIRE(first);
  CHECK(first->keys.empty());
  CHECK_FALSE(first->next.empty());
  CHECK(scan(node, 10, beginning).keys == std::vector<std::string>{"live"});
}

TEST_CASE("what everybody knows to be gone a scan steps over at once", "[key_scan]") {
  WrittenLayers node;
  std::vector<Edit> edits;
  for (int i = 0; i < 20'000; ++i)
    edits.push_back({Edit::Scope::kKey, key_prefix("k" + std::to_string(i)), value_payload("1"), {}});
  edits.push_back({Edit::Scope::kKey, key_prefix("z"), value_payload("1"), {}});
  REQUIRE(node.write(node.operation(1, node.clock, std::move(edits))));
  std::string erased;
  std::vector<std::string> left{"new"};
  SECTION("all that lies on disk") { node.settle(); }
  SECTION("all that the previous table holds") { node.freeze(); }
  SECTION("beneath a prefix, on disk") {
    node.settle();
    erased = "k";
    left = {"new", "z"};
  }
  REQUIRE(node.write(node.operation(1, node.clock, {{Edit::Scope::kPrefix, erased, {}, {}}})));
  set(node, "new");
  Pages pages = scan(node, 10);
  CHECK(pages.keys == left);
  CHECK(pages.count == 1);
  // Also once the erasure was merged.
  if (!node.layers.previous_merged) node.merge();
  node.freeze();
  node.merge();
  pages = scan(node, 10);
  CHECK(pages.keys == left);
  CHECK(pages.count == 1);
}

TEST_CASE("a key that lived through an erasure of all is shown, though the scan was on disk by then",
          "[key_scan]") {
  WrittenLayers node;
  for (const char* key : {"a", "b", "m", "z"}) set(node, key);
  node.settle();
  const auto first = scan_page(node.layers, node.freezes, {}, 1, {});
  REQUIRE(first);
  REQUIRE(first->keys == std::vector<std::string>{"a"});
  // Neither has seen the other: what the second erases the first one's write outlives.
  const VersionVector seen = node.clock;
  REQUIRE(
      node.write(node.operation(2, seen, {{Edit::Scope::kKey, key_prefix("m"), value_payload("2"), {}}})));
  REQUIRE(node.write(node.operation(1, seen, {{Edit::Scope::kPrefix, "", {}, {}}})));
  SECTION("in the current table") {}
  SECTION("in the previous table") { node.freeze(); }
  SECTION("merged") {
    node.freeze();
    node.merge();
  }
  SECTION("merged long since") {
    node.freeze();
    node.merge();
    node.freeze();
    node.merge();
  }
  const auto second = scan_page(node.layers, node.freezes, first->next, 10, {});
  REQUIRE(second);
  CHECK(second->keys == std::vector<std::string>{"m"});
  CHECK(second->next.empty());
}

TEST_CASE("what is no cursor of a scan is told so", "[key_scan]") {
  WrittenLayers node;
  for (const ByteView from :
       {ByteView("\x80"), ByteView("\1\7\1\1"), ByteView("\1\1\1"), ByteView("\xff\xff\xff\xff")}) {
    const auto page = scan_page(node.layers, 0, from, 10, {});
    REQUIRE_FALSE(page);
    CHECK(page.error().code == ErrorCode::kMalformed);
  }
}

TEST_CASE("an error of the disk ends a page, and the scan goes on from the same cursor", "[key_scan]") {
  WrittenLayers node;
  for (int i = 0; i < 20; ++i) set(node, "k" + std::to_string(i));
  node.settle();
  const auto first = scan_page(node.layers, node.freezes, {}, 5, {});
  REQUIRE(first);
  node.disk->fail_one(MemoryDisk::Operation::kRead, 3);
  const auto failed = scan_page(node.layers, node.freezes, first->next, 5, {});
  REQUIRE_FALSE(failed);
  CHECK(failed.error().code == ErrorCode::kIo);
  const auto again = scan_page(node.layers, node.freezes, first->next, 100, {});
  REQUIRE(again);
  CHECK(again->keys.size() == 15);
}
