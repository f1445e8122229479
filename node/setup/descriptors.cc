#include "node/setup/descriptors.h"

#include <fmt/format.h>
#include <sys/resource.h>

#include <algorithm>

namespace tutti {

namespace {

// Listeners, the loop, the write-ahead logs, the manifest, files that a merge or a compaction writes.
constexpr uint64_t kOther = 96;
// Streams that this node dials: to 64 neighbours, and some while members change.
constexpr uint64_t kDialled = 80;
constexpr uint64_t kMembersMin = 80;
constexpr uint64_t kMembersMax = 4096;
constexpr uint64_t kClientsMax = 10'000;
constexpr uint64_t kStoreMax = 1u << 20;

}  // namespace

Outcome<Descriptors> share_descriptors(uint64_t limit) {
  if (limit < kDescriptorsMin) {
    return failure(ExitCode::kUnreachable,
                   fmt::format("The system lets this process open {} files, and it needs {}. Raise the limit "
                               "(`ulimit -n`, or LimitNOFILE= of its systemd unit), then start again.",
                               limit, kDescriptorsMin));
  }
  Descriptors out;
  out.members = std::clamp(limit / 16, kMembersMin, kMembersMax);
  const uint64_t rest = limit - kOther - kDialled - out.members;
  out.clients = std::min(rest / 2, kClientsMax);
  out.store = std::min(rest - out.clients, kStoreMax);
  return out;
}

Outcome<Descriptors> share_descriptors() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return share_descriptors(kDescriptorsMin);
  const rlimit raised{limit.rlim_max, limit.rlim_max};
  return share_descriptors(setrlimit(RLIMIT_NOFILE, &raised) == 0 ? raised.rlim_cur : limit.rlim_cur);
}

}  // namespace tutti
