#include "protocol/repair/transfer_sink.h"

#include <algorithm>

#include "storage/base/check.h"
#include "storage/model/payload.h"
#include "storage/model/row.h"

namespace tutti {

void TransferSink::begin(const Now& now, const NodeId& source) {
  check(!active(), "one transfer at a time");
  source_ = source;
  ++id_;
  step_ = Step::kAsked;
  compared_ = deleted_ = 0;
  progress(now);
  messenger_.send_stream(now, source_, TransferAskMessage{id_});
}

bool TransferSink::handle(const Now& now, const NodeId& peer, const TransferPinnedMessage& message) {
  if (!mine(peer, message.id) || step_ != Step::kAsked) return true;
  // If our clock covers the source's pinned clock, the source cannot help.
  if (!message.accepted || database_.clock().covers(message.clock)) return false;
  clock_ = message.clock;
  pin_after_ = database_.clock();
  step_ = Step::kPinning;
  progress(now);
  return true;
}

void TransferSink::merged(const Now& now) {
  if (step_ != Step::kPinning || !database_.merged()->clock.covers(pin_after_)) return;
  pinned_ = database_.merged();
  cursor_ = pinned_->snapshot->cursor();
  next_page_.clear();
  if (!went(cursor_->seek({}))) return;  // the timeout ends it
  progress(now);
  ask_page(now);
}

// We read our rows from the snapshot, so we report a failing disk to the database.
bool TransferSink::went(const Result<>& moved) {
  if (!moved) database_.found(moved.error());
  return moved.has_value();
}

void TransferSink::ask_page(const Now& now) {
  step_ = Step::kPage;
  messenger_.send_stream(now, source_, TransferPageAskMessage{id_, next_page_});
}

bool TransferSink::missing_there(const Now& now) {
  absent_.emplace_back(cursor_->key());
  Lives lives;
  // A row that is damaged is found by whoever reads it.
  if (decode_row(cursor_->value(), lives)) {
    const bool deleted =
        std::ranges::all_of(lives, [&](const Live& live) { return clock_.covers(live.dot); });
    const bool expired = std::ranges::all_of(lives, [&](const Live& live) {
      const uint64_t expires = payload_expires_ms(live.payload);
      return expires != 0 && expires <= now.wall_ms();
    });
    if (deleted && !expired) ++deleted_;
  }
  return went(cursor_->next());
}

// Walks our rows beside the page's, up to the page's end.
bool TransferSink::compare(const Now& now, const TransferPageMessage& page) {
  for (const RowDigest& digest : page.rows) {
    ++compared_;
    while (cursor_->valid() && cursor_->key() < digest.row_key) {
      if (!missing_there(now)) return false;
    }
    if (cursor_->valid() && cursor_->key() == digest.row_key) {
      const bool same =
          row_fingerprint(database_.key(), cursor_->key(), cursor_->value()) == digest.fingerprint;
      if (!went(cursor_->next())) return false;
      if (same) continue;
    }
    const auto cached = cache_.find(digest.row_key);
    if (cached != cache_.end() && cached->second.fingerprint == digest.fingerprint) {
      staged_.emplace_back(digest.row_key, digest.fingerprint);
    } else {
      wanted_.push_back(digest);
    }
  }
  while (cursor_->valid() && (page.next.empty() || cursor_->key() < page.next)) {
    if (!missing_there(now)) return false;
  }
  return true;
}

bool TransferSink::handle(const Now& now, const NodeId& peer, const TransferPageMessage& message) {
  if (!mine(peer, message.id) || step_ != Step::kPage) return true;
  ByteView last = next_page_;
  for (const RowDigest& digest : message.rows) {
    const bool ascending = &digest == message.rows.data() ? digest.row_key >= last : digest.row_key > last;
    if (!ascending || !split_row_key(digest.row_key) || !within_bounds(digest.row_key)) return false;
    last = digest.row_key;
  }
  if (!message.next.empty() && message.next <= last) return false;
  if (!compare(now, message)) return false;
  next_page_ = message.next;
  progress(now);
  ask_rows(now);
  return true;
}

void TransferSink::ask_rows(const Now& now) {
  if (wanted_.empty()) {
    if (next_page_.empty()) {
      step_ = Step::kReady;
    } else {
      ask_page(now);
    }
    return;
  }
  step_ = Step::kRows;
  TransferRowsAskMessage ask{id_, {}};
  for (const RowDigest& digest : wanted_) {
    if (ask.row_keys.size() >= options_.rows_per_ask) break;
    ask.row_keys.push_back(digest.row_key);
  }
  messenger_.send_stream(now, source_, ask);
}

bool TransferSink::handle(const Now& now, const NodeId& peer, const TransferRowsMessage& message) {
  if (!mine(peer, message.id) || step_ != Step::kRows) return true;
  if (message.rows.empty() || message.rows.size() > wanted_.size()) return false;
  for (size_t i = 0; i < message.rows.size(); ++i) {
    const auto& row = message.rows[i];
    Lives lives;
    if (row.row_key != wanted_[i].row_key || row.row_bytes.empty() || !decode_row(row.row_bytes, lives))
      return false;
    for (const Live& live : lives) {
      if (!decode_payload(live.payload) || !clock_.covers(live.dot)) return false;
    }
    if (row_fingerprint(database_.key(), row.row_key, row.row_bytes) != wanted_[i].fingerprint) return false;
    keep(row.row_key, {wanted_[i].fingerprint, row.row_bytes});
    staged_.emplace_back(row.row_key, wanted_[i].fingerprint);
  }
  wanted_.erase(wanted_.begin(), wanted_.begin() + static_cast<ptrdiff_t>(message.rows.size()));
  progress(now);
  ask_rows(now);
  return true;
}

bool TransferSink::handle(const Now&, const NodeId& peer, const TransferEndMessage& message) {
  return !mine(peer, message.id);
}

std::vector<StagedRow> TransferSink::take_rows() {
  check(ready(), "all is staged");
  std::vector<StagedRow> rows;
  rows.reserve(staged_.size() + absent_.size());
  for (auto& [row_key, fingerprint] : staged_)
    rows.push_back({row_key, std::move(cache_[row_key].row_bytes)});
  for (auto& row_key : absent_) rows.push_back({std::move(row_key), {}});
  // The rows' bytes are moved out, so the cache no longer has them, even if the join fails.
  cache_.clear();
  cache_bytes_ = 0;
  return rows;
}

void TransferSink::keep(const std::string& row_key, Cached row) {
  Cached& kept = cache_[row_key];
  if (kept.row_bytes.empty()) cache_bytes_ += row_key.size();  // no row is empty: it is new
  cache_bytes_ += row.row_bytes.size();
  cache_bytes_ -= kept.row_bytes.size();
  kept = std::move(row);
}

void TransferSink::trim_cache() {
  while (cache_bytes_ > options_.cache_bytes_max) {
    const auto last = std::prev(cache_.end());
    cache_bytes_ -= last->first.size() + last->second.row_bytes.size();
    cache_.erase(last);
  }
}

void TransferSink::end(const Now& now) {
  if (step_ != Step::kIdle) messenger_.send_stream(now, source_, TransferEndMessage{id_});
  step_ = Step::kIdle;
  cursor_.reset();
  pinned_.reset();
  wanted_.clear();
  absent_.clear();
  staged_.clear();
  trim_cache();
}

}  // namespace tutti
