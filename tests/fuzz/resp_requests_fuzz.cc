#include <vector>

#include "protocol/resp/resp_parser.h"
#include "tests/fuzz/fuzz.h"

// A client's bytes: however they are cut, the same requests and the same error come out. The first byte says how
// large the pieces are and whether the password was given.
namespace {

using tutti::ByteView;
using tutti::RespParser;

struct Heard {
  std::vector<std::vector<std::string>> requests;
  std::string error;
  bool operator==(const Heard&) const = default;
};

// As the RESP door does it: what was consumed is dropped, the rest may move.
Heard hear(ByteView bytes, size_t piece, bool authenticated) {
  Heard heard;
  RespParser parser;
  std::string buffer;
  for (size_t at = 0; at < bytes.size() && heard.error.empty(); at += piece) {
    buffer.append(bytes.substr(at, piece));
    size_t from = 0;
    while (true) {
      const auto [status, consumed] = parser.next(ByteView(buffer).substr(from), authenticated);
      tutti::check(consumed <= buffer.size() - from, "no more is consumed than was given");
      if (status == RespParser::Status::kRequest) {
        tutti::check(!parser.args().empty(), "a request has a name");
        heard.requests.emplace_back(parser.args().begin(), parser.args().end());
      }
      if (status == RespParser::Status::kError) heard.error = parser.error();
      from += consumed;
      if (status != RespParser::Status::kRequest) break;
    }
    buffer.erase(0, from);
  }
  return heard;
}

std::string said(const std::vector<std::vector<std::string>>& requests) {
  std::string out;
  for (const auto& words : requests) {
    out += "*" + std::to_string(words.size()) + "\r\n";
    for (const std::string& word : words) out += "$" + std::to_string(word.size()) + "\r\n" + word + "\r\n";
  }
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  tutti::fuzz::Tape tape(data, size);
  const uint8_t how = tape.number();
  const bool authenticated = (how & 1) != 0;
  const ByteView bytes = tape.rest();
  const Heard whole = hear(bytes, bytes.size() + 1, authenticated);
  tutti::check(hear(bytes, 1 + how / 2, authenticated) == whole, "pieces mean what the whole means");
  const Heard again = hear(said(whole.requests), SIZE_MAX / 2, true);
  tutti::check(again.error.empty() && again.requests == whole.requests, "requests said again are the same");
  return 0;
}
