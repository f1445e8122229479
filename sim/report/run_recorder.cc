#include "sim/report/run_recorder.h"

#include <algorithm>

#include "sim/report/progress.h"

namespace tutti::sim {
namespace {

constexpr uint64_t kEventsPerProgress = 1024;

}  // namespace

RunRecorder::RunRecorder(Duration expected, Progress* progress) : expected_(expected), progress_(progress) {}

void RunRecorder::began(Instant, size_t nodes, const std::vector<size_t>& region_of,
                        const std::vector<std::string>& names) {
  nodes_ = nodes;
  region_of_ = region_of;
  regions_ = names;
  propagation_ = std::make_unique<Propagation>(nodes);
  timeline_ = std::make_unique<Timeline>(nodes, expected_, *propagation_);
}

void RunRecorder::healing(Instant at) {
  timeline_->advance(at);
  heal_began_ = at;
  journal_.add(at, "healing", std::nullopt, "clients and faults have stopped; whoever is down starts");
}

void RunRecorder::ended(Instant at, const Failure* failure) {
  if (failure) journal_.add(at, "failed", std::nullopt, failure->checker + ": " + failure->what);
  timeline_->finish(at);
  end_ = at;
  over_ = true;
}

void RunRecorder::stepped(Instant at, uint64_t events) {
  if (!progress_ || events % kEventsPerProgress != 0) return;
  progress_->run_is_at({at, heal_began_ ? std::nullopt : std::optional(workload_end_), events,
                        propagation_->complete(), nodes_});
}

void RunRecorder::node_started(Instant at, size_t node, const VersionVector& recovered) {
  timeline_->advance(at);
  timeline_->started(at, node);
  propagation_->up(node, true);
  propagation_->holds(at, node, recovered);
  propagation_->settle(at);
  journal_.add(at, "node started", node, "");
}

void RunRecorder::node_ended(Instant at, size_t node, const char* why) {
  if (over_) return;  // the world is taken down
  timeline_->advance(at);
  timeline_->was_down(node);
  propagation_->up(node, false);
  propagation_->settle(at);
  journal_.add(at, "node ended", node, why);
}

void RunRecorder::committed(Instant at, size_t node, const VersionVector& clock) {
  timeline_->advance(at);
  propagation_->holds(at, node, clock);
  propagation_->settle(at);
}

void RunRecorder::told(Instant at, size_t node, const char* kind, std::string_view sentence) {
  timeline_->advance(at);
  journal_.add(at, kind, node, std::string(sentence));
}

void RunRecorder::sent(Instant at, size_t from, size_t to, size_t bytes) {
  timeline_->advance(at);
  timeline_->sent(from, to, bytes);
}

void RunRecorder::received(Instant at, size_t, size_t to, size_t bytes) {
  timeline_->advance(at);
  timeline_->received(to, bytes);
}

void RunRecorder::dropped(Instant at, size_t from, size_t to, bool blocked) {
  timeline_->advance(at);
  timeline_->dropped(from, to, blocked);
}

uint64_t RunRecorder::fault_began(Instant at, const std::string& kind, std::optional<size_t> target,
                                  double amount) {
  timeline_->advance(at);
  return journal_.fault_began(at, kind, target, amount);
}

void RunRecorder::fault_ended(Instant at, uint64_t number) {
  timeline_->advance(at);
  journal_.fault_ended(at, number);
}

std::optional<Duration> RunRecorder::time_to_converge() const {
  const auto since = propagation_->complete_since();
  if (!since || !heal_began_) return std::nullopt;
  return std::max(Duration(0), *since - std::max(*heal_began_, propagation_->last_write()));
}

}  // namespace tutti::sim
