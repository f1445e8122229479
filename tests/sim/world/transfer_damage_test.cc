#include <catch2/catch.hpp>

#include "protocol/repair/transfer_sink.h"
#include "protocol/repair/transfer_source.h"
#include "sim/machine/null_transport.h"
#include "storage/model/payload.h"
#include "storage/store/memory_store.h"

using namespace tutti;
using namespace tutti::sim;

namespace {

// One node's merged rows, a bit of which turns over once the transfer is under way.
struct Served {
  std::shared_ptr<MemoryDisk> disk = std::make_shared<MemoryDisk>();
  MemoryStore store{disk};
  std::unique_ptr<Database> database;
  NullTransport transport{NodeId{{1}}};
  Messenger messenger{transport};
  std::optional<TransferSource> source;
  const Now now{};
  const NodeId peer{{2}};
  const std::string row = row_key("key", RowKind::kRegister);

  Served() {
    database = Database::open(store, HashKey{}, {}).value();
    REQUIRE(database->apply({{ActorId{7}, {1}},
                             {1000},
                             std::make_shared<VersionVector>(),
                             {{Edit::Scope::kKey, key_prefix("key"), value_payload("value"), {}}}}));
    REQUIRE(database->commit());
    auto merge = database->begin_merge();
    auto outcome = merge->run();
    REQUIRE(database->finish_merge(std::move(merge), std::move(outcome)));
    source.emplace(TransferSource::Options{1000, 1000}, *database, messenger);
    source->handle(now, peer, TransferAskMessage{1});
    REQUIRE(source->serving());
  }
};

}  // namespace

TEST_CASE("whoever serves a transfer from a damaged page of rows learns that its own disk is damaged") {
  Served served;
  served.source->handle(served.now, served.peer, TransferPageAskMessage{1, {}});
  REQUIRE(!served.database->broken());
  REQUIRE(served.disk->flip_bit(MemoryDisk::Part::kRows, 12345));
  served.source->handle(served.now, served.peer, TransferPageAskMessage{1, {}});
  CHECK(!served.source->serving());
  REQUIRE(served.database->broken());
  CHECK(served.database->broken()->code == ErrorCode::kCorrupt);
}

TEST_CASE("whoever serves a damaged row to a transfer learns that its own disk is damaged") {
  Served served;
  REQUIRE(served.disk->flip_bit(MemoryDisk::Part::kRows, 12345));
  served.source->handle(served.now, served.peer, TransferRowsAskMessage{1, {served.row}});
  CHECK(!served.source->serving());
  REQUIRE(served.database->broken());
  served.source->handle(served.now, served.peer, TransferAskMessage{2});
  CHECK(!served.source->serving());
}

TEST_CASE("whoever compares damaged rows of its own in a transfer learns that its disk is damaged") {
  Served served;
  TransferSink sink({std::chrono::seconds(10), 10, 1u << 20}, *served.database, served.messenger);
  sink.begin(served.now, served.peer);
  VersionVector more = served.database->clock();
  more.raise({ActorId{8}, {1}});
  REQUIRE(sink.handle(served.now, served.peer,
                      TransferPinnedMessage{.id = 1, .accepted = true, .clock = more, .rows = 0}));
  REQUIRE(served.disk->flip_bit(MemoryDisk::Part::kRows, 12345));
  REQUIRE(!served.database->broken());
  sink.merged(served.now);
  CHECK(served.database->broken());
}

TEST_CASE("a peer that asks for a row that is not there breaks nothing") {
  Served served;
  served.source->handle(served.now, served.peer,
                        TransferRowsAskMessage{1, {row_key("another", RowKind::kRegister)}});
  CHECK(!served.source->serving());
  CHECK(!served.database->broken());
}
