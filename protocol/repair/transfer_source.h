#pragma once

#include <map>

#include "protocol/messages/messenger.h"
#include "protocol/part.h"
#include "storage/database.h"

namespace tutti {

// Serves transfers (rule 8) from pinned merges: each receiver sees one unchanging set of rows with its clock, page by
// page, at its own pace.
class TransferSource final : public Part {
 public:
  static constexpr size_t kSessionsMax = 2;  // a pin keeps replaced files on disk; more receivers wait

  struct Options {
    size_t page_bytes;  // of row keys and fingerprints in one answer; one row at least
    size_t rows_bytes;  // of rows in one answer; one row at least
    Duration idle_max = std::chrono::seconds(60);  // without a word of the receiver: given up
  };
  TransferSource(Options options, Database& database, Messenger& messenger)
      : options_(options), database_(database), messenger_(messenger) {}

  void handle(const Now& now, const NodeId& peer, const TransferAskMessage& message);
  void handle(const Now& now, const NodeId& peer, const TransferPageAskMessage& message);
  void handle(const Now& now, const NodeId& peer, const TransferRowsAskMessage& message);
  void handle(const Now& now, const NodeId& peer, const TransferEndMessage& message);
  void stream_down(const Now& now, const NodeId& peer) override;
  void tick(const Now& now) override;  // ends sessions that are idle
  bool serving() const { return !sessions_.empty(); }

 private:
  struct Session {
    uint64_t id;
    std::shared_ptr<const Database::Merged> pinned;
    Instant last_used;
  };
  Session* find(const Now& now, const NodeId& peer, uint64_t id);

  Options options_;
  Database& database_;
  Messenger& messenger_;
  std::map<NodeId, Session> sessions_;
};

}  // namespace tutti
