#include "protocol/replica/housekeeping.h"

namespace tutti {

void Housekeeping::handle_timeout(const Now& now) {
  if (now.mono < next_tick_) return;
  next_tick_ = now.mono + kTickEvery;
  for (Part* part : parts_) part->tick(now);
  cut_log(now);
}

void Housekeeping::cut_log(const Now& now) {
  VersionVector held = database_.clock();
  if (database_.store().log_bytes() <= log_bytes_max_) {
    for (const Part* part : parts_) part->log_needed(now, held);
  }
  if (auto cut = database_.cut_log(held)) outputs_.push(Outputs::RunJob{std::move(cut)});
}

}  // namespace tutti
