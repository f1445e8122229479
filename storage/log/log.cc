#include "storage/log/log.h"

#include <utility>

namespace tutti {
namespace {

std::unexpected<Error> missing(Position position) {
  return error(ErrorCode::kCorrupt, "log record " + std::to_string(position.value) + " is missing");
}

}  // namespace

Result<> Log::open(Marker marker) {
  auto stored = store_.meta_get(kFloorKey);
  if (!stored) return std::unexpected(stored.error());
  LogSample floor;
  if (*stored) {
    auto decoded = decode_floor(**stored);
    if (!decoded) return std::unexpected(decoded.error());
    floor = *std::move(decoded);
  }
  joined_ = std::move(marker.joined);
  floor_ = floor.clock;
  floor_.join(joined_);
  index_ = LogIndex(std::move(floor), std::move(marker.samples), marker.log_bytes, sample_records_);
  last_ = marker.position;
  finish_cut_ = index_.floor().position > Position{};
  return {};
}

Result<> Log::replay(Position merged, const Redo& redo) {
  const Position end = store_.last_position();
  if (end < merged) {
    return error(ErrorCode::kCorrupt, "the log ends at record " + std::to_string(end.value) +
                                          ", before the rows, which hold it up to " +
                                          std::to_string(merged.value));
  }
  auto cursor = store_.read_log(next());
  if (!cursor) return std::unexpected(cursor.error());
  while ((*cursor)->valid()) {
    const Position at = next();
    if ((*cursor)->position() != at) return missing(at);
    if (auto done = redo(at, (*cursor)->record()); !done) return done;
    if (auto moved = (*cursor)->next(); !moved) return moved;
  }
  if (last_ != end) return missing(next());
  return {};
}

void Log::written(size_t bytes, const VersionVector& clock, const VersionVector* joined) {
  last_ = next();
  if (joined) {
    joined_.join(*joined);
    floor_.join(*joined);
  }
  index_.appended(last_, bytes, clock, joined != nullptr);
}

Marker Log::marker() const {
  return {.position = last_,
          .log_bytes = index_.log_bytes(),
          .clock = {},
          .joined = joined_,
          .last_hlc = {},
          .fingerprints = {},
          .samples = {index_.samples().begin(), index_.samples().end()}};
}

Result<LogChunk> Log::read(const VersionVector& peer, size_t bytes_max) {
  if (!peer.covers(floor_)) {
    return error(ErrorCode::kRefused, "the log does not go back so far: the peer needs a transfer");
  }
  return read_log_chunk(store_, index_, peer, bytes_max);
}

Result<std::function<Result<>()>> Log::cut(Position merged, uint64_t keep, const VersionVector& every) {
  const LogSample* at = index_.cut_point(merged, keep, every);
  if (at) {
    LogSample floor = *at;
    if (auto put = store_.meta_put(kFloorKey, encode_floor(floor)); !put) return std::unexpected(put.error());
    floor_.join(floor.clock);
    index_.cut_at(std::move(floor));
  } else if (!std::exchange(finish_cut_, false)) {
    return {};
  }
  return [store = &store_, before = Position{index_.floor().position.value + 1}] {
    return store->cut_log(before);
  };
}

}  // namespace tutti
