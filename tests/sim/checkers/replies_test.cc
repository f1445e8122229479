#include "sim/checkers/replies.h"

#include <catch2/catch.hpp>

#include "storage/model/row_key.h"

using namespace tutti;
using namespace tutti::sim;
using Catch::Matchers::Contains;

namespace {

constexpr uint64_t kNowMs = 1'000'000;

Edit set(const std::string& key, const std::string& value, uint64_t expires_ms = 0) {
  return {Edit::Scope::kKey, key_prefix(key), value_payload(value, expires_ms), std::nullopt};
}
Edit del(const std::string& key) { return {Edit::Scope::kKey, key_prefix(key), std::nullopt, std::nullopt}; }
Edit field(const std::string& key, const std::string& name, const std::string& value) {
  return {Edit::Scope::kRow, row_key(key, RowKind::kHashField, name), value_payload(value), std::nullopt};
}

// One node, and what it writes.
struct Judged {
  History history;
  Replies replies{history};
  VersionVector clock;
  uint64_t count = 0;

  Dot write(std::vector<Edit> edits) {
    const Dot dot{ActorId{1}, Counter{++count}};
    history.add({.dot = dot,
                 .hlc = Hlc{(kNowMs << 16) + count},
                 .past = std::make_shared<const VersionVector>(),
                 .edits = std::move(edits)},
                0);
    clock.raise(dot);
    return dot;
  }
  Answered answered(std::vector<std::string> words, const std::string& reply) const {
    return {std::move(words), reply, clock, kNowMs, std::nullopt};
  }
  std::string wrong(std::vector<std::string> words, const std::string& reply) const {
    return replies.wrong(answered(std::move(words), reply));
  }
  // A command that is told `reply` and becomes these edits.
  std::string wrong_write(std::vector<std::string> words, const std::string& reply, std::vector<Edit> edits) {
    Answered one = answered(std::move(words), reply);
    one.dot = write(std::move(edits));
    return replies.wrong(one);
  }
};

}  // namespace

TEST_CASE("a reply is judged by the state at the node's clock") {
  Judged node;
  node.write({set("k", "12", kNowMs + 700)});
  node.write({field("h", "f", "v")});
  CHECK(node.wrong({"GET", "k"}, "$2\r\n12\r\n").empty());
  CHECK_THAT(node.wrong({"GET", "k"}, "$-1\r\n"), Contains("GET k: told $-1"));
  CHECK(node.wrong({"PTTL", "k"}, ":700\r\n").empty());
  CHECK(node.wrong({"TTL", "k"}, ":1\r\n").empty());
  CHECK_FALSE(node.wrong({"TTL", "k"}, ":-1\r\n").empty());
  CHECK_FALSE(node.wrong({"GET", "h"}, "$-1\r\n").empty());  // another type
  CHECK(node.wrong({"HLEN", "h"}, ":1\r\n").empty());
  CHECK_FALSE(node.wrong({"HGETALL", "h"}, "*0\r\n").empty());
  CHECK_FALSE(node.wrong({"DBSIZE"}, ":3\r\n").empty());
  CHECK(node.wrong({"EXISTS", "k", "h", "none"}, ":2\r\n").empty());
}

TEST_CASE("what a write makes of the keys that it names is judged, and that it writes to no other") {
  Judged node;
  node.write({set("k", "1", kNowMs + 700)});
  CHECK(node.wrong_write({"SET", "k", "2"}, "+OK\r\n", {set("k", "2")}).empty());
  CHECK_THAT(node.wrong_write({"SET", "k", "3"}, "+OK\r\n", {set("k", "3", kNowMs + 700)}),
             Contains("ends at"));
  CHECK_FALSE(node.wrong_write({"SET", "k", "4"}, "+OK\r\n", {set("k", "5")}).empty());
  CHECK_THAT(node.wrong({"GETDEL", "k"}, "$1\r\n5\r\n"), Contains("writes nothing"));
  CHECK_THAT(node.wrong_write({"DEL", "k"}, ":1\r\n", {del("k"), set("other", "v")}),
             Contains("does not name"));
  CHECK_THAT(node.wrong_write({"GET", "k"}, "$-1\r\n", {set("k", "6")}), Contains("is a read"));
}

TEST_CASE(
    "a scan that misses what was there all the time is told, one that misses what came or went is not") {
  Judged node;
  node.write({set("a", "1"), set("b", "1"), set("c", "1")});
  ScanSeen scan;
  const auto page = [&](bool first, const std::string& next, const std::string& key) {
    return node.replies.wrong_page(node.answered({"SCAN", first ? "0" : "7", "COUNT", "1"},
                                                 "*2\r\n$1\r\n" + next + "\r\n*1\r\n$1\r\n" + key + "\r\n"),
                                   first, scan);
  };
  CHECK(page(true, "7", "a").empty());
  CHECK_THAT(page(false, "0", "b"), Contains("has not listed c"));
  CHECK_THAT(page(true, "0", "d"), Contains("lists d, which is not there"));
  CHECK(page(true, "7", "a").empty());
  node.write({del("c"), set("d", "1")});
  node.write({set("c", "1")});
  CHECK(page(false, "0", "b").empty());
}
