#include "sim/links.h"

namespace tutti::sim {
namespace {

// What TCP waits at least before it sends a lost segment again.
constexpr Duration kRetransmission = std::chrono::milliseconds(200);

}  // namespace

Links::Links(size_t nodes, const LinkQuality& quality, SeededRandom random)
    : nodes_(nodes), quality_(quality), random_(random), links_(nodes * nodes) {}

void Links::degrade(size_t from, size_t to, double loss, Duration latency) {
  at(from, to).loss += loss;
  at(from, to).latency += latency;
}

Duration Links::latency(const Link& link) {
  Duration taken = random_.between(quality_.latency_min, quality_.latency_max) + link.latency;
  if (random_.chance(quality_.reorder)) taken += random_.between(Duration(0), quality_.reorder_delay);
  return taken;
}

std::optional<Duration> Links::packet(size_t from, size_t to) {
  const Link& link = at(from, to);
  if (link.blocks > 0 || random_.chance(quality_.loss + link.loss)) return std::nullopt;
  return latency(link);
}

Duration Links::chunk(size_t from, size_t to, size_t bytes) {
  const Link& link = at(from, to);
  Duration taken = latency(link);
  if (random_.chance(quality_.loss + link.loss)) taken += kRetransmission;
  if (quality_.bytes_per_second > 0) {
    taken += Duration(static_cast<int64_t>(1e9 * static_cast<double>(bytes) / quality_.bytes_per_second));
  }
  return taken;
}

}  // namespace tutti::sim
