#pragma once

#include <functional>
#include <optional>

#include "node/io/uv_handle.h"
#include "storage/base/time.h"

namespace tutti {

// The one timer of the core: fires at next_deadline(), to the millisecond, perhaps a little early. Loop thread only.
class DeadlineTimer {
 public:
  DeadlineTimer(uv_loop_t* loop, std::function<void()> fired);
  DeadlineTimer(const DeadlineTimer&) = delete;
  DeadlineTimer& operator=(const DeadlineTimer&) = delete;

  void arm(Instant now, std::optional<Instant> deadline);
  // Stops it. It must not be armed again.
  void close() { handle_.reset(); }

 private:
  UvHandle<uv_timer_t> handle_;
  std::function<void()> fired_;
  std::optional<Instant> armed_;
};

}  // namespace tutti
