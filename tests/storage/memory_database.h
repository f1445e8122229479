#pragma once

#include <catch2/catch.hpp>
#include <memory>
#include <string>
#include <vector>

#include "storage/database.h"
#include "storage/model/payload.h"
#include "storage/store/memory_store.h"

namespace tutti {

// A Database over a disk in memory. Loses: nothing. Fails: what `disk` is told to.
struct MemoryDatabase {
  static constexpr HashKey kKey{2, 7, 1, 8};

  std::shared_ptr<MemoryDisk> disk = std::make_shared<MemoryDisk>();
  MemoryStore store{disk};
  std::unique_ptr<Database> db;

  explicit MemoryDatabase(const Database::Options& options = {}) {
    auto opened = Database::open(store, kKey, options);
    REQUIRE(opened);
    db = *std::move(opened);
  }

  // The next operation of an actor who has seen all that is here.
  Operation operation(ActorId actor, std::vector<Edit> edits, Hlc hlc = {}) const {
    VersionVector past = db->clock();
    past.remove(actor);
    return {{actor, Counter{db->clock().get(actor).value + 1}},
            hlc,
            std::make_shared<const VersionVector>(std::move(past)),
            std::move(edits)};
  }
  // Written, committed, and given back.
  Operation write(ActorId actor, std::vector<Edit> edits, Hlc hlc = {}) {
    Operation op = operation(actor, std::move(edits), hlc);
    REQUIRE(db->apply(op));
    REQUIRE(db->commit());
    return op;
  }
  Operation set(ActorId actor, ByteView key, ByteView value) {
    return write(actor, {{Edit::Scope::kKey, key_prefix(key), value_payload(value), {}}});
  }
  void merge() {
    auto merge = db->begin_merge();
    auto outcome = merge->run();
    REQUIRE(db->finish_merge(std::move(merge), std::move(outcome)));
  }
  void cut_log() {
    if (const auto cut = db->cut_log(db->clock())) REQUIRE(cut());
  }
};

}  // namespace tutti
