#pragma once

#include <uv.h>

#include <functional>

#include "storage/base/result.h"

namespace tutti {

// Work that may block, on libuv's thread pool: fsync, merges, deleting files. Loop thread only.
class Worker {
 public:
  explicit Worker(uv_loop_t* loop) : loop_(loop) {}

  // `work` on some thread of the pool, then `done` with its outcome on the loop.
  void run(std::function<Result<>()> work, std::function<void(Result<>)> done);

  size_t running() const { return running_; }

 private:
  struct Job;
  uv_loop_t* loop_;
  size_t running_ = 0;
};

}  // namespace tutti
