#include "protocol/commands/command_list.h"
#include "protocol/commands/edits.h"
#include "protocol/commands/replies.h"

namespace tutti::commands {

void dbsize(CommandCall& call) {
  const auto keys = call.keys.database().key_count();
  if (!keys) return reply_error(call.out, keys.error());
  call.out.integer(static_cast<int64_t>(*keys));
}

// One blind edit of constant size. Keys that other nodes write concurrently are not in its past, and stay.
void flushall(CommandCall& call) {
  const bool known =
      call.args.size() == 1 || (call.args.size() == 2 && (equal_ignoring_case(call.args[1], "async") ||
                                                          equal_ignoring_case(call.args[1], "sync")));
  if (!known) return reply_syntax_error(call.out);
  if (write(call, only(remove_everything()))) call.out.ok();
}

void flushdb(CommandCall& call) { flushall(call); }

void time(CommandCall& call) {
  const uint64_t ms = call.now.wall_ms();
  call.out.array(2);
  call.out.bulk(std::to_string(ms / 1000));
  call.out.bulk(std::to_string(ms % 1000 * 1000));
}

}  // namespace tutti::commands
