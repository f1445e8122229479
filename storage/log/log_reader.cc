#include "storage/log/log_reader.h"

#include "storage/log/log_record.h"

namespace tutti {
namespace {

Error bad_record(Position position, const Error& why) {
  return {ErrorCode::kCorrupt, "log record " + std::to_string(position.value) + ": " + why.message};
}

}  // namespace

Result<LogChunk> read_log_chunk(Store& store, LogIndex& index, const VersionVector& peer, size_t bytes_max) {
  LogIndex::Place whole = index.covered_by(peer);
  auto opened = store.read_log(Position{whole.position.value + 1});
  if (!opened) return std::unexpected(opened.error());
  LogCursor& cursor = **opened;
  LogChunk chunk;
  VersionVector sent = peer;
  VersionVector after;  // the record that is read
  size_t bytes = 0;
  while (cursor.valid() && !chunk.more) {
    // A join holds nothing that this peer lacks: the floor covers the join's clock, and the peer covers the floor.
    if (const auto joined = joined_clock(cursor.record())) {
      after = whole.clock;
      after.join(*joined);
    } else {
      auto record = decode_log_record(whole.clock, cursor.record());
      if (!record) return std::unexpected(bad_record(cursor.position(), record.error()));
      after = whole.clock;
      for (Operation& op : std::get<std::vector<Operation>>(*record)) {
        after.raise(op.dot);
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
    whole = {cursor.position(), std::move(after)};
    if (auto moved = cursor.next(); !moved) return std::unexpected(moved.error());
  }
  if (chunk.more) index.resume_at(std::move(whole), std::move(sent));
  return chunk;
}

}  // namespace tutti
