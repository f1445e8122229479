#include "protocol/resp/resp_reply.h"

#include <catch2/catch.hpp>
#include <functional>
#include <random>

#include "protocol/resp/resp_writer.h"

using namespace tutti;
using Kind = RespValue::Kind;

namespace {

Result<std::optional<RespValue>> decode(ByteView bytes) {
  RespReplyReader reader;
  reader.feed(bytes);
  return reader.next();
}

RespValue value_of(ByteView bytes) {
  const auto value = decode(bytes);
  REQUIRE(value);
  REQUIRE(*value);
  return **value;
}

// Any reply, nested at random.
void write_random(RespWriter& out, std::mt19937_64& random, int depth) {
  switch (random() % (depth > 3 ? 8 : 12)) {
    case 0: return out.simple("OK");
    case 1: return out.error("ERR no");
    case 2: return out.integer(static_cast<int64_t>(random()));
    case 3: return out.bulk(std::string(random() % 30, '\r'));
    case 4: return out.null();
    case 5: return out.boolean(random() % 2);
    case 6: return out.real(0.25 * static_cast<double>(random() % 1000));
    case 7: return out.verbatim("txt", "hello");
    default: break;
  }
  const size_t n = random() % 4;
  const size_t kind = random() % 4;
  if (kind == 0) out.array(n);
  if (kind == 1) out.set(n);
  if (kind == 2) out.map(n);
  if (kind == 3) out.push(n);
  const size_t items = kind == 2 && out.protocol() == 3 ? 2 * n : kind == 2 ? 2 * n : n;
  for (size_t i = 0; i < items; ++i) write_random(out, random, depth + 1);
}

std::string printed(const RespValue& value) {
  std::string out = std::to_string(static_cast<int>(value.kind)) + value.text + value.format +
                    std::to_string(value.integer) + std::to_string(value.real) + "(";
  for (const RespValue& item : value.attributes) out += "@" + printed(item);
  for (const RespValue& item : value.items) out += printed(item) + ",";
  return out + ")";
}

std::vector<std::string> read_in_pieces(ByteView stream, const std::function<size_t()>& piece) {
  RespReplyReader reader;
  std::vector<std::string> values;
  while (!stream.empty()) {
    const size_t n = std::min(std::max<size_t>(piece(), 1), stream.size());
    reader.feed(stream.substr(0, n));
    stream.remove_prefix(n);
    while (true) {
      const auto value = reader.next();
      if (!value) {
        values.push_back("error");
        return values;
      }
      if (!*value) break;
      values.push_back(printed(**value));
    }
  }
  return values;
}

}  // namespace

TEST_CASE("every type of reply is read") {
  CHECK(value_of("+OK\r\n").text == "OK");
  CHECK(value_of("-ERR no\r\n").is_error());
  CHECK(value_of("!6\r\nERR no\r\n").text == "ERR no");
  CHECK(value_of(":-5\r\n").integer == -5);
  CHECK(value_of("$3\r\na\r\n\r\n").text == "a\r\n");
  CHECK(value_of("$-1\r\n").is_null());
  CHECK(value_of("*-1\r\n").is_null());
  CHECK(value_of("_\r\n").is_null());
  CHECK(value_of("#t\r\n").integer == 1);
  CHECK(value_of(",-1.5\r\n").real == -1.5);
  CHECK(value_of(",inf\r\n").real > 1e300);
  CHECK(value_of("(12345678901234567890123\r\n").text == "12345678901234567890123");
  CHECK(value_of("=6\r\ntxt:hi\r\n").format == "txt");
  CHECK(value_of("*2\r\n:1\r\n*0\r\n").items.at(1).kind == Kind::kArray);
  CHECK(value_of("~1\r\n:1\r\n").kind == Kind::kSet);
  CHECK(value_of(">1\r\n:1\r\n").kind == Kind::kPush);
  const RespValue map = value_of("%2\r\n+a\r\n:1\r\n+b\r\n:2\r\n");
  REQUIRE(map.find("b"));
  CHECK(map.find("b")->integer == 2);
  CHECK(map.find("c") == nullptr);
  const RespValue remarked = value_of("|1\r\n+ttl\r\n:9\r\n$1\r\nx\r\n");
  CHECK(remarked.text == "x");
  CHECK(remarked.attributes.at(1).integer == 9);
}

TEST_CASE("replies that are none are refused") {
  for (const ByteView bytes :
       {"x\r\n", "\r\n", ":1x\r\n", "$-2\r\n", "%-1\r\n", "$3\r\nabcd\r", "*01\r\n", "#x\r\n", ",1x\r\n",
        "_x\r\n", "=2\r\nab\r\n", "$99999999999999\r\n", ":\r\n"}) {
    INFO(bytes);
    CHECK_FALSE(decode(std::string(bytes) + "\r\n"));
  }
}

TEST_CASE("depth and lines of a reply are bounded") {
  std::string deep;
  for (size_t i = 0; i < RespReplyReader::kDepthMax + 1; ++i) deep += "*1\r\n";
  CHECK_FALSE(decode(deep + ":1\r\n"));
  CHECK_FALSE(decode("+" + std::string(100'000, 'x')));
  // A count is believed only as far as its items have come.
  CHECK(decode("*1000000000\r\n:1\r\n").value() == std::nullopt);
}

TEST_CASE("replies are the same however they were split") {
  std::mt19937_64 random(GENERATE(range(1, 60)));
  std::string stream;
  for (int protocol : {2, 3}) {
    RespWriter out(stream, protocol);
    for (int i = 0; i < 20; ++i) write_random(out, random, 0);
  }
  const auto whole = read_in_pieces(stream, [&] { return stream.size(); });
  CHECK(whole.size() == 40);
  CHECK(read_in_pieces(stream, [] { return size_t{1}; }) == whole);
  CHECK(read_in_pieces(stream, [&] { return random() % 30; }) == whole);
}

TEST_CASE("damaged replies never do harm") {
  std::mt19937_64 random(GENERATE(range(100, 300)));
  std::string stream;
  RespWriter out(stream, 3);
  for (int i = 0; i < 10; ++i) write_random(out, random, 0);
  for (uint64_t n = 1 + random() % 4; n-- > 0;)
    stream[random() % stream.size()] = static_cast<char>(random());
  CHECK(read_in_pieces(stream, [] { return size_t{1}; }) ==
        read_in_pieces(stream, [&] { return random() % 30; }));
}
