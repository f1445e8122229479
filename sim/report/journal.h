#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "storage/base/time.h"

namespace tutti::sim {

// What happened in a run that a person would tell of: faults, nodes that start and end, transfers, alarms. In
// order of time. Of each kind the first few thousand are kept; how many were left out is known.
class Journal {
 public:
  struct Entry {
    Instant at;
    std::string kind;            // "fault began", "node started", "transfer done"
    std::optional<size_t> node;  // whom it befell, where it was one
    std::string text;
  };
  struct Fault {
    std::string kind;
    std::optional<size_t> target;  // none: the whole cluster
    double amount = 0;
    Instant from{};
    std::optional<Instant> to;  // empty: when the run ended
  };

  void add(Instant at, std::string kind, std::optional<size_t> node, std::string text);
  // A number for its end.
  uint64_t fault_began(Instant at, const std::string& kind, std::optional<size_t> target, double amount);
  void fault_ended(Instant at, uint64_t number);

  const std::vector<Entry>& entries() const { return entries_; }
  const std::vector<Fault>& faults() const { return faults_; }
  uint64_t left_out() const { return left_out_; }

 private:
  std::vector<Entry> entries_;
  std::vector<Fault> faults_;
  std::map<std::string, size_t> of_kind_;
  uint64_t left_out_ = 0;
};

}  // namespace tutti::sim
