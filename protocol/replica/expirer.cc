#include "protocol/replica/expirer.h"

#include <algorithm>

#include "storage/model/payload.h"
#include "storage/model/row_key.h"

namespace tutti {
namespace {

constexpr ByteView kMetaExpiries = "expiries";

std::string key_of(const Edit& edit) { return edit.target.substr(0, key_prefix_size(edit.target)); }

}  // namespace

Expirer::Expirer(Database& database, const NodeId& self)
    : database_(database), grace_ms_(kGraceMs + self.bytes[0] * kGraceSpreadMs / 256) {}

// --- what is known ---

Result<> Expirer::start() {
  const auto known = database_.store().meta_get(kMetaExpiries);
  if (!known) return std::unexpected(known.error());
  expiries_known_ = known->has_value();
  if (expiries_known_) search_from_ = database_.clock();
  return {};
}

Result<> Expirer::remember_expiries() {
  if (expiries_known_) return {};
  if (auto put = database_.store().meta_put(kMetaExpiries, "1"); !put) return put;
  expiries_known_ = true;
  return {};
}

Result<> Expirer::joined() {
  search_from_ = database_.clock();
  return remember_expiries();
}

uint64_t Expirer::due_ms(uint64_t expires_ms, ActorId by) const {
  return std::ranges::find(own_, by) != own_.end() ? expires_ms : expires_ms + grace_ms_;
}

Result<> Expirer::applied(const Operation& operation) {
  for (const Edit& edit : operation.edits) {
    if (!edit.payload) continue;
    const uint64_t expires_ms = payload_expires_ms(*edit.payload);
    // An expiry that never passes goes when what it kept is gone. Only a delete that had not heard of it leaves it
    // behind: that is looked for once.
    const bool never = expires_ms == 0 && payload_kind(*edit.payload) == PayloadKind::kExpiry;
    if (expires_ms == 0 && !never) continue;
    if (auto known = remember_expiries(); !known) return known;
    const uint64_t at_ms =
        never ? operation.hlc.milliseconds() + grace_ms_ : due_ms(expires_ms, operation.dot.actor);
    schedule_.add({at_ms, key_of(edit)});
  }
  return {};
}

std::function<Result<>()> Expirer::search() {
  if (search_) {
    if (!search_->done()) return {};
    for (ExpirySearch::Found& found : search_->found())
      schedule_.add({due_ms(found.expires_ms, found.by), std::move(found.key_prefix)});
    if (search_->left_out_from_ms() != kNever) schedule_.left_out_from(search_->left_out_from_ms());
    search_.reset();
  }
  if (!search_from_ && schedule_.wants_more()) search_from_ = database_.merged()->clock;
  if (!search_from_ || !database_.merged()->clock.covers(*search_from_)) return {};
  search_from_.reset();
  schedule_.searching();
  search_ = std::make_shared<ExpirySearch>(database_.merged()->snapshot, ExpirySchedule::kEntriesMax / 2);
  return [search = search_] { return search->run(); };
}

// --- what is due ---

Result<> Expirer::collect(const Now& now, ExpirySchedule::Entry entry, Round& round) {
  const uint64_t now_ms = now.wall_ms();
  const Tier tier = entry.fetches < kFetchesMax ? Tier::kMemory : Tier::kAny;
  auto expired = find_expired(database_, entry.key_prefix, now_ms, kEditsPerRound - round.edits.size(), tier);
  if (!expired && expired.error().code == ErrorCode::kUnavailable) {
    round.fetch.push_back(entry.key_prefix);
    entry.at_ms = now_ms + kFetchMs;
    ++entry.fetches;
    schedule_.add(std::move(entry));
    return {};
  }
  if (!expired) return std::unexpected(expired.error());
  if (!expired->edits.empty()) round.keys.push_back(entry.key_prefix);
  std::ranges::move(expired->edits, std::back_inserter(round.edits));
  if (expired->more) {
    schedule_.add({now_ms, std::move(entry.key_prefix)});
  } else if (expired->next.ms != kNever) {
    schedule_.add({due_ms(expired->next.ms, expired->next.by.actor), std::move(entry.key_prefix)});
  }
  return {};
}

Result<Expirer::Round> Expirer::due(const Now& now) {
  Round round;
  if (now.mono < next_round_) return round;
  const uint64_t now_ms = now.wall_ms();
  std::vector<ExpirySchedule::Entry> keys;
  while (schedule_.due(now_ms) && keys.size() < kKeysPerRound) keys.push_back(schedule_.take());
  // A key may be there several times: it is looked at once.
  std::ranges::stable_sort(keys, {}, &ExpirySchedule::Entry::key_prefix);
  const auto twice = std::ranges::unique(keys, {}, &ExpirySchedule::Entry::key_prefix);
  keys.erase(twice.begin(), twice.end());
  for (ExpirySchedule::Entry& entry : keys) {
    if (round.edits.size() >= kEditsPerRound) {
      schedule_.add(std::move(entry));
    } else if (auto ok = collect(now, std::move(entry), round); !ok) {
      return std::unexpected(ok.error());
    }
  }
  next_round_ = now.mono + (schedule_.due(now_ms) ? kRoundEvery : kRoundPause);
  return round;
}

void Expirer::again(std::vector<std::string> keys) {
  for (std::string& key : keys) schedule_.add({0, std::move(key)});
}

std::optional<Instant> Expirer::next(const Now& now) const {
  constexpr uint64_t kLookAgainMs = 1000;  // a wall clock may jump
  if (schedule_.size() == 0) return std::nullopt;
  const uint64_t now_ms = now.wall_ms(), at_ms = schedule_.next_ms();
  const auto until = std::chrono::milliseconds(at_ms > now_ms ? std::min(at_ms - now_ms, kLookAgainMs) : 0);
  return std::max(now.mono + until, next_round_);
}

}  // namespace tutti
