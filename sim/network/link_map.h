#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sim/kernel/scenario.h"
#include "sim/kernel/seeded_random.h"
#include "storage/base/time.h"

namespace tutti::sim {

// How packets fare on a link. Probabilities are per packet.
struct LinkQuality {
  Duration latency_min = std::chrono::microseconds(200);
  Duration latency_max = std::chrono::milliseconds(5);
  bool tail = false;  // exponential above the least, one in a hundred above the most; else uniform
  double loss = 0;
  double duplicate = 0;
  double reorder = 0;  // share of packets held back for up to `reorder_delay`
  Duration reorder_delay = std::chrono::milliseconds(50);
  double bytes_per_second = 0;  // of a stream, each way; 0: without bound
  // Some ways are longer than others: more for each one-way link, the whole run; most are near the low end.
  Duration link_min{0};
  Duration link_max{0};
};

// What the links of a run are like before any fault: as [network] says, but where the scenario says otherwise
// of a region, a pair of regions or a pair of nodes. Takes memory by regions and rules, not by pairs of
// nodes.
class LinkMap {
 public:
  // Every link alike.
  explicit LinkMap(const LinkQuality& quality) : qualities_{quality} {}
  LinkMap(const Scenario& scenario, size_t nodes, SeededRandom& random);

  const LinkQuality& quality(size_t from, size_t to) const;
  // Which region each node stands in; empty: the scenario has none.
  const std::vector<size_t>& regions() const { return region_of_; }

 private:
  std::vector<size_t> region_of_;
  size_t regions_ = 0;
  std::vector<LinkQuality> qualities_;  // 0: of all; then by pair of regions
  std::map<std::pair<size_t, size_t>, LinkQuality> by_node_;
};

// "n3" is node 3.
std::optional<size_t> node_of(std::string_view place);

}  // namespace tutti::sim
