#include "sim/network/link_map.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "sim/kernel/units.h"

namespace tutti::sim {
namespace {

LinkQuality draw_network(const Scenario::NetworkSettings& n, SeededRandom& random) {
  LinkQuality made;
  made.latency_min = from_milliseconds(n.latency_ms.low);
  made.latency_max = from_milliseconds(n.latency_ms.high);
  made.tail = n.tail;
  made.loss = draw(n.loss, random);
  made.duplicate = draw(n.duplicate, random);
  made.reorder = draw(n.reorder, random);
  made.reorder_delay = from_milliseconds(n.reorder_ms);
  made.bytes_per_second = n.bytes_per_second;
  made.link_min = from_milliseconds(n.link_ms.low);
  made.link_max = from_milliseconds(n.link_ms.high);
  return made;
}

LinkQuality with(LinkQuality quality, const LinkSettings& settings, SeededRandom& random) {
  if (settings.latency_ms) {
    quality.latency_min = from_milliseconds(settings.latency_ms->low);
    quality.latency_max = from_milliseconds(settings.latency_ms->high);
  }
  if (settings.tail) quality.tail = *settings.tail;
  if (settings.loss) quality.loss = draw(*settings.loss, random);
  if (settings.duplicate) quality.duplicate = draw(*settings.duplicate, random);
  if (settings.reorder) quality.reorder = draw(*settings.reorder, random);
  if (settings.bytes_per_second) quality.bytes_per_second = *settings.bytes_per_second;
  return quality;
}

std::vector<size_t> deal(const std::vector<RegionSpec>& regions, size_t nodes) {
  double whole = 0, begun = 0;
  for (const RegionSpec& region : regions) whole += region.share;
  std::vector<size_t> region_of(nodes);
  for (size_t i = 0; i < regions.size(); ++i) {
    const auto first = static_cast<size_t>(std::lround(begun / whole * static_cast<double>(nodes)));
    begun += regions[i].share;
    std::fill(region_of.begin() + static_cast<ptrdiff_t>(std::min(first, nodes)), region_of.end(), i);
  }
  return region_of;
}

}  // namespace

std::optional<size_t> node_of(std::string_view place) {
  size_t node = 0;
  if (!place.starts_with('n')) return std::nullopt;
  const auto [end, ec] = std::from_chars(place.data() + 1, place.data() + place.size(), node);
  if (ec != std::errc() || end != place.data() + place.size()) return std::nullopt;
  return node;
}

LinkMap::LinkMap(const Scenario& scenario, size_t nodes, SeededRandom& random)
    : regions_(scenario.regions.size()), qualities_{draw_network(scenario.network, random)} {
  const LinkQuality all = qualities_.front();
  if (regions_ > 0) region_of_ = deal(scenario.regions, nodes);
  qualities_.resize(1 + regions_ * regions_, all);
  for (size_t i = 0; i < regions_; ++i)
    qualities_[1 + i * regions_ + i] = with(all, scenario.regions[i].inside, random);

  const auto fits = [&](const std::string& place, size_t region) {
    return place == "*" || scenario.regions[region].name == place;
  };
  // Rules between regions, and of everything; then those that name a node.
  for (const LinkSpec& link : scenario.links) {
    if (node_of(link.from) || node_of(link.to)) continue;
    if (link.from == "*" && link.to == "*") qualities_[0] = with(qualities_[0], link.settings, random);
    for (size_t a = 0; a < regions_; ++a) {
      for (size_t b = 0; b < regions_; ++b) {
        const bool there = fits(link.from, a) && fits(link.to, b);
        const bool back = !link.one_way && fits(link.from, b) && fits(link.to, a);
        LinkQuality& quality = qualities_[1 + a * regions_ + b];
        if (there || back) quality = with(quality, link.settings, random);
      }
    }
  }
  const auto here = [&](const std::string& place, size_t node) {
    return place == "*" || node_of(place) == node ||
           (regions_ > 0 && scenario.regions[region_of_[node]].name == place);
  };
  for (const LinkSpec& link : scenario.links) {
    if (!node_of(link.from) && !node_of(link.to)) continue;
    for (size_t a = 0; a < nodes; ++a) {
      if (!here(link.from, a)) continue;
      for (size_t b = 0; b < nodes; ++b) {
        if (a == b || !here(link.to, b)) continue;
        by_node_[{a, b}] = with(quality(a, b), link.settings, random);
        if (!link.one_way) by_node_[{b, a}] = with(quality(b, a), link.settings, random);
      }
    }
  }
}

const LinkQuality& LinkMap::quality(size_t from, size_t to) const {
  if (!by_node_.empty()) {
    if (const auto found = by_node_.find({from, to}); found != by_node_.end()) return found->second;
  }
  return regions_ == 0 ? qualities_[0] : qualities_[1 + region_of_[from] * regions_ + region_of_[to]];
}

}  // namespace tutti::sim
