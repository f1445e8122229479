#include "protocol/replica/fetcher.h"

namespace tutti {

void Fetcher::fetch(const FetchRequest& request, uint64_t token) {
  ++fetches_;
  outputs_.push(Outputs::RunFetch{database_.fetch(request.targets, request.bytes_max), token});
}

void Fetcher::metrics(const MetricSink& sink) const { sink("stats", "disk_fetches", fetches_); }

}  // namespace tutti
