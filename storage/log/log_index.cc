#include "storage/log/log_index.h"

#include <algorithm>
#include <limits>

namespace tutti {

LogIndex::LogIndex(LogSample floor, std::vector<LogSample> samples, uint64_t log_bytes,
                   uint64_t sample_records)
    : floor_(std::move(floor)),
      samples_(std::move(samples)),
      log_bytes_(log_bytes),
      sample_records_(sample_records) {
  std::erase_if(samples_, [&](const LogSample& s) { return s.position <= floor_.position; });
}

void LogIndex::appended(Position position, uint64_t record_bytes, const VersionVector& clock, bool jumped) {
  log_bytes_ += record_bytes;
  const LogSample& last = samples_.empty() ? floor_ : samples_.back();
  if (!jumped && position.value - last.position.value < sample_records_ &&
      log_bytes_ - last.log_bytes < kSampleBytes) {
    return;
  }
  samples_.push_back({position, log_bytes_, clock});
  if (samples_.size() > kSamplesMax) thin();
}

// Drops the sample of the older half that is missed least: the gap it leaves is the smallest beside the log after it.
// The first one stays, so that the samples always reach back to where the log begins.
void LogIndex::thin() {
  size_t least = 1;
  double least_missed = std::numeric_limits<double>::infinity();
  for (size_t i = 1; i <= kSamplesMax / 2; ++i) {
    const uint64_t before = samples_[i - 1].log_bytes;
    const double missed =
        static_cast<double>(samples_[i + 1].log_bytes - before) / static_cast<double>(log_bytes_ - before);
    if (missed < least_missed) {
      least_missed = missed;
      least = i;
    }
  }
  samples_.erase(samples_.begin() + static_cast<std::ptrdiff_t>(least));
}

LogIndex::Place LogIndex::covered_by(const VersionVector& peer) const {
  Place best{floor_.position, floor_.clock};
  for (const ResumePoint& point : resume_points_) {
    if (point.place.position > best.position && peer.covers(point.peer)) best = point.place;
  }
  // Clocks ascend along the log: searched from the end, the first covered sample is the newest.
  for (auto sample = samples_.rbegin(); sample != samples_.rend() && sample->position > best.position;
       ++sample) {
    if (peer.covers(sample->clock)) return {sample->position, sample->clock};
  }
  return best;
}

void LogIndex::resume_at(Place place, VersionVector peer) {
  ResumePoint point{std::move(place), std::move(peer)};
  if (resume_points_.size() < kResumePointsMax) {
    resume_points_.push_back(std::move(point));
  } else {
    resume_points_[next_resume_point_] = std::move(point);
    next_resume_point_ = (next_resume_point_ + 1) % kResumePointsMax;
  }
}

const LogSample* LogIndex::cut_point(Position merged, uint64_t keep, const VersionVector& every) const {
  const LogSample* best = nullptr;
  for (const LogSample& sample : samples_) {
    if (sample.position > merged || log_bytes_ - sample.log_bytes < keep || !every.covers(sample.clock))
      break;
    best = &sample;
  }
  return best;
}

void LogIndex::cut_at(LogSample floor) {
  floor_ = std::move(floor);
  std::erase_if(samples_, [&](const LogSample& s) { return s.position <= floor_.position; });
  std::erase_if(resume_points_, [&](const ResumePoint& p) { return p.place.position <= floor_.position; });
  next_resume_point_ = 0;
}

}  // namespace tutti
