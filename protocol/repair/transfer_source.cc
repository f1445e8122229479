#include "protocol/repair/transfer_source.h"

namespace tutti {

TransferSource::Session* TransferSource::find(const Now& now, const NodeId& peer, uint64_t id) {
  const auto at = sessions_.find(peer);
  if (at == sessions_.end() || at->second.id != id) {
    messenger_.send_stream(now, peer, TransferEndMessage{id});
    return nullptr;
  }
  at->second.last_used = now.mono;
  return &at->second;
}

void TransferSource::handle(const Now& now, const NodeId& peer, const TransferAskMessage& message) {
  TransferPinnedMessage answer{.id = message.id, .accepted = false, .clock = {}, .rows = 0};
  sessions_.erase(peer);  // one session for each receiver: a new ask ends the old one
  const auto merged = database_.merged();
  if (sessions_.size() < kSessionsMax && !database_.broken() && merged) {
    sessions_[peer] = {message.id, merged, now.mono};
    answer.accepted = true;
    answer.clock = merged->clock;
    answer.rows = merged->rows;
  }
  messenger_.send_stream(now, peer, answer);
}

void TransferSource::handle(const Now& now, const NodeId& peer, const TransferPageAskMessage& message) {
  const Session* session = find(now, peer, message.id);
  if (!session) return;
  TransferPageMessage page{.id = message.id, .rows = {}, .next = {}};
  const auto cursor = session->pinned->snapshot->cursor();
  Result<> moved = cursor->seek(message.from);
  for (size_t bytes = 0; moved && cursor->valid(); moved = cursor->next()) {
    if (bytes >= options_.page_bytes) {
      page.next = cursor->key();
      break;
    }
    page.rows.push_back(
        {std::string(cursor->key()), row_fingerprint(database_.key(), cursor->key(), cursor->value())});
    bytes += cursor->key().size() + sizeof(Hash128);
  }
  if (!moved) {  // our disk: rows that cannot be verified are served to nobody
    database_.found(moved.error());
    sessions_.erase(peer);
    messenger_.send_stream(now, peer, TransferEndMessage{message.id});
    return;
  }
  messenger_.send_stream(now, peer, page);
}

void TransferSource::handle(const Now& now, const NodeId& peer, const TransferRowsAskMessage& message) {
  const Session* session = find(now, peer, message.id);
  if (!session) return;
  TransferRowsMessage answer{.id = message.id, .rows = {}};
  size_t bytes = 0;
  for (const std::string& key : message.row_keys) {
    if (bytes >= options_.rows_bytes) break;
    StagedRow row{key, {}};
    const Result<bool> found = session->pinned->snapshot->get(key, row.row_bytes);
    if (!found) database_.found(found.error());
    if (!found || !*found) {  // the row was on the page: the disk now answers otherwise, so do not trust it
      sessions_.erase(peer);
      messenger_.send_stream(now, peer, TransferEndMessage{message.id});
      return;
    }
    bytes += key.size() + row.row_bytes.size();
    answer.rows.push_back(std::move(row));
  }
  messenger_.send_stream(now, peer, answer);
}

void TransferSource::handle(const Now&, const NodeId& peer, const TransferEndMessage& message) {
  const auto at = sessions_.find(peer);
  if (at != sessions_.end() && at->second.id == message.id) sessions_.erase(at);
}

void TransferSource::stream_down(const Now&, const NodeId& peer) { sessions_.erase(peer); }

void TransferSource::tick(const Now& now) {
  std::erase_if(sessions_,
                [&](const auto& session) { return now.mono - session.second.last_used > options_.idle_max; });
}

}  // namespace tutti
