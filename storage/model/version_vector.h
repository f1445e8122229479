#pragma once

#include <functional>
#include <span>
#include <utility>
#include <vector>

#include "storage/base/ids.h"
#include "storage/crypto/hash.h"

namespace tutti {

// A version vector: actor -> counter, without zeros. As a node's clock it names exactly the operations applied:
// {(a, n) : 1 <= n <= clock[a]} (rule 2).
//
// Every start that writes adds an actor, for ever, and clocks are copied at every turn. So this is a persistent map
// (Driscoll, Sarnak, Sleator, Tarjan 1989): a copy shares all of it and costs a reference; a change copies the path to
// the actor alone; what compares two vectors passes over what they share. Of two that came from each other, covers(),
// join(), meet(), == and differences() cost as much as they differ.
//
// A value: any thread reads one that no other changes. Copies on different threads share memory safely.
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
  // Sets one actor's counter, higher or lower; 0 removes the actor.
  void set(Entry entry);
  void join(const VersionVector& other);
  // The dots that both name: the lesser counter of each actor.
  void meet(const VersionVector& other);
  void remove(ActorId actor) { set({actor, {}}); }
  void clear() { root_ = {}; }

  bool empty() const { return !root_; }
  size_t size() const;
  // In order of actor. Takes as long as the vector is large.
  std::vector<Entry> entries() const;

  // Calls visit(actor, counter in `before`, counter in `after`) where these differ, in order of actor.
  using Difference = std::function<void(ActorId actor, Counter before, Counter after)>;
  static void differences(const VersionVector& before, const VersionVector& after, const Difference& visit);

  // Shares memory with `like` wherever the two are equal, so that they are compared fast from then on. Changes no value.
  void share(const VersionVector& like);

  bool operator==(const VersionVector& other) const;

 private:
  struct Node;
  // Owns one reference to a node; null: an empty subtree.
  class Ref {
   public:
    Ref() = default;
    explicit Ref(Node* fresh) : node_(fresh) {}
    Ref(const Ref& other);
    Ref(Ref&& other) noexcept : node_(std::exchange(other.node_, nullptr)) {}
    Ref& operator=(Ref other) noexcept {
      std::swap(node_, other.node_);
      return *this;
    }
    ~Ref();
    explicit operator bool() const { return node_ != nullptr; }
    const Node* operator->() const { return node_; }
    bool operator==(const Ref&) const = default;  // the same node
    // To change the node: made this one's alone first. REQUIRES not null.
    Node& own();

   private:
    Node* node_ = nullptr;
  };
  struct Trie;  // what is done with nodes

  Ref root_;
};

// Sum over the entries of siphash128(key, actor LE64 | counter LE64): equal clocks, equal hashes, in any order.
Hash128 clock_hash(const HashKey& key, const VersionVector& clock);

// The same for a clock that changes: asked again, it hashes what has changed since.
class ClockHash {
 public:
  explicit ClockHash(const HashKey& key) : key_(key) {}
  Hash128 of(const VersionVector& clock);

 private:
  HashKey key_;
  VersionVector clock_;  // `sum_` is its hash
  Hash128 sum_;
};

}  // namespace tutti
