#pragma once

#include <catch2/catch.hpp>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "storage/store/store.h"

namespace tutti {

// The contract of storage/store/store.h, call by call, for every kind of Store. A store's own test gives the functions
// that make an empty store, and that close one and open it again.
struct StoreConformance {
  using Fresh = std::function<std::unique_ptr<Store>()>;
  using Reopen = std::function<std::unique_ptr<Store>(std::unique_ptr<Store>)>;
  using Rows = std::map<std::string, std::string>;

  Fresh fresh;
  Reopen reopen;

  // A row key as users can make them: none begins with 00 00.
  static std::string row(int number) {
    std::string digits = std::to_string(number);
    return "key" + std::string(6 - digits.size(), '0') + digits;
  }
  static std::string record(uint64_t position) {
    return "record " + std::to_string(position) + std::string(position % 50, '.');
  }

  static void append_upto(Store& store, uint64_t last) {
    while (store.last_position().value < last) {
      const Position next{store.last_position().value + 1};
      REQUIRE(store.append(next, record(next.value)));
    }
  }
  static std::vector<uint64_t> positions_from(Store& store, uint64_t from) {
    std::vector<uint64_t> out;
    auto cursor = store.read_log({from});
    REQUIRE(cursor);
    while ((*cursor)->valid()) {
      CHECK((*cursor)->record() == record((*cursor)->position().value));
      out.push_back((*cursor)->position().value);
      REQUIRE((*cursor)->next());
    }
    return out;
  }
  static std::vector<uint64_t> range(uint64_t first, uint64_t last) {
    std::vector<uint64_t> out;
    while (first <= last) out.push_back(first++);
    return out;
  }
  static void merge(Store& store, const Rows& puts, const std::vector<std::string>& removes, Position upto,
                    ByteView marker) {
    auto merge = store.begin_merge();
    REQUIRE(merge);
    std::map<std::string, const std::string*> all;
    for (const auto& key : removes) all[key] = nullptr;
    for (const auto& [key, value] : puts) all[key] = &value;
    for (const auto& [key, value] : all)
      REQUIRE((value ? (*merge)->put(key, *value) : (*merge)->remove(key)));
    REQUIRE((*merge)->commit(upto, marker));
  }
  static Rows all_rows(const RowsSnapshot& snapshot) {
    Rows out;
    auto cursor = snapshot.cursor();
    REQUIRE(cursor->seek({}));
    while (cursor->valid()) {
      CHECK((out.empty() || out.rbegin()->first < cursor->key()));
      out.emplace(cursor->key(), cursor->value());
      REQUIRE(cursor->next());
    }
    return out;
  }

  void an_empty_store_has_nothing() const {
    auto store = fresh();
    CHECK(store->last_position() == Position{0});
    CHECK(positions_from(*store, 1).empty());
    CHECK(store->rows()->marker().empty());
    CHECK(all_rows(*store->rows()).empty());
    CHECK(store->meta_get("name").value() == std::nullopt);
    CHECK(store->sync());
    store = reopen(std::move(store));
    CHECK(store->last_position() == Position{0});
  }

  void the_log_keeps_what_was_appended_in_order() const {
    auto store = fresh();
    append_upto(*store, 300);
    REQUIRE(store->sync());
    CHECK(store->last_position() == Position{300});
    CHECK(store->log_bytes() > 0);
    for (int opened = 0; opened < 2; ++opened) {
      CHECK(positions_from(*store, 0) == range(1, 300));
      CHECK(positions_from(*store, 1) == range(1, 300));
      CHECK(positions_from(*store, 300) == range(300, 300));
      CHECK(positions_from(*store, 301).empty());
      store = reopen(std::move(store));
      CHECK(store->last_position() == Position{300});
    }
    append_upto(*store, 310);
    CHECK(positions_from(*store, 255) == range(255, 310));
  }

  void records_may_be_empty_or_hold_any_byte() const {
    auto store = fresh();
    std::string any;
    for (int i = 0; i < 100000; ++i) any.push_back(static_cast<char>(i * 7));
    REQUIRE(store->append({1}, {}));
    REQUIRE(store->append({2}, any));
    auto cursor = store->read_log({1});
    REQUIRE(cursor);
    CHECK((*cursor)->record().empty());
    REQUIRE((*cursor)->next());
    CHECK((*cursor)->record() == any);
  }

  void a_cut_gives_up_the_beginning_for_good() const {
    auto store = fresh();
    append_upto(*store, 200);
    merge(*store, {{row(1), "a"}}, {}, {200}, "m");
    {
      auto reader = store->read_log({10});  // begun before the cut: reads on
      REQUIRE(reader);
      REQUIRE(store->cut_log({150}));
      REQUIRE(store->cut_log({100}));  // behind the last cut: nothing
      for (uint64_t at = 10; at <= 200; ++at) {
        REQUIRE((*reader)->valid());
        CHECK((*reader)->record() == record(at));
        REQUIRE((*reader)->next());
      }
    }
    for (int opened = 0; opened < 2; ++opened) {
      const auto held = positions_from(*store, 0);
      REQUIRE_FALSE(held.empty());
      CHECK(held.front() <= 150);  // some before may still be there
      CHECK(held == range(held.front(), 200));
      store = reopen(std::move(store));
    }
    REQUIRE(store->cut_log({201}));  // all of it
    store = reopen(std::move(store));
    CHECK(store->last_position() == Position{200});
    append_upto(*store, 205);
    const auto held = positions_from(*store, 201);
    CHECK(held == range(201, 205));
  }

  void a_merge_shows_rows_and_marker_at_once() const {
    auto store = fresh();
    append_upto(*store, 10);
    Rows model;
    for (int i = 0; i < 500; ++i) model[row(i * 2)] = "value " + std::to_string(i);
    {
      auto merge = store->begin_merge();
      REQUIRE(merge);
      for (const auto& [key, value] : model) REQUIRE((*merge)->put(key, value));
      CHECK(all_rows(*store->rows()).empty());
      CHECK(store->rows()->marker().empty());
      REQUIRE((*merge)->commit({10}, "as of 10"));
    }
    CHECK(all_rows(*store->rows()) == model);
    CHECK(store->rows()->marker() == "as of 10");

    append_upto(*store, 20);
    const Rows second{{row(3), "new"}, {row(4), "over"}, {row(2000), {}}};
    merge(*store, second, {row(0), row(6), row(7)}, {20}, "as of 20");
    for (const auto& [key, value] : second) model[key] = value;
    model.erase(row(0));
    model.erase(row(6));
    for (int opened = 0; opened < 2; ++opened) {
      CHECK(all_rows(*store->rows()) == model);
      CHECK(store->rows()->marker() == "as of 20");
      store = reopen(std::move(store));
    }
  }

  void a_merge_of_nothing_moves_the_marker() const {
    auto store = fresh();
    append_upto(*store, 5);
    merge(*store, {{row(1), "one"}}, {}, {3}, "three");
    merge(*store, {}, {}, {5}, "five");
    CHECK(store->rows()->marker() == "five");
    CHECK(all_rows(*store->rows()) == Rows{{row(1), "one"}});
    merge(*store, {}, {row(1)}, {5}, {});
    store = reopen(std::move(store));
    CHECK(store->rows()->marker().empty());
    CHECK(all_rows(*store->rows()).empty());
  }

  void an_abandoned_merge_leaves_no_trace() const {
    auto store = fresh();
    append_upto(*store, 5);
    {
      auto merge = store->begin_merge();
      REQUIRE(merge);
      REQUIRE((*merge)->put(row(1), "never"));
    }
    CHECK(all_rows(*store->rows()).empty());
    merge(*store, {{row(2), "kept"}}, {}, {5}, "five");
    store = reopen(std::move(store));
    CHECK(all_rows(*store->rows()) == Rows{{row(2), "kept"}});
  }

  void a_snapshot_stays_as_it_was() const {
    auto store = fresh();
    append_upto(*store, 3);
    merge(*store, {{row(1), "old"}, {row(2), "old"}}, {}, {1}, "one");
    const auto snapshot = store->rows();
    auto cursor = snapshot->cursor();
    REQUIRE(cursor->seek(row(1)));
    merge(*store, {{row(1), "new"}, {row(3), "new"}}, {row(2)}, {2}, "two");
    merge(*store, {{row(1), "newer"}}, {}, {3}, "three");
    CHECK(all_rows(*snapshot) == Rows{{row(1), "old"}, {row(2), "old"}});
    CHECK(snapshot->marker() == "one");
    std::string value;
    CHECK(snapshot->get(row(2), value).value());
    CHECK(value == "old");
    CHECK_FALSE(snapshot->get(row(3), value).value());
    CHECK(cursor->value() == "old");
    REQUIRE(cursor->next());
    REQUIRE(cursor->valid());
    CHECK(cursor->key() == row(2));
    CHECK(all_rows(*store->rows()) == Rows{{row(1), "newer"}, {row(3), "new"}});
  }

  void a_cursor_goes_where_it_is_told() const {
    auto store = fresh();
    append_upto(*store, 1);
    Rows model;
    for (int i = 0; i < 1000; ++i) model[row(i * 3)] = std::to_string(i);
    model[std::string("\x00\x01", 2)] = "the least key of all";
    model["\xff\xff"] = "a great one";
    merge(*store, model, {}, {1}, "m");
    const auto snapshot = store->rows();
    auto cursor = snapshot->cursor();
    uint64_t state = 1;
    for (int i = 0; i < 3000; ++i) {
      // Near and far, forward and back.
      state = state * 6364136223846793005ull + 1442695040888963407ull;
      const int base = i % 4 == 0 ? static_cast<int>(state >> 33) % 3100 : (i * 5) % 3000;
      const std::string target = i % 97 == 0 ? std::string() : i % 101 == 0 ? "\xff\xff\xff" : row(base);
      REQUIRE(cursor->seek(target));
      const auto expected = model.lower_bound(target);
      REQUIRE(cursor->valid() == (expected != model.end()));
      if (!cursor->valid()) continue;
      CHECK(cursor->key() == expected->first);
      CHECK(cursor->value() == expected->second);
    }
    std::string value;
    CHECK(snapshot->get(std::string("\x00\x01", 2), value).value());
    CHECK(value == "the least key of all");
    CHECK_FALSE(snapshot->get(row(1), value).value());
  }

  // A row of a user's key, as row_key.h makes it.
  static std::string key_row(int key, ByteView suffix) {
    std::string out = row(key);
    out.append("\0\1", 2).append(suffix);
    return out;
  }
  // All that a key cursor shows of a key, from `suffix` on.
  static Rows rows_of_key(RowCursor& cursor, int key, ByteView suffix = {}) {
    Rows out;
    REQUIRE(cursor.seek(key_row(key, suffix)));
    while (cursor.valid()) {
      CHECK((out.empty() || out.rbegin()->first < cursor.key()));
      out.emplace(cursor.key(), cursor.value());
      REQUIRE(cursor.next());
    }
    return out;
  }

  void a_key_cursor_stays_within_a_key() const {
    auto store = fresh();
    append_upto(*store, 4);
    Rows model;
    // In four merges, so that a key's rows lie in several files; with rows removed and overwritten. Every key
    // that is a multiple of 7 has none, those of 11 have no row any more.
    for (uint64_t round = 1; round <= 4; ++round) {
      Rows puts;
      std::vector<std::string> removes;
      for (int key = 0; key < 500; ++key) {
        if (key % 7 == 0) continue;
        for (int field = 0; field < key % 4 + 1; ++field) {
          const std::string at = key_row(key, "h" + std::to_string((field + round) % 6));
          if (key % 11 == 0 || (key + field + round) % 5 == 0) {
            removes.push_back(at);
          } else {
            puts[at] = std::to_string(round * 1000 + static_cast<uint64_t>(field));
          }
        }
      }
      merge(*store, puts, removes, {round}, "m");
      for (const auto& [at, value] : puts) model[at] = value;
      for (const auto& at : removes) model.erase(at);
    }
    std::vector<std::string> gone;
    for (const auto& [at, value] : model) {
      if (std::stoi(at.substr(3, 6)) % 11 == 0) gone.push_back(at);
    }
    merge(*store, {}, gone, {4}, "m");
    for (const auto& at : gone) model.erase(at);
    for (int opened = 0; opened < 2; ++opened) {
      if (opened > 0) store = reopen(std::move(store));
      CHECK(all_rows(*store->rows()) == model);
      const auto cursor = store->rows()->key_cursor();
      for (int i = 0; i < 1500; ++i) {
        const int key = i < 500 ? i : (i * 7919) % 520;  // one after the other, then to and fro
        const std::string suffix = i < 1000 ? "" : "h" + std::to_string(i % 7);
        const auto begin = model.lower_bound(key_row(key, suffix));
        const auto end = model.lower_bound(key_row(key, "\xff"));
        REQUIRE(rows_of_key(*cursor, key, suffix) == (begin == model.end() ? Rows{} : Rows(begin, end)));
      }
    }
  }

  void a_key_cursor_shows_its_snapshot() const {
    auto store = fresh();
    append_upto(*store, 2);
    merge(*store, {{key_row(1, "r"), "old"}, {key_row(2, "r"), "two"}}, {}, {1}, "one");
    const auto snapshot = store->rows();
    const auto before = snapshot->key_cursor();
    CHECK(rows_of_key(*before, 2) == Rows{{key_row(2, "r"), "two"}});
    merge(*store, {{key_row(1, "r"), "new"}, {key_row(3, "r"), "new"}}, {key_row(2, "r")}, {2}, "two");
    const auto after = snapshot->key_cursor();  // of the same snapshot, though made after the merge
    for (const auto& cursor : {before.get(), after.get()}) {
      CHECK(rows_of_key(*cursor, 1) == Rows{{key_row(1, "r"), "old"}});
      CHECK(rows_of_key(*cursor, 2) == Rows{{key_row(2, "r"), "two"}});
      CHECK(rows_of_key(*cursor, 3).empty());
    }
    const auto newest = store->rows()->key_cursor();
    CHECK(rows_of_key(*newest, 1) == Rows{{key_row(1, "r"), "new"}});
    CHECK(rows_of_key(*newest, 2).empty());
  }

  // With Tier::kMemory every answer is the right one or kUnavailable; what was read with Tier::kAny is there.
  void a_read_of_memory_is_right_or_says_that_it_cannot_tell() const {
    auto store = fresh();
    append_upto(*store, 1);
    Rows model;
    for (int key = 0; key < 300; key += 2) model[key_row(key, "r")] = "value " + std::to_string(key);
    merge(*store, model, {}, {1}, "m");
    store = reopen(std::move(store));
    const auto snapshot = store->rows();
    const auto cursor = snapshot->key_cursor(Tier::kMemory);
    const auto check_all = [&](bool all_there) {
      for (int key = 0; key < 300; ++key) {
        const std::string at = key_row(key, "r");
        std::string value;
        const auto got = snapshot->get(at, value, Tier::kMemory);
        if (!got) CHECK((!all_there && got.error().code == ErrorCode::kUnavailable));
        if (got) CHECK((*got ? model.contains(at) && model[at] == value : !model.contains(at)));
        const auto sought = cursor->seek(at);
        if (!sought)
          CHECK((!all_there && sought.error().code == ErrorCode::kUnavailable && !cursor->valid()));
        if (sought) CHECK(cursor->valid() == model.contains(at));
        if (cursor->valid()) CHECK(cursor->value() == model[at]);
      }
    };
    check_all(false);
    std::string value;
    for (const auto& [at, expected] : model) CHECK(snapshot->get(at, value).value());
    check_all(true);
  }

  // The same of a key of many blocks in several files, walked by one cursor as the disk is read little by little.
  void a_walk_of_memory_goes_on_where_the_disk_was_read() const {
    auto store = fresh();
    append_upto(*store, 4);
    Rows model;
    for (int round = 0; round < 4; ++round) {
      Rows puts;
      for (int i = round; i < 8000; i += 4)
        puts[key_row(1, "h" + std::to_string(100000 + i))] = std::string(50, 'v');
      merge(*store, puts, {}, {static_cast<uint64_t>(round + 1)}, "m");
      model.merge(puts);
    }
    store = reopen(std::move(store));
    const auto snapshot = store->rows();
    const auto memory = snapshot->key_cursor(Tier::kMemory);
    const auto disk = snapshot->key_cursor();
    std::string from = key_row(1, "");
    size_t misses = 0;
    for (;;) {
      Rows walked;
      Result<> moved = memory->seek(key_row(1, ""));
      for (; moved && memory->valid(); moved = memory->next()) walked.emplace(memory->key(), memory->value());
      if (moved) {
        CHECK(walked == model);
        break;
      }
      REQUIRE(moved.error().code == ErrorCode::kUnavailable);
      REQUIRE(++misses < 1000);
      // Some blocks further, as a fetch does.
      REQUIRE(disk->seek(walked.empty() ? from : walked.rbegin()->first));
      for (int steps = 0; steps < 500 && disk->valid(); ++steps) REQUIRE(disk->next());
    }
  }

  void meta_keeps_small_values() const {
    auto store = fresh();
    REQUIRE(store->meta_put("floor", "1"));
    REQUIRE(store->meta_put("actor", std::string("\x00\xff", 2)));
    REQUIRE(store->meta_put("floor", "2"));
    REQUIRE(store->meta_put({}, {}));
    for (int opened = 0; opened < 2; ++opened) {
      CHECK(store->meta_get("floor").value() == "2");
      CHECK(store->meta_get("actor").value() == std::string("\x00\xff", 2));
      CHECK(store->meta_get({}).value() == "");
      CHECK(store->meta_get("none").value() == std::nullopt);
      store = reopen(std::move(store));
    }
  }

  void log_and_rows_and_meta_are_apart() const {
    auto store = fresh();
    append_upto(*store, 2);
    REQUIRE(store->meta_put(row(1), "meta"));
    merge(*store, {{row(1), "row"}}, {}, {2}, "m");
    CHECK(store->meta_get(row(1)).value() == "meta");
    CHECK(all_rows(*store->rows()) == Rows{{row(1), "row"}});
    CHECK(positions_from(*store, 1) == range(1, 2));
  }
};

// All of it, each on a fresh store.
inline void check_store_conformance(StoreConformance::Fresh fresh, StoreConformance::Reopen reopen) {
  const StoreConformance store{std::move(fresh), std::move(reopen)};
  store.an_empty_store_has_nothing();
  store.the_log_keeps_what_was_appended_in_order();
  store.records_may_be_empty_or_hold_any_byte();
  store.a_cut_gives_up_the_beginning_for_good();
  store.a_merge_shows_rows_and_marker_at_once();
  store.a_merge_of_nothing_moves_the_marker();
  store.an_abandoned_merge_leaves_no_trace();
  store.a_snapshot_stays_as_it_was();
  store.a_cursor_goes_where_it_is_told();
  store.a_key_cursor_stays_within_a_key();
  store.a_key_cursor_shows_its_snapshot();
  store.a_read_of_memory_is_right_or_says_that_it_cannot_tell();
  store.a_walk_of_memory_goes_on_where_the_disk_was_read();
  store.meta_keeps_small_values();
  store.log_and_rows_and_meta_are_apart();
}

}  // namespace tutti
