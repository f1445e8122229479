#include "protocol/replica/expiry_search.h"

#include <algorithm>
#include <optional>

#include "storage/model/row.h"
#include "storage/model/row_key.h"

namespace tutti {
namespace {

bool earlier(const ExpirySearch::Found& a, const ExpirySearch::Found& b) {
  return a.expires_ms < b.expires_ms;
}

// The rows of one key, one after the other.
struct Key {
  std::string prefix;
  std::optional<ExpirySearch::Found> earliest;
  bool only_expiries = true;
  uint64_t written_ms = 0;  // of expiries

  void take(RowKind kind, const Lives& row) {
    only_expiries = only_expiries && kind == RowKind::kKeyExpiry;
    for (const Live& live : row) {
      written_ms = std::max(written_ms, live.hlc.milliseconds());
      const uint64_t expires_ms = payload_expires_ms(live.payload);
      if (expires_ms == 0 || (earliest && earliest->expires_ms <= expires_ms)) continue;
      earliest = {expires_ms, live.dot.actor, prefix};
    }
  }
  std::optional<ExpirySearch::Found> found() const {
    // It never passes, and has nothing to keep: a grace after it was written it goes.
    if (!earliest && only_expiries && !prefix.empty()) return ExpirySearch::Found{written_ms, {}, prefix};
    return earliest;
  }
};

}  // namespace

void ExpirySearch::keep(Found found) {
  found_.push_back(std::move(found));
  std::ranges::push_heap(found_, earlier);
  if (found_.size() <= max_) return;
  std::ranges::pop_heap(found_, earlier);
  left_out_from_ms_ = std::min(left_out_from_ms_, found_.back().expires_ms);
  found_.pop_back();
}

Result<> ExpirySearch::run() {
  const auto cursor = rows_->cursor();
  Key key;
  Lives row;
  const auto end_key = [&] {
    if (auto found = key.found()) keep(*std::move(found));
  };
  auto moved = cursor->seek({});
  for (; moved && cursor->valid(); moved = cursor->next()) {
    const auto parts = split_row_key(cursor->key());
    if (!parts || !decode_row(cursor->value(), row))
      return error(ErrorCode::kCorrupt, "a row that is no canonical row");
    if (parts->prefix != key.prefix) {
      end_key();
      key = {std::string(parts->prefix), std::nullopt, true, 0};
    }
    key.take(parts->kind, row);
  }
  if (!moved) return moved;
  end_key();
  rows_.reset();
  done_.store(true, std::memory_order_release);
  return {};
}

}  // namespace tutti
