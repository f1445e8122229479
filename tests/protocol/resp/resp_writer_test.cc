#include "protocol/resp/resp_writer.h"

#include <catch2/catch.hpp>
#include <functional>
#include <limits>

using namespace tutti;

namespace {

template <class Write>
std::string written(int protocol, const Write& write) {
  std::string out;
  RespWriter writer(out, protocol);
  write(writer);
  return out;
}

}  // namespace

TEST_CASE("every reply is written in both protocols") {
  struct Case {
    std::function<void(RespWriter&)> write;
    std::string resp2, resp3;
  };
  const double infinity = std::numeric_limits<double>::infinity();
  const Case cases[] = {
      {[](RespWriter& w) { w.simple("PONG"); }, "+PONG\r\n", "+PONG\r\n"},
      {[](RespWriter& w) { w.error("ERR a\r\nb"); }, "-ERR a  b\r\n", "-ERR a  b\r\n"},
      {[](RespWriter& w) { w.integer(INT64_MIN); }, ":-9223372036854775808\r\n", ":-9223372036854775808\r\n"},
      {[](RespWriter& w) { w.bulk("a\r\n"); }, "$3\r\na\r\n\r\n", "$3\r\na\r\n\r\n"},
      {[](RespWriter& w) { w.null(); }, "$-1\r\n", "_\r\n"},
      {[](RespWriter& w) { w.boolean(true); }, ":1\r\n", "#t\r\n"},
      {[](RespWriter& w) { w.real(1.5); }, "$3\r\n1.5\r\n", ",1.5\r\n"},
      {[=](RespWriter& w) { w.real(-infinity); }, "$4\r\n-inf\r\n", ",-inf\r\n"},
      {[](RespWriter& w) { w.verbatim("txt", "hi"); }, "$2\r\nhi\r\n", "=6\r\ntxt:hi\r\n"},
      {[](RespWriter& w) { w.array(2); }, "*2\r\n", "*2\r\n"},
      {[](RespWriter& w) { w.set(2); }, "*2\r\n", "~2\r\n"},
      {[](RespWriter& w) { w.map(2); }, "*4\r\n", "%2\r\n"},
      {[](RespWriter& w) { w.push(2); }, "*2\r\n", ">2\r\n"},
  };
  for (const Case& c : cases) {
    CHECK(written(2, c.write) == c.resp2);
    CHECK(written(3, c.write) == c.resp3);
  }
}

TEST_CASE("a reply can be taken back") {
  std::string out = "before";
  RespWriter writer(out);
  const size_t size = writer.size();
  writer.array(3);
  writer.truncate(size);
  CHECK(out == "before");
}
