#include <algorithm>
#include <charconv>
#include <string>
#include <unordered_set>
#include <vector>

#include "protocol/commands/command_list.h"
#include "protocol/commands/glob.h"
#include "protocol/commands/replies.h"

namespace tutti::commands {
namespace {

constexpr size_t kScanCountDefault = 10;
constexpr size_t kScanCountMax = 10'000;  // keys examined in one SCAN: bounds the time of a turn
constexpr size_t kKeysPerPage = 1000;     // of KEYS, which reads all pages
constexpr size_t kShownWhole = 128;       // fields or members that one HSCAN or SSCAN shows at once

// Where the scan with this cursor stands, behind `beginning`; empty: at the beginning. Nothing after an error reply: a
// client that took its cursor to another node would begin anew for ever.
std::optional<ByteView> place_of(CommandCall& call, const ScanCursors& cursors, uint64_t cursor,
                                 ByteView beginning) {
  if (cursor == 0) return ByteView();
  const auto at = cursors.find(cursor);
  if (at && at->starts_with(beginning)) return at->substr(beginning.size());
  call.out.error("ERR this node does not hold the cursor " + std::to_string(cursor) +
                 " of this scan: a cursor is good on the node that gave it, until that restarts or " +
                 std::to_string(ScanCursors::kScansMax) + " other scans went on; begin again with 0");
  return std::nullopt;
}

struct ScanOptions {
  ByteView pattern = "*";
  size_t count = kScanCountDefault;
  std::optional<ByteView> type;
};

// As C's strtoul takes it, sign and all; empty after an error reply.
std::optional<uint64_t> cursor_argument(CommandCall& call, size_t index) {
  ByteView text = call.args[index];
  const bool negative = text.starts_with('-');
  if (negative || text.starts_with('+')) text.remove_prefix(1);
  uint64_t cursor = 0;
  const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), cursor);
  if (ec != std::errc() || end != text.data() + text.size()) {
    call.out.error("ERR invalid cursor");
    return std::nullopt;
  }
  return negative ? 0 - cursor : cursor;
}

// Empty after an error reply.
std::optional<ScanOptions> scan_options(CommandCall& call, size_t first, bool with_type) {
  ScanOptions options;
  for (size_t i = first; i < call.args.size(); i += 2) {
    const bool has_value = i + 1 < call.args.size();
    if (has_value && equal_ignoring_case(call.args[i], "count")) {
      const auto count = integer_argument(call, i + 1);
      if (!count) return std::nullopt;
      if (*count < 1) {
        reply_syntax_error(call.out);
        return std::nullopt;
      }
      options.count = std::min(static_cast<uint64_t>(*count), uint64_t{kScanCountMax});
    } else if (has_value && equal_ignoring_case(call.args[i], "match")) {
      options.pattern = call.args[i + 1];
    } else if (has_value && with_type && equal_ignoring_case(call.args[i], "type")) {
      options.type = call.args[i + 1];
    } else {
      reply_syntax_error(call.out);
      return std::nullopt;
    }
  }
  return options;
}

// The beginning that all matches share: it narrows the scan of the database.
ByteView literal_beginning(ByteView pattern) {
  return glob_literal_beginning(pattern).substr(0, kKeyBytesMax);
}

// Whether a reader sees the key, and the options want it.
Result<bool> is_wanted(Keyspace& keyspace, const ScanOptions& options, ByteView key) {
  if (!glob_match(options.pattern, key)) return false;
  const auto state = keyspace.inspect(key);
  if (!state) return std::unexpected(state.error());
  if (state->type == KeyType::kNone) return false;
  return !options.type || equal_ignoring_case(*options.type, type_name(state->type));
}

// The keys of a page that are wanted; false after an error reply.
bool filter(CommandCall& call, const ScanOptions& options, std::vector<std::string>& page) {
  Keyspace keys = keyspace(call);
  std::vector<std::string> wanted;
  for (std::string& key : page) {
    const auto want = is_wanted(keys, options, key);
    if (!want) {
      if (!call.reading.missed.empty()) {
        for (const std::string& other : page) call.reading.missed.push_back(key_prefix(other));
      }
      reply_error(call.out, want.error());
      return false;
    }
    if (*want) wanted.push_back(std::move(key));
  }
  page = std::move(wanted);
  return true;
}

// One page of HSCAN or SSCAN: the rows shown, and where the next page begins.
struct SubkeyPage {
  std::string items;  // as replies
  size_t count = 0;   // of them
  std::string next;   // a row key; empty: done
};

// Looks at `options.count` rows from `from` on. A first page shows a small hash or set whole, as Redis does.
Result<SubkeyPage> subkey_page(CommandCall& call, const KeyState& state, RowKind kind,
                               const ScanOptions& options, ByteView from) {
  const ByteView key = call.args[1];
  SubkeyPage whole, page;
  RespWriter out(whole.items, call.out.protocol());
  const size_t looks_max = std::max(options.count, from.empty() ? kShownWhole : 0);
  const bool valued = facts_of(kind).view == RowView::kValue;
  size_t looks = 0;
  bool more = false;
  const auto look = [&](ByteView subkey, ByteView value) {
    if (looks == options.count) {
      page = whole;
      page.next = row_key(key, kind, subkey);
    }
    more = ++looks > looks_max;
    if (more || !glob_match(options.pattern, subkey)) return !more;
    out.bulk(subkey);
    if (valued) out.bulk(value);
    whole.count += valued ? 2 : 1;
    return true;
  };
  if (auto done = keyspace(call).each(key, state, kind, look, from); !done)
    return std::unexpected(done.error());
  return more ? std::move(page) : std::move(whole);
}

void scan_subkeys(CommandCall& call, RowKind kind) {
  const auto cursor = cursor_argument(call, 2);
  if (!cursor) return;
  const auto state = open_key(call, facts_of(kind).type, call.args[1]);
  if (!state) return;
  SubkeyPage page;
  if (state->type != KeyType::kNone) {
    const auto options = scan_options(call, 3, false);
    if (!options) return;
    const std::string beginning = row_key(call.args[1], kind);
    const auto from = place_of(call, call.keys.subkey_cursors(), *cursor, beginning);
    if (!from) return;
    auto read = subkey_page(call, *state, kind, *options, *from);
    if (!read) return reply_error(call.out, read.error());
    page = *std::move(read);
  }
  ScanCursors& cursors = call.keys.subkey_cursors();
  const uint64_t next =
      page.next.empty() ? 0 : cursors.remember(call.now.wall_ms(), std::move(page.next), *cursor);
  call.out.array(2);
  call.out.bulk(std::to_string(next));
  call.out.array(page.count);
  call.out.raw(page.items);
}

}  // namespace

void scan(CommandCall& call) {
  const auto cursor = cursor_argument(call, 1);
  if (!cursor) return;
  const auto options = scan_options(call, 2, true);
  if (!options) return;
  ScanCursors& cursors = call.keys.scan_cursors();
  const auto from = place_of(call, cursors, *cursor, {});
  if (!from) return;
  auto page = call.keys.database().scan_keys(*from, options->count, literal_beginning(options->pattern));
  if (!page) return reply_error(call.out, page.error());
  if (!filter(call, *options, page->keys)) return;
  const uint64_t next =
      page->next.empty() ? 0 : cursors.remember(call.now.wall_ms(), std::move(page->next), *cursor);
  call.out.array(2);
  call.out.bulk(std::to_string(next));
  call.out.array(page->keys.size());
  for (const std::string& key : page->keys) call.out.bulk(key);
}

// A scan may show a key twice; KEYS does not.
void keys(CommandCall& call) {
  call.reading.tier = Tier::kAny;  // too much to be fetched beforehand
  const ScanOptions options{.pattern = call.args[1], .type = {}};
  std::unordered_set<std::string> found;
  std::string from;
  do {
    auto page = call.keys.database().scan_keys(from, kKeysPerPage, literal_beginning(options.pattern));
    if (!page) return reply_error(call.out, page.error());
    if (!filter(call, options, page->keys)) return;
    for (std::string& key : page->keys) found.insert(std::move(key));
    from = std::move(page->next);
  } while (!from.empty());
  call.out.array(found.size());
  for (const std::string& key : found) call.out.bulk(key);
}

void hscan(CommandCall& call) { scan_subkeys(call, RowKind::kHashField); }
void sscan(CommandCall& call) { scan_subkeys(call, RowKind::kSetMember); }

}  // namespace tutti::commands
