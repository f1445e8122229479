#include "storage/table/key_scan.h"

#include <algorithm>

#include "storage/base/bytes.h"
#include "storage/table/key_rows.h"

namespace tutti {
namespace {

// Keys looked at for one shown: a page may come back short where most are dead or of another beginning.
constexpr size_t kLooksPerKey = 16;
constexpr size_t kPageKeysMax = 1u << 20;

enum class Phase : uint8_t { kCurrent = 0, kPrevious = 1, kDisk = 2 };

struct ScanCursor {
  uint64_t generation = 0;
  Phase phase = Phase::kCurrent;
  uint64_t index = 0;        // the next entry, in the first two phases
  uint64_t current_end = 0;  // entries of the current table when its phase ended: shown already
  std::string key;           // kDisk: go on at or after it

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
      : layers_(layers), count_(count), looks_(count * kLooksPerKey + kLooksPerKey) {
    put_escaped(beginning_, beginning);
  }

  Result<ScanPage> run(ScanCursor at, uint64_t generation) {
    if (at.generation != generation && at.phase != Phase::kDisk) {
      at = {.generation = generation, .key = {}};
    }
    // On disk a scan goes on whatever was frozen meanwhile: every key not shown yet lies there by now, ahead.
    // Only what was shown can no longer be told: the cursor keeps its old generation.
    fresh_ = at.generation == generation;
    Result<bool> done = true;
    if (at.phase == Phase::kCurrent) done = walk_current(at);
    if (done && *done && at.phase == Phase::kPrevious) done = walk_previous(at);
    if (done && *done && at.phase == Phase::kDisk) done = walk_disk(at);
    if (!done) return std::unexpected(done.error());
    if (!*done) page_.next = at.encode();
    return std::move(page_);
  }

 private:
  bool full() const { return page_.keys.size() >= count_ || looks_ == 0; }

  // Shown by the walk over the current table; only what it held then counts.
  bool shown_by_current(ByteView prefix, const ScanCursor& at) const {
    const uint32_t index = layers_.current().index_of(prefix);
    return index != Table::kNone && index < at.current_end;
  }

  Result<> look(ByteView prefix) {
    --looks_;
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
      if (auto seen = look(layers_.current().at(at.index).prefix()); !seen)
        return std::unexpected(seen.error());
    }
    at.phase = Phase::kPrevious;
    at.index = 0;
    at.current_end = layers_.current().size();
    return true;
  }

  Result<bool> walk_previous(ScanCursor& at) {
    const Table& previous = layers_.previous();
    for (; at.index < previous.size(); ++at.index) {
      if (full()) return false;
      const ByteView prefix = previous.at(at.index).prefix();
      if (shown_by_current(prefix, at)) {
        --looks_;
      } else if (auto seen = look(prefix); !seen) {
        return std::unexpected(seen.error());
      }
    }
    at.phase = Phase::kDisk;
    at.index = 0;
    at.key = beginning_;
    return true;
  }

  Result<bool> walk_disk(ScanCursor& at) {
    const auto walk = layers_.disk->cursor();
    auto moved = walk->seek(at.key);
    while (moved && walk->valid() && walk->key().starts_with(beginning_)) {
      const std::string prefix(walk->key().substr(0, key_prefix_size(walk->key())));
      if (full()) {
        at.key = prefix;
        return false;
      }
      if (fresh_ && (shown_by_current(prefix, at) || layers_.previous().find(prefix))) {
        --looks_;
      } else if (auto seen = look(prefix); !seen) {
        return std::unexpected(seen.error());
      }
      moved = walk->seek(prefix_end(prefix));
    }
    if (!moved) return std::unexpected(moved.error());
    return true;
  }

  const Layers& layers_;
  const size_t count_;
  size_t looks_;
  std::string beginning_;  // escaped
  bool fresh_ = true;
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
