#pragma once

#include <map>
#include <optional>
#include <set>
#include <unordered_map>
#include <vector>

#include "storage/model/operation.h"

namespace tutti {

// Operations that wait for their past (rule 3). Bounded: a full buffer drops a new operation; anti-entropy brings it
// again. Each operation waits under one dot that it misses; when that dot is applied, it is checked again.
class CausalBuffer {
 public:
  CausalBuffer(size_t operations_max, size_t bytes_max)
      : operations_max_(operations_max), bytes_max_(bytes_max) {}

  // Takes an operation that is not ready at `clock`. False: it waits here already, or there is no room; it is dropped.
  bool add(Operation operation, const VersionVector& clock);

  // Call after `applied` was applied: takes out the next operation that is ready now. Repeat until empty.
  std::optional<Operation> take_ready(Dot applied, const VersionVector& clock);
  // Call after a join: takes out all operations that are ready, and drops those that `clock` covers. Repeat after
  // applying them until empty.
  std::vector<Operation> take_all_ready(const VersionVector& clock);
  // Drops the operations that `clock` covers: a transfer brings them.
  void drop_covered(const VersionVector& clock);

  size_t operations() const { return dots_.size(); }
  size_t bytes() const { return bytes_; }

 private:
  struct Waiting {
    Operation operation;
    size_t bytes;
  };
  void wait(Waiting waiting, const VersionVector& clock);
  void forget(const Waiting& waiting);

  size_t operations_max_;
  size_t bytes_max_;
  size_t bytes_ = 0;
  std::set<Dot> dots_;                                                    // all that wait
  std::unordered_map<ActorId, std::multimap<Counter, Waiting>> waiting_;  // by a dot each misses
};

// A dot of the operation's past that the clock lacks. REQUIRES !operation.ready_at(clock).
Dot first_missing(const Operation& operation, const VersionVector& clock);

}  // namespace tutti
