#include "sim/world/healing_bytes.h"

#include <algorithm>

#include "sim/machine/sim_node.h"

namespace tutti::sim {
namespace {

constexpr uint64_t kPastEntryBytes = 16, kRowBesidesBytes = 32;

uint64_t sent_by(const std::vector<std::unique_ptr<SimNode>>& nodes) {
  uint64_t sent = 0;
  for (const auto& node : nodes) sent += node->counts().bytes_sent;
  return sent;
}

uint64_t transfers_of(const std::vector<std::unique_ptr<SimNode>>& nodes) {
  uint64_t count = 0;
  for (const auto& node : nodes) count += node->counts().transfers + node->counts().transfers_given_up;
  return count;
}

// Every row there ever was, with the longest of its payloads: no node holds more.
uint64_t state_bytes(const History& history) {
  uint64_t bytes = 0;
  for (History::RowIndex row = 0; row < history.rows(); ++row) {
    size_t longest = 0;
    for (uint32_t at = 0; at < history.brought_count(row); ++at)
      longest = std::max(longest, history.brought(row, at).payload.size());
    bytes += 2 * history.row_key(row).size() + longest + kRowBesidesBytes;
  }
  return bytes;
}

}  // namespace

uint64_t bytes_of(const Operation& operation) {
  uint64_t bytes = kPastEntryBytes * (1 + operation.past->size());
  for (const Edit& edit : operation.edits) {
    bytes += edit.target.size() + (edit.payload ? edit.payload->size() : 0);
    if (edit.replaces) bytes += kPastEntryBytes * edit.replaces->size();
  }
  return bytes;
}

HealingBytes::HealingBytes(const Scenario::Checks& checks, const History& history,
                           const std::vector<std::unique_ptr<SimNode>>& nodes)
    : checks_(checks),
      history_(history),
      nodes_(nodes),
      sent_(sent_by(nodes)),
      transfers_(transfers_of(nodes)) {
  VersionVector all;
  for (const auto& node : nodes) {
    if (node->member()) all.join(node->observer().clock());
  }
  for (const auto& node : nodes) {
    if (!node->member()) continue;
    VersionVector::differences(node->observer().clock(), all, [&](ActorId actor, Counter has, Counter lacks) {
      for (uint64_t at = has.value + 1; at <= lacks.value; ++at)
        missing_ += bytes_of(history_.find({actor, Counter{at}})->operation);
    });
  }
}

std::string HealingBytes::over(double seconds) const {
  const uint64_t sent = sent_by(nodes_) - sent_, transfers = transfers_of(nodes_) - transfers_;
  const double missing = static_cast<double>(missing_ + transfers * state_bytes(history_));
  const double idle =
      static_cast<double>(nodes_.size()) * (checks_.bytes_besides + checks_.bytes_idle_per_s * seconds);
  const double allowed = checks_.bytes_factor * missing + idle;
  if (static_cast<double>(sent) <= allowed) return {};
  return std::to_string(sent) + " bytes were sent while healing; " + std::to_string(missing_) +
         " were missing, and with " + std::to_string(transfers) + " transfers and " +
         std::to_string(nodes_.size()) + " nodes over " + std::to_string(seconds) + " s the bound is " +
         std::to_string(static_cast<uint64_t>(allowed));
}

}  // namespace tutti::sim
