#include "storage/log/log_reader.h"

#include "storage/log/log_record.h"

namespace tutti {
namespace {

Error bad_record(Position position, const Error& why) {
  return {ErrorCode::kCorrupt, "log record " + std::to_string(position.value) + ": " + why.message};
}

}  // namespace

Result<LogChunk> read_log_chunk(Store& store, LogIndex& index, const VersionVector& peer, size_t bytes_max) {
  Position whole = index.covered_by(peer);
  auto opened = store.read_log(Position{whole.value + 1});
  if (!opened) return std::unexpected(opened.error());
  LogCursor& cursor = **opened;
  LogChunk chunk;
  VersionVector sent = peer;
  size_t bytes = 0;
  while (cursor.valid() && !chunk.more) {
    // A join holds nothing that this peer lacks: the floor covers the join's clock, and the peer covers the floor.
    if (!is_join_record(cursor.record())) {
      auto record = decode_log_record(cursor.record());
      if (!record) return std::unexpected(bad_record(cursor.position(), record.error()));
      for (Operation& op : std::get<std::vector<Operation>>(*record)) {
        if (peer.covers(op.dot)) continue;
        if (!chunk.operations.empty() && bytes >= bytes_max) {
          chunk.more = true;
          break;
        }
        bytes += rough_bytes(op);
        sent.raise(op.dot);
        chunk.operations.push_back(std::move(op));
      }
    }
    if (chunk.more) break;
    whole = cursor.position();
    if (auto moved = cursor.next(); !moved) return std::unexpected(moved.error());
  }
  if (chunk.more) index.resume_at(whole, std::move(sent));
  return chunk;
}

}  // namespace tutti
