#include "protocol/replica/expirer.h"

#include <algorithm>

#include "storage/model/payload.h"
#include "storage/model/row_key.h"
#include "storage/model/views.h"

namespace tutti {

void Expirer::minted(const Operation& operation) {
  for (const Edit& edit : operation.edits) {
    if (!edit.payload) continue;
    const uint64_t expires = payload_expires_ms(*edit.payload);
    if (expires == 0 || scheduled_.size() >= kScheduledMax) continue;
    std::string row = edit.target;
    if (edit.scope == Edit::Scope::kKey) row.push_back(static_cast<char>(RowKind::kRegister));
    scheduled_.push({expires, std::move(row)});
  }
}

// The winner decides: expired, it goes and takes with it what it hides.
Result<> Expirer::collect(const std::string& row_key, uint64_t by_ms, std::vector<Edit>& edits) {
  const Result<const Lives*> row = database_.read(row_key);
  if (!row) return std::unexpected(row.error());
  const Live* winner = newest(**row);
  if (!winner) return {};
  const uint64_t expires = payload_expires_ms(winner->payload);
  if (expires == 0 || expires > by_ms) return {};
  const auto parts = split_row_key(row_key);
  Edit edit{.scope = Edit::Scope::kRow, .target = row_key, .payload = {}, .replaces = {}};
  if (parts->kind == RowKind::kKeyExpiry) {
    edit.scope = Edit::Scope::kKey;
    edit.target = parts->prefix;
  } else {
    edit.replaces.emplace();
    for (const Live& live : **row) edit.replaces->push_back(live.dot);
  }
  if (std::ranges::find(edits, edit.target, &Edit::target) == edits.end()) edits.push_back(std::move(edit));
  return {};
}

Result<> Expirer::sweep(const Now& now, std::vector<Edit>& edits) {
  if (now.mono < next_sweep_ || now.wall_ms() < kGraceMs) return {};
  next_sweep_ = now.mono + kSweepEvery;
  const auto page = database_.scan_keys(sweep_from_, kSweptPerTurn);
  if (!page) return std::unexpected(page.error());
  sweep_from_ = page->next;
  if (sweep_from_.empty()) next_sweep_ = now.mono + kSweepPause;
  for (const std::string& key : page->keys) {
    for (const RowKind kind : {RowKind::kRegister, RowKind::kKeyExpiry}) {
      if (auto ok = collect(row_key(key, kind), now.wall_ms() - kGraceMs, edits); !ok) return ok;
    }
  }
  return {};
}

Result<std::vector<Edit>> Expirer::due(const Now& now) {
  std::vector<Edit> edits;
  while (!scheduled_.empty() && scheduled_.top().expires_ms <= now.wall_ms() &&
         edits.size() < kEditsPerTurnMax) {
    const std::string row = scheduled_.top().row_key;
    scheduled_.pop();
    if (auto ok = collect(row, now.wall_ms(), edits); !ok) return std::unexpected(ok.error());
  }
  if (auto ok = sweep(now, edits); !ok) return std::unexpected(ok.error());
  return edits;
}

}  // namespace tutti
