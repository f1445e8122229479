#include <algorithm>
#include <catch2/catch.hpp>
#include <functional>
#include <map>
#include <random>

#include "storage/log/log_record.h"
#include "storage/log/marker.h"
#include "storage/model/clock_codec.h"
#include "storage/model/operation_codec.h"
#include "storage/model/row.h"
#include "storage/model/row_key.h"

// Decoders fed with what nobody encoded: cut short, mutated, made up. None may crash or read beyond; what a
// canonical decoder takes must encode to the same bytes. Run under ASan and UBSan to mean something.
namespace tutti {
namespace {

using Decode = std::function<void(ByteView)>;

class Random {
 public:
  explicit Random(uint64_t seed) : engine_(seed) {}
  uint64_t below(uint64_t n) { return engine_() % n; }
  // Small as a rule, of any size at times: varints of every length.
  uint64_t number() { return engine_() >> below(64); }
  std::string bytes(size_t max) {
    std::string out(below(max + 1), '\0');
    for (char& c : out) c = static_cast<char>(below(4) == 0 ? 0 : below(256));
    return out;
  }

 private:
  std::mt19937_64 engine_;
};

void feed_damaged(const std::string& whole, Random& random, const Decode& decode) {
  decode(whole);
  for (size_t size = 0; size < whole.size(); size += 1 + whole.size() / 64)
    decode(ByteView(whole).substr(0, size));
  for (int i = 0; i < 60 && !whole.empty(); ++i) {
    std::string damaged = whole;
    for (uint64_t n = 1 + random.below(3); n > 0; --n) {
      char& at = damaged[random.below(damaged.size())];
      switch (random.below(3)) {
        case 0: at = static_cast<char>(at ^ (1 << random.below(8))); break;
        case 1: at = static_cast<char>(random.below(256)); break;
        default: at = '\xFF';
      }
    }
    if (random.below(4) == 0) damaged += random.bytes(5);
    decode(damaged);
  }
  decode(random.bytes(60));
}

VersionVector any_clock(Random& random) {
  std::vector<VersionVector::Entry> entries(random.below(5));
  for (auto& e : entries) e = {{1 + random.number()}, {1 + random.number() / 2}};
  return VersionVector(entries);
}

std::string any_payload(Random& random) {
  Payload payload;
  payload.kind = static_cast<PayloadKind>(1 + random.below(4));
  payload.expires_ms =
      payload.kind == PayloadKind::kExpiry ? 1 + random.number() / 2 : random.below(2) * random.number();
  const std::string value = random.bytes(20);
  if (payload.kind == PayloadKind::kValue) payload.value = value;
  if (payload.kind == PayloadKind::kCounter) {
    payload.total = static_cast<int64_t>(random.number());
    Counter at{0};
    for (uint64_t n = random.below(kCounterMarksMax + 1); n > 0; --n) {
      at.value += 1 + random.below(1000);
      payload.marks.push_back({at, static_cast<int64_t>(random.number()) - 1000});
    }
  }
  const std::string bytes = encode_payload(payload);
  const auto again = decode_payload(bytes);
  REQUIRE(again);
  REQUIRE(*again == payload);
  return bytes;
}

std::string any_row_key(Random& random) {
  const RowKindFacts& facts = kRowKinds[random.below(kRowKinds.size())];
  return row_key(random.bytes(10), facts.kind, facts.has_subkeys ? random.bytes(8) : std::string());
}

std::string any_row(Random& random) {
  std::vector<std::string> payloads;
  std::map<Dot, size_t> dots;
  for (uint64_t n = random.below(4); n > 0; --n) {
    dots[{{random.number()}, {1 + random.number() / 2}}] = payloads.size();
    payloads.push_back(any_payload(random));
  }
  Lives row;
  for (const auto& [dot, index] : dots)
    row.push_back({dot, {random.number()}, {random.number()}, payloads[index]});
  std::string bytes;
  encode_row(row, bytes);
  Lives again;
  REQUIRE(decode_row(bytes, again));
  REQUIRE(again == row);
  return bytes;
}

Operation any_operation(Random& random, const std::vector<std::shared_ptr<const VersionVector>>& pasts) {
  Operation op;
  op.dot = {{1 + random.below(3)}, {1 + random.number() / 2}};
  op.hlc = {random.number()};
  do {
    op.past = pasts[random.below(pasts.size())];
  } while (op.past->get(op.dot.actor).value != 0);
  for (uint64_t n = 1 + random.below(3); n > 0; --n) {
    Edit edit;
    edit.scope = static_cast<Edit::Scope>(random.below(3));
    if (edit.scope == Edit::Scope::kRow) edit.target = any_row_key(random);
    if (edit.scope == Edit::Scope::kKey) edit.target = key_prefix(random.bytes(10));
    if (edit.scope == Edit::Scope::kPrefix) edit.target = escaped(random.bytes(3));
    if (edit.scope != Edit::Scope::kPrefix && random.below(3) != 0) edit.payload = any_payload(random);
    if (edit.scope == Edit::Scope::kRow && random.below(2) == 0) {
      edit.replaces.emplace();
      for (const auto& e : op.past->entries()) {
        if (random.below(2) == 0) edit.replaces->push_back({e.actor, {1 + random.below(e.counter.value)}});
      }
    }
    op.edits.push_back(std::move(edit));
  }
  REQUIRE(find_fault(op) == std::nullopt);
  return op;
}

std::vector<Operation> any_batch(Random& random) {
  std::vector<std::shared_ptr<const VersionVector>> pasts{std::make_shared<const VersionVector>()};
  VersionVector growing;
  for (int i = 0; i < 3; ++i) {
    growing.join(any_clock(random));
    for (uint64_t own = 1; own <= 3; ++own) growing.remove({own});
    pasts.push_back(std::make_shared<const VersionVector>(growing));
  }
  std::vector<Operation> batch;
  for (uint64_t n = random.below(6); n > 0; --n) batch.push_back(any_operation(random, pasts));
  return batch;
}

bool alike(const std::vector<Operation>& a, const std::vector<Operation>& b) {
  return std::ranges::equal(a, b, [](const Operation& x, const Operation& y) {
    return x.dot == y.dot && x.hlc == y.hlc && *x.past == *y.past && x.edits == y.edits;
  });
}

TEST_CASE("payloads and rows survive the way and damage", "[codec]") {
  Random random(1);
  for (int i = 0; i < 300; ++i) {
    feed_damaged(any_payload(random), random, [](ByteView bytes) {
      if (const auto payload = decode_payload(bytes)) REQUIRE(encode_payload(*payload) == bytes);
    });
    feed_damaged(any_row(random), random, [](ByteView bytes) {
      Lives row;
      if (!decode_row(bytes, row)) return;
      std::string again;
      encode_row(row, again);
      REQUIRE(again == bytes);
    });
    feed_damaged(any_row_key(random), random, [](ByteView bytes) {
      const auto parts = split_row_key(bytes);
      if (!parts) return;
      REQUIRE(row_key(unescape(parts->prefix).value(), parts->kind, parts->subkey) == bytes);
    });
  }
}

TEST_CASE("batches of operations survive the way and damage", "[codec]") {
  Random random(2);
  for (int i = 0; i < 300; ++i) {
    const auto batch = any_batch(random);
    const VersionVector known = random.below(2) == 0 ? VersionVector() : any_clock(random);
    std::string bytes;
    encode_operations(known, batch, bytes);
    const auto decoded = decode_operations(known, bytes);
    REQUIRE(decoded);
    REQUIRE(alike(*decoded, batch));
    feed_damaged(bytes, random, [&](ByteView damaged) {
      const auto taken = decode_operations(known, damaged);
      if (!taken) return;
      std::string again;
      encode_operations(known, *taken, again);
      const auto twice = decode_operations(known, again);
      REQUIRE(twice);
      REQUIRE(alike(*twice, *taken));
    });
  }
}

TEST_CASE("log records survive the way and damage", "[codec]") {
  Random random(3);
  const Decode decode = [](ByteView bytes) {
    const auto record = decode_log_record({}, bytes);
    if (!record) return;
    if (const auto* join = std::get_if<JoinRecord>(&*record)) REQUIRE(encode_log_record(*join) == bytes);
  };
  for (int i = 0; i < 200; ++i) {
    const std::vector<Operation> batch = any_batch(random);
    VersionVector before;
    for (const Operation& op : batch) before.join(*op.past);
    const auto record = decode_log_record(before, encode_log_record(before, batch));
    REQUIRE(record);
    REQUIRE(alike(std::get<std::vector<Operation>>(*record), batch));
    feed_damaged(encode_log_record(before, batch), random, decode);
    JoinRecord join{any_clock(random), {}};
    for (uint64_t n = random.below(4); n > 0; --n)
      join.rows.push_back({any_row_key(random), any_row(random)});
    REQUIRE(decode_log_record({}, encode_log_record(join)));
    feed_damaged(encode_log_record(join), random, decode);
  }
}

TEST_CASE("markers, floors and clocks survive the way and damage", "[codec]") {
  Random random(4);
  for (int i = 0; i < 100; ++i) {
    Marker marker;
    marker.joined = any_clock(random);
    LogSample at;
    for (uint64_t n = random.below(5); n > 0; --n) {
      at.position.value += 1 + random.below(1000);
      at.log_bytes += random.below(100000);
      at.clock.join(any_clock(random));
      marker.samples.push_back(at);
    }
    marker.position = {at.position.value + random.below(10)};
    marker.log_bytes = at.log_bytes + random.below(10);
    marker.clock = at.clock;
    marker.last_hlc = {random.number()};
    marker.rows = random.number();
    marker.keys = random.number();
    for (size_t range = 0; range < Fingerprints::kRanges; ++range)
      marker.fingerprints.add(range, {random.number(), random.number()});
    REQUIRE(decode_marker(encode_marker(marker)).value() == marker);
    feed_damaged(encode_marker(marker), random, [](ByteView bytes) {
      const auto decoded = decode_marker(bytes);
      if (decoded) REQUIRE(encode_marker(*decoded) == bytes);
    });
    feed_damaged(encode_floor(at), random, [](ByteView bytes) {
      const auto decoded = decode_floor(bytes);
      if (decoded) REQUIRE(encode_floor(*decoded) == bytes);
    });
  }
}

TEST_CASE("a count that promises more than its bytes hold is refused at once", "[codec]") {
  const std::string huge("\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x7F", 9);
  Lives row;
  CHECK_FALSE(decode_operations({}, huge));
  CHECK_FALSE(decode_operations({}, std::string("\0", 1) + huge));
  CHECK_FALSE(decode_row(huge, row));
  CHECK_FALSE(decode_log_record({}, "\x02" + huge));
  CHECK_FALSE(decode_marker("\x01" + huge));
}

}  // namespace
}  // namespace tutti
