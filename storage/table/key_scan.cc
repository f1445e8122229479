#include "storage/table/key_scan.h"

#include <algorithm>

#include "storage/base/bytes.h"
#include "storage/table/key_rows.h"

namespace tutti {
namespace {

// Keys examined for each key that a page may show. So a page may be short if most keys are dead or do not match.
constexpr size_t kLooksPerKey = 16;
// A table alone can say that a key is dead: this many such keys cost as much as one key examined.
constexpr size_t kStepsPerLook = 8;
constexpr size_t kPageKeysMax = 1u << 20;

enum class Phase : uint8_t { kCurrent = 0, kPrevious = 1, kDisk = 2 };

struct ScanCursor {
  uint64_t generation = 0;
  Phase phase = Phase::kCurrent;
  uint64_t index = 0;        // the next entry, in the first two phases
  uint64_t current_end = 0;  // the entries of the current table before this index were shown
  std::string key;           // the disk's phase goes on at or after it

  std::string encode() const {
    std::string out;
    put_varint(out, generation);
    put_u8(out, static_cast<uint8_t>(phase));
    put_varint(out, index);
    put_varint(out, current_end);
    out.append(key);
    return out;
  }
  static Result<ScanCursor> decode(ByteView bytes) {
    ByteReader in(bytes);
    ScanCursor cursor;
    cursor.generation = in.varint();
    const uint8_t phase = in.u8();
    cursor.index = in.varint();
    cursor.current_end = in.varint();
    cursor.key = in.raw(in.left());
    if (!in.ok() || phase > static_cast<uint8_t>(Phase::kDisk)) {
      return error(ErrorCode::kMalformed, "this is no cursor of a scan");
    }
    cursor.phase = static_cast<Phase>(phase);
    return cursor;
  }
};

class Scan {
 public:
  Scan(const Layers& layers, size_t count, ByteView beginning)
      : layers_(layers), count_(count), steps_((count + 1) * kLooksPerKey * kStepsPerLook) {
    put_escaped(beginning_, beginning);
  }

  Result<ScanPage> run(ScanCursor at, uint64_t generation) {
    if (at.generation != generation && at.phase != Phase::kDisk) walk_tables_again(at, generation);
    // In the disk's phase the scan goes on after a freeze: every key not shown yet is on disk by now, ahead of the
    // cursor. Which entries were shown is no longer known, so the cursor keeps its old generation.
    generation_ = generation;
    Result<bool> done = true;
    do {
      if (at.phase == Phase::kCurrent) done = walk_current(at);
      if (done && *done && at.phase == Phase::kPrevious) done = walk_previous(at);
      if (done && *done && at.phase == Phase::kDisk) done = walk_disk(at);
    } while (done && *done && at.phase != Phase::kDisk);
    if (!done) return std::unexpected(done.error());
    if (!*done) page_.next = at.encode();
    return std::move(page_);
  }

 private:
  bool full() const { return page_.keys.size() >= count_ || steps_ == 0; }
  void spend(size_t steps) { steps_ -= std::min(steps, steps_); }

  // The disk is not walked again up to the cursor's key: those keys were shown, or did not live throughout the scan.
  static void walk_tables_again(ScanCursor& at, uint64_t generation) {
    at = {.generation = generation, .key = std::move(at.key)};
  }

  // The walk over the current table showed this key. Entries that came later do not count.
  bool shown_by_current(ByteView prefix, const ScanCursor& at) const {
    const uint32_t index = layers_.current().index_of(prefix);
    return index != Table::kNone && index < at.current_end;
  }

  // True if the table alone shows that the key is dead. False: it may still be dead.
  static bool is_dead(const Table& table, const Table::Entry& entry) {
    const bool shows = entry.rows || (entry.reg.touched() && entry.reg.size > 0);
    return !shows && table.hides(&entry, entry.prefix());
  }

  // The widest total range of a table that `key` lies in. Beneath its prefix only keys that this table or the one
  // above touched are live. The disk may hold those keys, if the table is merged; it may also hold a million
  // deletions.
  const Table::Range* hiding(ByteView key) const {
    const Table::Range* widest = nullptr;
    for (const auto& table : layers_.tables) {
      for (const Table::Range& range : table->ranges()) {
        if (!range.total || !key.starts_with(range.prefix)) continue;
        if (!widest || range.prefix.size() < widest->prefix.size()) widest = &range;
      }
    }
    return widest;
  }

  // Shows the entries that came to the current table since the scan walked it. False: the page is full.
  Result<bool> walk_news(ScanCursor& at) {
    for (; at.current_end < layers_.current().size(); ++at.current_end) {
      if (full()) return false;
      if (auto seen = look(layers_.current().at(at.current_end).prefix()); !seen)
        return std::unexpected(seen.error());
    }
    return true;
  }

  Result<> look(ByteView prefix) {
    spend(kStepsPerLook);
    if (!prefix.starts_with(beginning_)) return {};
    const auto lives = layers_.key_lives(Layers::kCurrent, prefix, reader_);
    if (!lives) return std::unexpected(lives.error());
    if (!*lives) return {};
    auto key = unescape(prefix);
    if (!key) return error(ErrorCode::kCorrupt, "a key on disk is not canonical");
    page_.keys.push_back(*std::move(key));
    return {};
  }

  Result<bool> walk_current(ScanCursor& at) {
    for (; at.index < layers_.current().size(); ++at.index) {
      if (full()) return false;
      const Table::Entry& entry = layers_.current().at(at.index);
      if (is_dead(layers_.current(), entry)) {
        spend(1);
      } else if (auto seen = look(entry.prefix()); !seen) {
        return std::unexpected(seen.error());
      }
    }
    at.phase = Phase::kPrevious;
    at.index = 0;
    at.current_end = layers_.current().size();
    return true;
  }

  Result<bool> walk_previous(ScanCursor& at) {
    const Table& previous = layers_.previous();
    const bool all_hidden = std::ranges::any_of(
        layers_.current().ranges(), [](const auto& range) { return range.total && range.prefix.empty(); });
    if (all_hidden) {
      if (const auto done = walk_news(at); !done || !*done) return done;
      at.index = previous.size();
    }
    for (; at.index < previous.size(); ++at.index) {
      if (full()) return false;
      const Table::Entry& entry = previous.at(at.index);
      const ByteView prefix = entry.prefix();
      if (shown_by_current(prefix, at) || (is_dead(previous, entry) && !layers_.current().find(prefix))) {
        spend(1);
      } else if (auto seen = look(prefix); !seen) {
        return std::unexpected(seen.error());
      }
    }
    at.phase = Phase::kDisk;
    at.index = 0;
    at.key = std::max(at.key, beginning_);
    return true;
  }

  Result<bool> walk_disk(ScanCursor& at) {
    const bool fresh = at.generation == generation_;
    std::unique_ptr<RowCursor> walk;
    for (;;) {
      if (const Table::Range* range = hiding(at.key)) {
        // The range is skipped, so the tables must have shown all its live keys, also those that came during the scan.
        if (!fresh) {
          walk_tables_again(at, generation_);
          return true;
        }
        if (const auto done = walk_news(at); !done || !*done) return done;
        at.key = prefix_end(range->prefix);
        if (!at.key.starts_with(beginning_) || at.key.empty()) return true;
        continue;
      }
      if (!walk) walk = layers_.disk->cursor();
      if (auto moved = walk->seek(at.key); !moved) return std::unexpected(moved.error());
      if (!walk->valid() || !walk->key().starts_with(beginning_)) return true;
      at.key = walk->key().substr(0, key_prefix_size(walk->key()));
      if (full()) return false;
      if (hiding(at.key)) continue;
      if (fresh && (shown_by_current(at.key, at) || layers_.previous().find(at.key))) {
        spend(kStepsPerLook);
      } else if (auto seen = look(at.key); !seen) {
        return std::unexpected(seen.error());
      }
      at.key = prefix_end(at.key);
    }
  }

  const Layers& layers_;
  const size_t count_;
  size_t steps_;
  std::string beginning_;  // escaped
  uint64_t generation_ = 0;
  KeyReader reader_;
  ScanPage page_;
};

}  // namespace

Result<ScanPage> scan_page(const Layers& layers, uint64_t generation, ByteView from, size_t count,
                           ByteView key_beginning) {
  ScanCursor at{.generation = generation, .key = {}};
  if (!from.empty()) {
    auto decoded = ScanCursor::decode(from);
    if (!decoded) return std::unexpected(decoded.error());
    at = *std::move(decoded);
  }
  return Scan(layers, std::clamp<size_t>(count, 1, kPageKeysMax), key_beginning)
      .run(std::move(at), generation);
}

}  // namespace tutti
