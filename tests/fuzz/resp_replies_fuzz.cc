#include <optional>
#include <vector>

#include "protocol/resp/resp_reply.h"
#include "tests/fuzz/fuzz.h"

// A server's bytes, as the shell reads them: however they are cut, the same replies come out. The first byte says
// how large the pieces are.
namespace {

using namespace tutti;

struct Heard {
  std::vector<std::string> replies;
  bool broken = false;
  bool operator==(const Heard&) const = default;
};

// As text, for NaN is not itself.
std::string shown(const RespValue& value) {
  std::string out = std::to_string(static_cast<int>(value.kind)) + "(" + value.text + "|" + value.format +
                    "|" + std::to_string(value.integer) + "|" + std::to_string(value.real);
  for (const RespValue& item : value.attributes) out += "@" + shown(item);
  for (const RespValue& item : value.items) out += "," + shown(item);
  return out + ")";
}

Heard hear(ByteView bytes, size_t piece) {
  Heard heard;
  RespReplyReader reader;
  for (size_t at = 0; at < bytes.size(); at += piece) {
    reader.feed(bytes.substr(at, piece));
    while (true) {
      const auto reply = reader.next();
      if (!reply) {
        heard.broken = true;
        return heard;
      }
      if (!*reply) break;
      heard.replies.push_back(shown(**reply));
      (void)(*reply)->find("key");  // that it does not crash
    }
  }
  return heard;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  fuzz::Tape tape(data, size);
  const size_t piece = 1 + tape.number();
  const ByteView bytes = tape.rest();
  check(hear(bytes, piece) == hear(bytes, bytes.size() + 1), "pieces mean what the whole means");
  return 0;
}
