#pragma once

#include <span>
#include <vector>

#include "storage/model/version_vector.h"

namespace tutti {

// The clock after one record of the log, and the bytes of all records ever appended up to it.
struct LogSample {
  Position position;
  uint64_t log_bytes = 0;
  VersionVector clock;
  bool operator==(const LogSample&) const = default;
};

constexpr uint64_t kSampleBytes = 1u << 20;  // one sample at least every so many bytes, whatever the records
constexpr size_t kSamplesMax = 48;           // beyond it the older half is thinned to every second
constexpr size_t kResumePointsMax = 16;      // readers of the log remembered

// Where in the log to begin for a peer, and where it may be cut: samples of the clock along it, dense at its
// end, sparse at its beginning.
class LogIndex {
 public:
  LogIndex() = default;
  // The log begins behind `floor`; samples ascend; `log_bytes`: of all records ever appended. A sample
  // at least every `sample_records`.
  LogIndex(LogSample floor, std::vector<LogSample> samples, uint64_t log_bytes, uint64_t sample_records);

  // After each record; `jumped`: the clock took in a transfer, sample it now.
  void appended(Position position, uint64_t record_bytes, const VersionVector& clock, bool jumped = false);
  uint64_t log_bytes() const { return log_bytes_; }

  // All records up to this position hold only what `peer` covers.
  Position covered_by(const VersionVector& peer) const;
  // Up to `position` the log holds only what `clock` covers: where a reader stopped, to go on there.
  void resume_at(Position position, VersionVector clock);

  // The newest sample not behind `merged`, at least `keep` bytes old and covered by `every`; null: none.
  const LogSample* cut_point(Position merged, uint64_t keep, const VersionVector& every) const;
  void cut_at(LogSample floor);

  const LogSample& floor() const { return floor_; }
  std::span<const LogSample> samples() const { return samples_; }

 private:
  void thin();

  LogSample floor_;
  std::vector<LogSample> samples_;
  std::vector<LogSample> resume_points_;
  size_t next_resume_point_ = 0;
  uint64_t log_bytes_ = 0;
  uint64_t sample_records_ = 256;
};

}  // namespace tutti
