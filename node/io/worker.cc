#include "node/io/worker.h"

#include <memory>
#include <utility>

#include "storage/base/check.h"

namespace tutti {

struct Worker::Job {
  uv_work_t request{};
  Worker* owner;
  std::function<Result<>()> work;
  std::function<void(Result<>)> done;
  Result<> outcome;
};

void Worker::run(std::function<Result<>()> work, std::function<void(Result<>)> done) {
  auto* job = new Job{.owner = this, .work = std::move(work), .done = std::move(done), .outcome = {}};
  job->request.data = job;
  ++running_;
  const int failed = uv_queue_work(
      loop_, &job->request,
      [](uv_work_t* request) {
        auto* self = static_cast<Job*>(request->data);
        self->outcome = self->work();
        self->work = nullptr;  // what it held is freed on the thread that used it
      },
      [](uv_work_t* request, int) {
        const std::unique_ptr<Job> self(static_cast<Job*>(request->data));
        --self->owner->running_;
        self->done(std::move(self->outcome));
      });
  check(failed == 0, "libuv takes work as long as its loop lives");
}

}  // namespace tutti
