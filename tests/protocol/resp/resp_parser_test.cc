#include "protocol/resp/resp_parser.h"

#include <catch2/catch.hpp>
#include <functional>
#include <random>

using namespace tutti;

namespace {

using Request = std::vector<std::string>;

std::string multibulk(const Request& args) {
  std::string out = "*" + std::to_string(args.size()) + "\r\n";
  for (const std::string& arg : args) out += "$" + std::to_string(arg.size()) + "\r\n" + arg + "\r\n";
  return out;
}

// Everything a connection would take out of a stream that arrives in pieces of these sizes (the last one
// repeated), ended by "error: ..." where the parser gives up. The buffer moves between calls, as a growing
// one does.
std::vector<Request> parse_in_pieces(ByteView stream, const std::function<size_t()>& piece,
                                     bool authenticated = true) {
  RespParser parser;
  std::vector<Request> requests;
  std::string buffer;
  while (!stream.empty()) {
    const size_t n = std::min(std::max<size_t>(piece(), 1), stream.size());
    buffer = buffer + std::string(stream.substr(0, n));
    stream.remove_prefix(n);
    for (auto status = RespParser::Status::kRequest; status == RespParser::Status::kRequest;) {
      const auto step = parser.next(buffer, authenticated);
      status = step.status;
      REQUIRE(step.consumed <= buffer.size());
      if (status == RespParser::Status::kRequest) {
        requests.emplace_back(parser.args().begin(), parser.args().end());
      } else if (status == RespParser::Status::kError) {
        requests.push_back({"error: " + std::string(parser.error())});
        return requests;
      } else {
        REQUIRE(parser.needed() > buffer.size() - step.consumed);
      }
      buffer.erase(0, step.consumed);
    }
  }
  return requests;
}

std::vector<Request> parse(ByteView stream, bool authenticated = true) {
  return parse_in_pieces(
      stream, [&] { return stream.size(); }, authenticated);
}

std::string error_of(ByteView stream, bool authenticated = true) {
  const auto requests = parse(stream, authenticated);
  return requests.empty() ? "none" : requests.back().at(0);
}

}  // namespace

TEST_CASE("requests of both forms are taken one after the other") {
  CHECK(parse(multibulk({"SET", "k", "v"}) + "PING\r\n" + multibulk({"GET", std::string("a\0\r\n", 4)})) ==
        std::vector<Request>{{"SET", "k", "v"}, {"PING"}, {"GET", std::string("a\0\r\n", 4)}});
  CHECK(parse("*2\r\n$4\r\nECHO\r\n$0\r\n\r\n") == std::vector<Request>{{"ECHO", ""}});
}

TEST_CASE("empty requests are skipped, and consumed even when nothing follows") {
  CHECK(parse("*0\r\n*-1\r\n\r\n  \nPING\n") == std::vector<Request>{{"PING"}});
  RespParser parser;
  const auto [status, consumed] = parser.next("\r\n*0\r\n*1\r\n", true);
  CHECK(status == RespParser::Status::kNeedMore);
  CHECK(consumed == 6);
  CHECK(parser.needed() == 5);
}

TEST_CASE("what a request still needs is known once its sizes are") {
  RespParser parser;
  const std::string head = "*2\r\n$3\r\nGET\r\n$1000\r\n";
  CHECK(parser.next(head, true).status == RespParser::Status::kNeedMore);
  CHECK(parser.needed() == head.size() + 1002);
}

TEST_CASE("inline requests are split and unquoted as Redis does") {
  CHECK(parse("  SET  a\tb \r\n") == std::vector<Request>{{"SET", "a", "b"}});
  CHECK(parse("ECHO a\"b c\"\r\n") == std::vector<Request>{{"ECHO", "ab c"}});
  CHECK(parse(R"(ECHO "\x41\n\q\"" 'it\'s' '\n' "")"
              "\n") == std::vector<Request>{{"ECHO", "A\nq\"", "it's", "\\n", ""}});
  CHECK(error_of("SET a \"b\r\n") == "error: Protocol error: unbalanced quotes in request");
  CHECK(error_of("SET a 'b'c\r\n") == "error: Protocol error: unbalanced quotes in request");
}

TEST_CASE("protocol errors are said in Redis's words") {
  const std::string ones(70'000, '1');
  CHECK(error_of("*x\r\n") == "error: Protocol error: invalid multibulk length");
  CHECK(error_of("*\r\n") == "error: Protocol error: invalid multibulk length");
  CHECK(error_of("*01\r\n") == "error: Protocol error: invalid multibulk length");
  CHECK(error_of("*1048577\r\n") == "error: Protocol error: invalid multibulk length");
  CHECK(error_of("*99999999999999999999\r\n") == "error: Protocol error: invalid multibulk length");
  CHECK(error_of("*1\r\nx\r\n") == "error: Protocol error: expected '$', got 'x'");
  CHECK(error_of("*1\r\n$x\r\n") == "error: Protocol error: invalid bulk length");
  CHECK(error_of("*1\r\n$-1\r\n") == "error: Protocol error: invalid bulk length");
  CHECK(error_of("*1\r\n$04\r\n") == "error: Protocol error: invalid bulk length");
  CHECK(error_of("*1\r\n$536870913\r\n") == "error: Protocol error: invalid bulk length");
  CHECK(error_of("*" + ones) == "error: Protocol error: too big mbulk count string");
  CHECK(error_of("*1\r\n$" + ones) == "error: Protocol error: too big bulk count string");
  CHECK(error_of(std::string(70'000, 'x')) == "error: Protocol error: too big inline request");
  CHECK(error_of(std::string(70'000, 'x') + "\r\n") == "error: Protocol error: too big inline request");
  CHECK(parse("PING\n*x\r\n").size() == 2);
}

TEST_CASE("a parser that gave up stays so") {
  RespParser parser;
  CHECK(parser.next("*x\r\n", true).status == RespParser::Status::kError);
  CHECK(parser.next("PING\r\n", true).status == RespParser::Status::kError);
}

TEST_CASE("strangers get less") {
  CHECK(error_of("*11\r\n", false) == "error: Protocol error: unauthenticated multibulk length");
  CHECK(error_of("*1\r\n$16385\r\n", false) == "error: Protocol error: unauthenticated bulk length");
  CHECK(parse(multibulk(Request(10, std::string(100, 'x'))), false).size() == 1);
  CHECK(parse(multibulk({std::string(16384, 'x')}), false).size() == 1);
}

TEST_CASE("a request is bounded as a whole before memory is taken for it") {
  RespParser parser;
  std::string stream = "*2\r\n$536870912\r\n";
  stream.resize(stream.size() + 536870912 + 2, 'x');
  stream += "$536870912\r\n";
  CHECK(parser.next(stream, true).status == RespParser::Status::kError);
  CHECK(parser.error() == "Protocol error: too big request");
}

TEST_CASE("however a stream is split, the same requests come out") {
  std::mt19937_64 random(GENERATE(range(1, 40)));
  std::string stream;
  for (int i = 0; i < 60; ++i) {
    switch (random() % 5) {
      case 0: stream += "\r\n"; break;
      case 1: stream += "ECHO \"a b\" 'c'\r\n"; break;
      case 2: stream += "*0\r\n"; break;
      default: {
        Request args(1 + random() % 5);
        for (std::string& arg : args) arg.resize(random() % 50, static_cast<char>(random()));
        stream += multibulk(args);
      }
    }
  }
  if (random() % 2) stream += "*1\r\n!oops\r\n";
  const auto whole = parse(stream);
  CHECK(parse_in_pieces(stream, [] { return size_t{1}; }) == whole);
  CHECK(parse_in_pieces(stream, [&] { return random() % 40; }) == whole);
}

TEST_CASE("damaged streams are refused or read, the same way however they are split") {
  std::mt19937_64 random(GENERATE(range(100, 400)));
  std::string stream;
  for (int i = 0; i < 10; ++i)
    stream += multibulk({"SET", std::string(random() % 20, 'k'), "v"}) + "PING 'x' \"y\"\r\n";
  for (uint64_t n = random() % 6; n-- > 0;) {
    const size_t at = random() % stream.size();
    switch (random() % 3) {
      case 0: stream[at] = static_cast<char>(random()); break;
      case 1: stream.erase(at, random() % 4); break;
      default: stream.insert(at, 1, "*$\r\n-109\"'\0"[random() % 11]);
    }
  }
  CHECK(parse_in_pieces(stream, [&] { return random() % 20; }) == parse(stream));
  CHECK(parse_in_pieces(
            stream, [] { return size_t{1}; }, false) == parse(stream, false));
}
