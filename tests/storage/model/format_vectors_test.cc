#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>

#include "storage/crypto/text_encoding.h"
#include "storage/log/log_record.h"
#include "storage/log/marker.h"
#include "storage/model/clock_codec.h"
#include "storage/model/operation_codec.h"
#include "storage/model/row.h"
#include "storage/model/row_key.h"

// The vectors in storage/FORMAT.md: lines `vector NAME HEX`, encoded and decoded here.
namespace tutti {
namespace {

const std::map<std::string, std::string>& vectors() {
  static const auto all = [] {
    std::map<std::string, std::string> found;
    const auto path = std::filesystem::path(TUTTI_SOURCE_DIR) / "storage/FORMAT.md";
    std::ifstream file(path);
    for (std::string line, last; std::getline(file, line);) {
      std::istringstream words(line);
      std::string first, second;
      words >> first >> second;
      if (first == "vector") {
        words >> found[last = second];
      } else if (first == "+" && !last.empty()) {
        found[last] += second;
      }
    }
    return found;
  }();
  return all;
}

void check_vector(const std::string& name, const std::string& encoded) {
  INFO(name);
  REQUIRE(vectors().contains(name));
  CHECK(to_hex(encoded) == vectors().at(name));
}

const ActorId kAnna{0x0102030405060708};
const ActorId kBert{0xA1A2A3A4A5A6A7A8};

VersionVector clock_of(std::vector<VersionVector::Entry> entries) { return VersionVector(entries); }

std::vector<Operation> batch() {
  const auto none = std::make_shared<const VersionVector>();
  const auto seen = std::make_shared<const VersionVector>(clock_of({{kBert, {300}}}));
  return {
      {{kAnna, {1}}, {0x10000}, none, {{Edit::Scope::kKey, key_prefix("k"), value_payload("v"), {}}}},
      {{kAnna, {2}},
       {0x10001},
       none,
       {{Edit::Scope::kKey, key_prefix("k"), {}, {}}, {Edit::Scope::kPrefix, "", {}, {}}}},
      {{kAnna, {3}},
       {0x20000},
       seen,
       {{Edit::Scope::kRow, row_key(std::string("a\0b", 3), RowKind::kSetMember, "m"), member_payload(),
         std::vector<Dot>{{kBert, {7}}, {kAnna, {2}}}}}},
  };
}

std::string long_counter() {
  return encode_payload({.kind = PayloadKind::kCounter,
                         .expires_ms = 0,
                         .value = {},
                         .total = -3,
                         .marks = {{{2}, 5}, {{9}, -4}}});
}

std::string saved(PayloadKind kind, uint64_t expires_ms, ByteView value, int64_t worth) {
  Payload payload;
  payload.kind = PayloadKind::kSaved;
  payload.expires_ms = expires_ms;
  payload.value = value;
  payload.total = worth;
  payload.saved = {kind, {0x10000}, {kAnna, {12}}};
  return encode_payload(payload);
}

TEST_CASE("row keys are those of the vectors", "[format]") {
  check_vector("row-key-register", row_key("key", RowKind::kRegister));
  check_vector("row-key-field", row_key(std::string("a\0b", 3), RowKind::kHashField, std::string("f\0", 2)));
  check_vector("row-key-empty", row_key("", RowKind::kKeyExpiry));
}

TEST_CASE("payloads are those of the vectors", "[format]") {
  check_vector("payload-value", value_payload("hello"));
  check_vector("payload-value-expiring", value_payload("hello", 1'700'000'000'000));
  check_vector("payload-counter", long_counter());
  check_vector("payload-member", member_payload());
  check_vector("payload-expiry", expiry_payload(1'700'000'000'000));
  check_vector("payload-expiry-since", expiry_payload(1'700'000'000'000, 1'699'999'990'000));
  check_vector("payload-expiry-never", expiry_payload(0, 1'699'999'990'000));
  check_vector("payload-expiry-from", expiry_payload(1'700'000'000'000, 1'699'999'990'000, {0x100000000}));
  check_vector("payload-saved", saved(PayloadKind::kValue, 0, "v", 0));
  check_vector("payload-saved-counter", saved(PayloadKind::kCounter, 1'700'000'000'000, {}, -3));
  for (const auto& [name, text] : vectors()) {
    if (!name.starts_with("payload-")) continue;
    const std::string bytes = from_hex(text).value();
    const auto payload = decode_payload(bytes);
    REQUIRE(payload);
    CHECK(encode_payload(*payload) == bytes);
  }
}

TEST_CASE("clocks are those of the vectors", "[format]") {
  const VersionVector clock = clock_of({{kBert, {300}}, {kAnna, {1}}});
  std::string bytes;
  put_clock(bytes, clock);
  check_vector("clock", bytes);
  ByteReader in(bytes);
  CHECK(get_clock(in) == clock);
  CHECK(in.done());
}

TEST_CASE("rows are those of the vectors", "[format]") {
  const std::string value = value_payload("v"), counter = long_counter();
  const Lives row{{{kAnna, {12}}, {0x10000}, {0}, value}, {{kBert, {300}}, {0x10001}, {9}, counter}};
  std::string bytes;
  encode_row(row, bytes);
  check_vector("row", bytes);
  Lives decoded;
  REQUIRE(decode_row(bytes, decoded));
  CHECK(decoded == row);
}

TEST_CASE("operation batches are those of the vectors", "[format]") {
  std::string bytes;
  encode_operations({}, batch(), bytes);
  check_vector("operations", bytes);
  const auto decoded = decode_operations({}, bytes);
  REQUIRE(decoded);
  REQUIRE(decoded->size() == batch().size());
  for (size_t i = 0; i < decoded->size(); ++i) {
    CHECK((*decoded)[i].dot == batch()[i].dot);
    CHECK((*decoded)[i].hlc == batch()[i].hlc);
    CHECK(*(*decoded)[i].past == *batch()[i].past);
    CHECK((*decoded)[i].edits == batch()[i].edits);
  }
}

TEST_CASE("a reaper's delete is that of the vectors", "[format]") {
  const auto none = std::make_shared<const VersionVector>();
  const std::vector<Operation> reaped{{{kAnna, {3}},
                                       {0x30000},
                                       none,
                                       {{Edit::Scope::kRow,
                                         row_key("k", RowKind::kRegister),
                                         {},
                                         std::vector<Dot>{{kAnna, {1}}},
                                         true,
                                         false}}}};
  std::string bytes;
  encode_operations({}, reaped, bytes);
  check_vector("operations-expired", bytes);
  const auto decoded = decode_operations({}, bytes);
  REQUIRE(decoded);
  CHECK(decoded->at(0).edits == reaped[0].edits);
}

TEST_CASE("log records are those of the vectors", "[format]") {
  const VersionVector before = clock_of({{kBert, {300}}});
  check_vector("record-operations", encode_log_record(before, batch()));
  const auto operations = decode_log_record(before, encode_log_record(before, batch()));
  REQUIRE(operations);
  for (size_t i = 0; i < batch().size(); ++i)
    CHECK(*std::get<std::vector<Operation>>(*operations)[i].past == *batch()[i].past);
  std::string row;
  const std::string value = value_payload("v");
  encode_row(Lives{{{kAnna, {12}}, {0x10000}, {0}, value}}, row);
  const JoinRecord join{clock_of({{kAnna, {12}}}),
                        {{row_key("k", RowKind::kRegister), row}, {row_key("gone", RowKind::kRegister), ""}}};
  check_vector("record-join", encode_log_record(join));
  const auto decoded = decode_log_record({}, encode_log_record(join));
  REQUIRE(decoded);
  const auto& again = std::get<JoinRecord>(*decoded);
  CHECK(again.source_clock == join.source_clock);
  REQUIRE(again.rows.size() == 2);
  CHECK(again.rows[0].row_bytes == row);
  CHECK(again.rows[1].row_key == join.rows[1].row_key);
}

TEST_CASE("the marker and the floor are those of the vectors", "[format]") {
  Marker marker{.position = {1000},
                .log_bytes = 70000,
                .clock = clock_of({{kAnna, {12}}, {kBert, {300}}}),
                .joined = clock_of({{kBert, {200}}}),
                .last_hlc = {0x10001},
                .rows = 3,
                .keys = 2,
                .fingerprints = {},
                .samples = {{{256}, 20000, clock_of({{kAnna, {12}}})},
                            {{512}, 40000, clock_of({{kAnna, {12}}, {kBert, {250}}})}}};
  marker.fingerprints.add(0, {1, 2});
  marker.fingerprints.add(255, {0xFFFFFFFFFFFFFFFF, 3});
  const std::string bytes = encode_marker(marker);
  // The 254 ranges without rows, 4064 bytes of zeros, are left out of the vector.
  const size_t last_range = bytes.find("\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF");
  REQUIRE(last_range != std::string::npos);
  const std::string zeros(size_t{254} * 16, '\0');
  CHECK(bytes.substr(last_range - zeros.size(), zeros.size()) == zeros);
  check_vector("marker", bytes.substr(0, last_range - zeros.size()) + bytes.substr(last_range));
  const auto decoded = decode_marker(bytes);
  REQUIRE(decoded);
  CHECK(*decoded == marker);

  const LogSample floor{{256}, 20000, clock_of({{kAnna, {12}}})};
  check_vector("floor", encode_floor(floor));
  CHECK(decode_floor(encode_floor(floor)).value() == floor);
  CHECK(decode_marker("\x02").error().code == ErrorCode::kUnsupported);
}

}  // namespace
}  // namespace tutti
