#pragma once

#include "protocol/part.h"
#include "protocol/replica/outputs.h"
#include "storage/database.h"

namespace tutti {

// Ticks the parts every half second, then gives up the oldest log, up to what every part still needs.
class Housekeeping final : public Part {
 public:
  static constexpr Duration kTickEvery = std::chrono::milliseconds(500);

  // Beyond `log_bytes_max` the log is cut whoever needs it. `parts` may be filled later.
  Housekeeping(uint64_t log_bytes_max, Database& database, Outputs& outputs, const Parts& parts)
      : log_bytes_max_(log_bytes_max), database_(database), outputs_(outputs), parts_(parts) {}

  void start(const Now& now) override { next_tick_ = now.mono; }
  void handle_timeout(const Now& now) override;
  std::optional<Instant> next_deadline() const override { return next_tick_; }

 private:
  void cut_log(const Now& now);

  uint64_t log_bytes_max_;
  Database& database_;
  Outputs& outputs_;
  const Parts& parts_;
  Instant next_tick_{};
};

}  // namespace tutti
