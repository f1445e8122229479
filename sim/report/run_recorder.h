#pragma once

#include <memory>
#include <optional>

#include "sim/report/journal.h"
#include "sim/report/propagation.h"
#include "sim/report/timeline.h"
#include "sim/watch/recorder.h"

namespace tutti::sim {

class Progress;

// Keeps what the report of one run tells: which node held what and when, what each node sent, what happened
// to it.
class RunRecorder final : public Recorder {
 public:
  // `expected`: roughly how long the run takes, in virtual time. `progress` may be null; else it is told how
  // far the run is, and outlives this.
  explicit RunRecorder(Duration expected, Progress* progress = nullptr);

  void began(Instant at, size_t nodes, const std::vector<size_t>& region_of,
             const std::vector<std::string>& names) override;
  void takes_part(size_t node) override { propagation_->takes_part(node); }
  void workload_until(Instant end) override { workload_end_ = end; }
  void healing(Instant at) override;
  void ended(Instant at, const Failure* failure) override;
  void stepped(Instant at, uint64_t events) override;
  void node_started(Instant at, size_t node, const VersionVector& recovered) override;
  void node_ended(Instant at, size_t node, const char* why) override;
  void committed(Instant at, size_t node, const VersionVector& clock) override;
  void told(Instant at, size_t node, const char* kind, std::string_view sentence) override;
  void sent(Instant at, size_t from, size_t to, size_t bytes) override;
  void received(Instant at, size_t from, size_t to, size_t bytes) override;
  void dropped(Instant at, size_t from, size_t to, bool blocked) override;
  uint64_t fault_began(Instant at, const std::string& kind, std::optional<size_t> target,
                       double amount) override;
  void fault_ended(Instant at, uint64_t number) override;

  // --- REQUIRES that the run has ended ---
  size_t nodes() const { return nodes_; }
  const std::vector<size_t>& region_of() const { return region_of_; }  // empty: no regions
  const std::vector<std::string>& regions() const { return regions_; }
  const Propagation& propagation() const { return *propagation_; }
  const Timeline& timeline() const { return *timeline_; }
  const Journal& journal() const { return journal_; }
  Instant end() const { return end_; }
  std::optional<Instant> heal_began() const { return heal_began_; }
  // From the last write, or the healing where that came later, until every node was up and lacked nothing.
  std::optional<Duration> time_to_converge() const;

 private:
  Duration expected_;
  Progress* progress_;
  size_t nodes_ = 0;
  std::vector<size_t> region_of_;
  std::vector<std::string> regions_;
  std::unique_ptr<Propagation> propagation_;
  std::unique_ptr<Timeline> timeline_;
  Journal journal_;
  Instant workload_end_{}, end_{};
  bool over_ = false;
  std::optional<Instant> heal_began_;
};

}  // namespace tutti::sim
