#include "protocol/repair/transfer_sink.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <deque>

#include "protocol/messages/message_codec.h"
#include "storage/model/row.h"
#include "storage/model/row_key.h"
#include "storage/store/memory_store.h"
#include "tests/protocol/idle_transport.h"

using namespace tutti;

namespace {

// Keeps what is sent.
class Kept final : public IdleTransport {
 public:
  bool send_stream(const Now&, const NodeId&, ByteView message) override {
    last = std::string(message);
    return true;
  }

  std::string last;
};

// A sink with an empty database, and a source of rows a to d, each of 100 bytes and more.
struct Tries {
  explicit Tries(size_t cache_bytes_max)
      : store(std::make_shared<MemoryDisk>()),
        database(std::move(*Database::open(store, HashKey{}, {}))),
        messenger(transport),
        sink({Duration(1'000'000'000), 16, cache_bytes_max}, *database, messenger) {
    clock.raise({ActorId{1}, Counter{4}});
    uint64_t counter = 0;
    for (const char* key : {"a", "b", "c", "d"}) {
      payloads.push_back(value_payload(std::string(100, 'x')));
      Live live;
      live.dot = {ActorId{1}, Counter{++counter}};
      live.payload = payloads.back();
      rows.push_back({row_key(key, RowKind::kRegister), {}});
      encode_row(std::span(&live, 1), rows.back().row_bytes);
    }
  }
  // How many rows the next try asks for; all are then given.
  size_t ask() {
    ++id;
    sink.begin({}, NodeId{});
    REQUIRE(sink.handle({}, NodeId{}, TransferPinnedMessage{id, true, clock, 4}));
    sink.merged({});
    TransferPageMessage page{id, {}, {}};
    for (const auto& row : rows)
      page.rows.push_back({row.row_key, row_fingerprint(HashKey{}, row.row_key, row.row_bytes)});
    REQUIRE(sink.handle({}, NodeId{}, page));
    if (sink.ready()) return 0;
    const auto message = decode_message(transport.last);
    REQUIRE(message);
    const auto wanted = std::get<TransferRowsAskMessage>(*message).row_keys;
    TransferRowsMessage answer{id, {}};
    for (const auto& row : rows) {
      if (std::ranges::find(wanted, row.row_key) != wanted.end()) answer.rows.push_back(row);
    }
    REQUIRE(sink.handle({}, NodeId{}, answer));
    REQUIRE(sink.ready());
    return wanted.size();
  }

  std::deque<std::string> payloads;
  MemoryStore store;
  std::unique_ptr<Database> database;
  Kept transport;
  Messenger messenger;
  TransferSink sink;
  VersionVector clock;
  std::vector<StagedRow> rows;
  uint64_t id = 0;
};

}  // namespace

TEST_CASE("a transfer given up leaves its rows to the next try, as many as the cache's bound lets it") {
  Tries whole(1 << 20);
  CHECK(whole.ask() == 4);
  whole.sink.end({});
  CHECK(whole.sink.cache_bytes() > 400);
  CHECK(whole.ask() == 0);

  Tries half(300);
  CHECK(half.ask() == 4);
  CHECK(half.sink.cache_bytes() > 300);  // all is held until the join
  half.sink.end({});
  CHECK(half.sink.cache_bytes() <= 300);
  CHECK(half.ask() == 2);
  CHECK(half.sink.take_rows().size() == 4);
  half.sink.end({});
  CHECK(half.sink.cache_bytes() == 0);
  CHECK(half.ask() == 4);
}
