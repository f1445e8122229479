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

constexpr uint64_t kSampleBytes = 1u << 20;  // at least one sample for this many bytes of log
// Beyond it one sample of the older half is dropped for each new one. Those left lie the closer the nearer the end: so
// that a cut of a log of 10 GiB leaves at most half as much again as is to be kept (log_index_test.cc).
constexpr size_t kSamplesMax = 48;
constexpr size_t kResumePointsMax = 16;  // readers of the log that are remembered

// Where a read of the log for a peer begins, and where the log may be cut: samples of the clock along the log, dense
// at its end, sparse at its beginning.
class LogIndex {
 public:
  LogIndex() = default;
  // The log begins after `floor`; samples ascend; `log_bytes`: of all records ever appended. At least one sample
  // for every `sample_records` records.
  LogIndex(LogSample floor, std::vector<LogSample> samples, uint64_t log_bytes, uint64_t sample_records);

  // Call after each record; `jumped`: the record is a join, so sample the clock now.
  void appended(Position position, uint64_t record_bytes, const VersionVector& clock, bool jumped = false);
  uint64_t log_bytes() const { return log_bytes_; }

  // A place in the log, and this node's clock there.
  struct Place {
    Position position;
    VersionVector clock;
  };
  // One up to which all records hold only operations that `peer` covers.
  Place covered_by(const VersionVector& peer) const;
  // A reader stopped at `place` and may go on there: `peer` covers the log up to it.
  void resume_at(Place place, VersionVector peer);

  // The newest sample that is not after `merged`, has at least `keep` bytes of log after it, and is covered by
  // `every`; null: none.
  const LogSample* cut_point(Position merged, uint64_t keep, const VersionVector& every) const;
  void cut_at(LogSample floor);

  const LogSample& floor() const { return floor_; }
  std::span<const LogSample> samples() const { return samples_; }

 private:
  void thin();

  LogSample floor_;
  std::vector<LogSample> samples_;
  struct ResumePoint {
    Place place;
    VersionVector peer;
  };
  std::vector<ResumePoint> resume_points_;
  size_t next_resume_point_ = 0;
  uint64_t log_bytes_ = 0;
  uint64_t sample_records_ = 256;
};

}  // namespace tutti
