#include "protocol/resp/resp_parser.h"
#include "tests/fuzz/fuzz.h"
#include "tests/protocol/commands/single_node.h"

// A client of a node in memory says whatever it likes, as inline lines or arrays: each command gets exactly one
// whole reply, or waits for one. The first byte: from how many commands on rows are merged, and whether the
// client speaks RESP3.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace tutti;
  // Every command may make what the next ones copy; longer stories find no more.
  constexpr size_t kCommandsMax = 64;
  fuzz::Tape tape(data, size);
  const uint8_t how = tape.number();
  SingleNode node;
  node.client().protocol = (how & 1) != 0 ? 3 : 2;
  const size_t merge_every = 1 + how / 16;

  ByteView bytes = tape.rest();
  RespParser parser;
  for (size_t command = 0; command < kCommandsMax; ++command) {
    const auto [status, consumed] = parser.next(bytes, true);
    if (status != RespParser::Status::kRequest) break;
    const std::string reply = node.raw({parser.args().begin(), parser.args().end()});
    if (!node.deferred()) (void)SingleNode::decoded(reply);  // checks that it is one reply
    bytes.remove_prefix(consumed);
    node.pass(parser.args().size());
    if (command % merge_every == merge_every - 1) node.merge();
  }
  return 0;
}
