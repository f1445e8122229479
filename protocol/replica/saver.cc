#include "protocol/replica/saver.h"

#include <algorithm>

#include "storage/model/row_key.h"

namespace tutti {
namespace {

// The payload as it was, to be brought again. `worth`: of an increment, what the delete takes of it.
std::string saved_payload(const Written& first, Dot dot, int64_t worth) {
  Payload payload;
  payload.kind = PayloadKind::kSaved;
  payload.expires_ms = first.expires_ms == kNever ? 0 : first.expires_ms;
  payload.value = first.value;
  payload.total = worth;
  payload.saved = {first.kind, first.hlc, dot};
  return encode_payload(payload);
}

const Live* find(const Lives& row, Dot dot) {
  const auto at = std::ranges::lower_bound(row, dot, {}, &Live::dot);
  return at != row.end() && at->dot == dot ? &*at : nullptr;
}

}  // namespace

bool Saver::own(ActorId actor) const { return std::ranges::find(own_, actor) != own_.end(); }

void Saver::forget_replaced(const Operation& operation, const Edit& edit) {
  const auto reaches = [&](ByteView row) {
    return edit.scope == Edit::Scope::kRow ? row == edit.target : row.starts_with(edit.target);
  };
  for (auto at = saving_.lower_bound(edit.target); at != saving_.end() && reaches(at->first);) {
    count_ -= std::erase_if(at->second, [&](const Saved& saved) { return operation.past_covers(saved.dot); });
    at = at->second.empty() ? saving_.erase(at) : std::next(at);
  }
}

Result<> Saver::before(const Now& now, const Operation& operation) {
  for (const Edit& edit : operation.edits) {
    if (!edit.replaces && !saving_.empty()) forget_replaced(operation, edit);
    if (!edit.expired || own_.empty()) continue;
    if (auto looked = look(now, operation, edit); !looked) return looked;
  }
  return {};
}

Result<> Saver::look(const Now& now, const Operation& operation, const Edit& edit) {
  const auto parts = split_row_key(edit.target);
  const auto dated = database_.read(std::string(parts->prefix) + static_cast<char>(RowKind::kKeyExpiry));
  if (!dated) return std::unexpected(dated.error());
  const KeyExpiries expiries(**dated);
  const auto live = database_.read(edit.target);
  if (!live) return std::unexpected(live.error());
  const Lives& row = **live;
  const bool ours = std::ranges::any_of(expiries.all(), [&](const auto& e) { return own(e.dot.actor); }) ||
                    std::ranges::any_of(row, [&](const Live& l) { return own(l.dot.actor); });
  if (!ours) return {};
  const auto save = [&](Dot dot, std::string payload) {
    if (count_ >= kSavingMax) return;
    saving_[edit.target].push_back({dot, std::move(payload)});
    ++count_;
  };
  if (parts->kind == RowKind::kKeyExpiry) {
    // One that passes was taken because it had, by the reaper's clock.
    std::map<Dot, std::string> kept;
    for (const KeyExpiries::Expiry& e : expiries.all()) {
      const bool named = std::ranges::find(*edit.replaces, e.dot) != edit.replaces->end();
      if (named && own(e.dot.actor) && e.expires_ms == kNever) kept[e.dot] = find(row, e.dot)->payload;
    }
    if (kept.empty()) return {};
    const auto keeps = anything_lives(now, parts->prefix, expiries);
    if (!keeps) return std::unexpected(keeps.error());
    for (auto& [dot, payload] : kept) {
      if (*keeps) save(dot, std::move(payload));
    }
    return {};
  }
  Lives after = row;
  apply_edit(after, operation, edit, false);
  const std::vector<End> ends = ends_of(row, parts->kind, expiries);
  for (size_t i = 0; i < row.size(); ++i) {
    // Only whoever prolonged it, and only where the reaper had not heard of that.
    if (ends[i].dead(now.wall_ms()) || !own(ends[i].by.actor) || operation.past_covers(ends[i].by)) continue;
    const Written first = written(row[i]);
    const Live* left = find(after, row[i].dot);
    if (first.kind == PayloadKind::kCounter) {
      const int64_t taken = first.worth - (left ? written(*left).worth : 0);
      // Of a longer chain the delete took the beginning: that is what it named.
      Dot dot = first.dot;
      for (const Dot& named : *edit.replaces) {
        if (left && named.actor == row[i].dot.actor) dot = named;
      }
      if (taken != 0) save(row[i].dot, saved_payload(first, dot, taken));
    } else if (!left) {
      save(row[i].dot, saved_payload(first, first.dot, 0));
    }
  }
  return {};
}

Result<bool> Saver::anything_lives(const Now& now, ByteView prefix, const KeyExpiries& expiries) {
  bool any = false;
  const auto one = [&](const RowKeyParts& parts, const Lives& row) {
    if (parts.kind == RowKind::kKeyExpiry) return true;
    any = std::ranges::any_of(ends_of(row, parts.kind, expiries),
                              [&](const End& e) { return !e.dead(now.wall_ms()); });
    return !any;
  };
  if (auto read = database_.read_key(prefix, one); !read) return std::unexpected(read.error());
  return any;
}

std::vector<std::vector<Edit>> Saver::take() {
  std::vector<std::vector<Edit>> operations;
  for (auto& [row, all] : saving_) {
    for (size_t i = 0; i < all.size(); ++i) {
      if (operations.size() <= i) operations.emplace_back();
      Edit edit;
      edit.target = row;
      edit.payload = std::move(all[i].payload);
      edit.replaces.emplace();
      operations[i].push_back(std::move(edit));
    }
  }
  saving_.clear();
  count_ = 0;
  return operations;
}

}  // namespace tutti
