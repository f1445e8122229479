#include "sim/network/links.h"

#include <algorithm>
#include <cmath>

#include "sim/kernel/units.h"

namespace tutti::sim {
namespace {

// What TCP waits at least before it sends a lost segment again.
constexpr Duration kRetransmission = std::chrono::milliseconds(200);
// An exponential distribution is above ln(100) times its mean once in a hundred.
constexpr double kTailMeans = 4.605170185988091;

}  // namespace

Links::Links(size_t nodes, LinkMap map, SeededRandom random)
    : nodes_(nodes), map_(std::move(map)), salt_(random.next()), random_(random) {}

Links::Link Links::base(size_t from, size_t to) const {
  Link link;
  const LinkQuality& quality = map_.quality(from, to);
  if (quality.link_max == Duration(0)) return link;
  SeededRandom random(salt_, {}, name(from, to));
  const double far = random.unit() * random.unit() * random.unit();
  const auto span = static_cast<double>((quality.link_max - quality.link_min).count());
  link.latency = quality.link_min + Duration(static_cast<int64_t>(far * span));
  return link;
}

const Links::Link& Links::laid_over(size_t from, size_t to) const {
  static const Link kNothing;
  const auto found = faulty_.find(name(from, to));
  return found == faulty_.end() ? kNothing : found->second;
}

Links::Link Links::at(size_t from, size_t to) const {
  Link link = base(from, to);
  const Link& over = laid_over(from, to);
  link.blocks = over.blocks;
  link.loss += over.loss + everywhere_.loss;
  link.latency += over.latency + everywhere_.latency;
  return link;
}

void Links::change(size_t from, size_t to, const Link& by) {
  const auto found = faulty_.try_emplace(name(from, to)).first;
  Link& link = found->second;
  link.blocks += by.blocks;
  link.loss += by.loss;
  link.latency += by.latency;
  // Losses that came and went may leave a last bit behind.
  const bool sound = link.blocks == 0 && std::abs(link.loss) < 1e-9 && link.latency == Duration(0);
  if (sound) faulty_.erase(found);
}

void Links::block(size_t from, size_t to) { change(from, to, {.blocks = 1}); }
void Links::unblock(size_t from, size_t to) { change(from, to, {.blocks = -1}); }
void Links::degrade(size_t from, size_t to, double loss, Duration latency) {
  change(from, to, {.loss = loss, .latency = latency});
}
void Links::degrade_all(double loss, Duration latency) {
  everywhere_.loss += loss;
  everywhere_.latency += latency;
}

Duration Links::latency(const Link& link, const LinkQuality& quality, Duration held_max) {
  Duration taken = link.latency;
  if (quality.tail) {
    const auto mean = static_cast<double>((quality.latency_max - quality.latency_min).count()) / kTailMeans;
    taken += quality.latency_min + random_.exponential(Duration(static_cast<int64_t>(mean)));
  } else {
    taken += random_.between(quality.latency_min, quality.latency_max);
  }
  if (random_.chance(quality.reorder))
    taken += random_.between(Duration(0), std::min(quality.reorder_delay, held_max));
  return taken;
}

std::optional<Duration> Links::packet(size_t from, size_t to) {
  const Link link = at(from, to);
  const LinkQuality& quality = map_.quality(from, to);
  if (link.blocks > 0 || random_.chance(quality.loss + link.loss)) return std::nullopt;
  return latency(link, quality, Duration::max());
}

Duration Links::chunk(size_t from, size_t to, size_t bytes) {
  const Link link = at(from, to);
  const LinkQuality& quality = map_.quality(from, to);
  // A segment that is held back is sent again as a lost one is.
  Duration taken = latency(link, quality, kRetransmission);
  if (random_.chance(quality.loss + link.loss)) taken += kRetransmission;
  if (quality.bytes_per_second > 0) taken += sending_time(bytes, quality.bytes_per_second);
  return taken;
}

}  // namespace tutti::sim
