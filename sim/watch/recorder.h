#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sim/truth/verdict.h"
#include "storage/base/time.h"
#include "storage/model/version_vector.h"

namespace tutti::sim {

// Watches a run for a person: it is told what happens, in order of virtual time, and changes nothing. It
// draws no number and schedules no event, so that a run has the same trace hash with it and without. This
// class ignores everything; report/run_recorder.h keeps it for reports.
class Recorder {
 public:
  virtual ~Recorder() = default;

  // --- the run ---
  // `region_of`: where each node stands, by index into `names`; both empty where the scenario has no regions.
  virtual void began(Instant, size_t /*nodes*/, const std::vector<size_t>& /*region_of*/,
                     const std::vector<std::string>& /*names*/) {}
  // Clients and faults go on until this instant.
  virtual void workload_until(Instant) {}
  // They stop now; nodes that are down start.
  virtual void healing(Instant) {}
  virtual void ended(Instant, const Failure* /*or null*/) {}
  // After every event, to show progress.
  virtual void stepped(Instant, uint64_t /*events so far*/) {}

  // --- nodes; spare machines and copies take no part ---
  virtual void takes_part(size_t /*node*/) {}
  virtual void node_started(Instant, size_t /*node*/, const VersionVector& /*recovered*/) {}
  virtual void node_ended(Instant, size_t /*node*/, const char* /*why*/) {}
  // A turn appended something: the node now holds what `clock` names.
  virtual void committed(Instant, size_t /*node*/, const VersionVector& /*clock*/) {}
  // What the node itself tells of: "transfer begun". `kind` is a literal.
  virtual void told(Instant, size_t /*node*/, const char* /*kind*/, std::string_view /*sentence*/) {}

  // --- the network; a stream's bytes count as the segments they take ---
  virtual void sent(Instant, size_t /*from*/, size_t /*to*/, size_t /*bytes*/) {}
  virtual void received(Instant, size_t /*from*/, size_t /*to*/, size_t /*bytes*/) {}
  // Lost on its way. `blocked`: the link is cut.
  virtual void dropped(Instant, size_t /*from*/, size_t /*to*/, bool /*blocked*/) {}

  // --- faults. A strike's number, for its end. `target` is none where it befalls the whole cluster ---
  virtual uint64_t fault_began(Instant, const std::string& /*kind*/, std::optional<size_t> /*target*/,
                               double /*amount*/) {
    return 0;
  }
  virtual void fault_ended(Instant, uint64_t /*number*/) {}
};

}  // namespace tutti::sim
