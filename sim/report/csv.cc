#include "sim/report/csv.h"

#include <algorithm>

#include "sim/kernel/units.h"
#include "sim/report/text.h"

namespace tutti::sim {
namespace {

template <class... Values>
void row(std::string& out, const std::string& first, Values... values) {
  out += first;
  ((out += ',', out += std::to_string(values)), ...);
  out += '\n';
}

}  // namespace

std::string convergence_csv(const Timeline& timeline) {
  std::string out =
      "t_s,written,applied_min,applied_median,applied_max,behind_min,behind_median,behind_max,up,complete_"
      "share\n";
  for (const auto& frame : timeline.frames()) {
    std::vector<uint64_t> behind;
    uint64_t up = 0, complete = 0;
    for (const auto& node : frame.nodes) {
      behind.push_back(node.behind);
      up += node.up ? 1 : 0;
      complete += node.up && node.behind == 0 ? 1 : 0;
    }
    std::ranges::sort(behind);
    const uint64_t least = behind.front(), middle = behind[behind.size() / 2], most = behind.back();
    const uint64_t written = frame.written;
    const auto applied = [&](uint64_t lacks) { return written - std::min(written, lacks); };
    row(out, number(to_seconds(frame.end)), written, applied(most), applied(middle), applied(least), least,
        middle, most, up);
    out.back() = ',';
    out += number(static_cast<double>(complete) / static_cast<double>(behind.size())) + "\n";
  }
  return out;
}

std::string latency_csv(const Propagation& propagation) {
  std::string out = "visible_on,ms,share\n";
  for (const auto& step : propagation.each().steps())
    out += "each," + number(step.ms) + "," + number(step.share) + "\n";
  for (const auto& step : propagation.all().steps())
    out += "all," + number(step.ms) + "," + number(step.share) + "\n";
  return out;
}

std::string nodes_csv(const Timeline& timeline) {
  std::string out =
      "t_s,node,up,behind,sent_packets,sent_bytes,received_packets,received_bytes,lost_packets,blocked_"
      "packets\n";
  for (const auto& frame : timeline.frames()) {
    const std::string at = number(to_seconds(frame.end));
    for (size_t i = 0; i < frame.nodes.size(); ++i) {
      const auto& n = frame.nodes[i];
      row(out, at, i, n.up ? 1 : 0, n.behind, n.sent_packets, n.sent_bytes, n.received_packets,
          n.received_bytes, n.lost_packets, n.blocked_packets);
    }
  }
  return out;
}

}  // namespace tutti::sim
