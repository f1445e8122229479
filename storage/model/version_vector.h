#pragma once

#include <span>
#include <vector>

#include "storage/base/ids.h"
#include "storage/crypto/hash.h"

namespace tutti {

// A version vector: actor -> counter, without zeros, in order of actor. As a node's clock it names exactly
// the operations applied: {(a, n) : 1 <= n <= clock[a]} (rule 2).
class VersionVector {
 public:
  struct Entry {
    ActorId actor;
    Counter counter;
    bool operator==(const Entry&) const = default;
  };

  VersionVector() = default;
  // Entries in any order; of an actor's counters the greatest counts; zeros are left out.
  explicit VersionVector(std::span<const Entry> entries);

  Counter get(ActorId actor) const;
  bool covers(Dot dot) const { return get(dot.actor) >= dot.counter; }
  // True if this names every dot that `other` names.
  bool covers(const VersionVector& other) const;

  // Raises one actor's counter; a lower or equal one changes nothing.
  void raise(Dot dot);
  void join(const VersionVector& other);
  // The dots that both name: the lesser counter of each actor.
  void meet(const VersionVector& other);
  void remove(ActorId actor);
  void clear() { entries_.clear(); }

  bool empty() const { return entries_.empty(); }
  size_t size() const { return entries_.size(); }
  std::span<const Entry> entries() const { return entries_; }

  bool operator==(const VersionVector&) const = default;

 private:
  std::vector<Entry> entries_;
};

// Sum over the entries of siphash128(key, actor LE64 | counter LE64): equal clocks, equal hashes, in any order.
Hash128 clock_hash(const HashKey& key, const VersionVector& clock);

}  // namespace tutti
