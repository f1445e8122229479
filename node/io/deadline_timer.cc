#include "node/io/deadline_timer.h"

#include <algorithm>
#include <utility>

namespace tutti {

DeadlineTimer::DeadlineTimer(uv_loop_t* loop, std::function<void()> fired)
    : handle_(new uv_timer_t), fired_(std::move(fired)) {
  uv_timer_init(loop, handle_.get());
  handle_->data = this;
}

void DeadlineTimer::arm(Instant now, std::optional<Instant> deadline) {
  if (deadline == armed_) return;
  armed_ = deadline;
  if (!deadline) {
    uv_timer_stop(handle_.get());
    return;
  }
  const auto millis = std::chrono::ceil<std::chrono::milliseconds>(*deadline - now).count();
  uv_timer_start(
      handle_.get(),
      [](uv_timer_t* handle) {
        auto& self = *static_cast<DeadlineTimer*>(handle->data);
        self.armed_.reset();
        self.fired_();
      },
      static_cast<uint64_t>(std::max<int64_t>(millis, 0)), 0);
}

}  // namespace tutti
