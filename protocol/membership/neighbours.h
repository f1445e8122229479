#pragma once

#include <map>
#include <set>
#include <vector>

#include "protocol/membership/membership.h"
#include "protocol/part.h"

namespace tutti {

// Whom this node keeps a stream with (RULES.md, "Membership and dissemination"). In a small cluster:
// everybody. In a large one a few, and what is pushed goes from neighbour to neighbour.
//
// Of the members thought reachable those few are: the best by rendezvous hashing (Thaler & Ravishankar 1998)
// of the pair, which is the same seen from both ends, so that both tend to want it, and one who goes is
// replaced by the next best with nobody asked; and the next one by id, around in a ring, so that the graph of
// all neighbours hangs together whatever the hash says. Rejected: views shuffled at random (Cyclon,
// HyParView), which cost messages all the time and agree on nothing.
class Neighbours final : public Part {
 public:
  // Wanted, and no stream for so long: others are tried first for a while.
  static constexpr Duration kPatience = std::chrono::seconds(8);
  static constexpr Duration kPassedOver = std::chrono::seconds(30);
  // No longer wanted, it stays for so long: a member that was gone for a moment comes back to its place.
  static constexpr Duration kLinger = std::chrono::seconds(10);

  struct Options {
    size_t mesh_members_max;  // up to so many others, everybody is a neighbour
    size_t wanted;            // beyond: how many by hash
  };
  // `membership` outlives this.
  Neighbours(Options options, const Membership& membership, const HashKey& key)
      : options_(options), membership_(membership), key_(key) {}

  bool mesh() const { return membership_.size() <= options_.mesh_members_max; }

  // What update() must heed.
  void members_changed();
  void reachability_changed() { dirty_ = true; }
  void stream_up(const Now& now, const NodeId& id) override;
  void stream_down(const Now& now, const NodeId& id) override;
  void forget(const NodeId& id) override;

  struct Change {
    NodeId id;
    bool wanted;  // keep a stream with it, or no longer
  };
  // Chooses anew, where something has changed. Costs little where nothing has.
  std::vector<Change> update(const Now& now);
  bool wants(const NodeId& id) const { return wanted_.contains(id) || lingering_.contains(id); }

  // Those connected, wanted or not, one after the other.
  std::optional<NodeId> next_to_probe();
  const std::set<NodeId>& connected() const { return connected_; }

 private:
  struct Ranked {
    uint64_t weight;
    NodeId id;
    auto operator<=>(const Ranked&) const = default;
  };
  bool eligible(const NodeId& id) const { return !membership_.unreachable(id) && !passed_over_.contains(id); }
  void rank(size_t count);
  void choose_by_rank(std::set<NodeId>& chosen);
  std::set<NodeId> choose();
  std::optional<NodeId> next_in_ring() const;
  uint64_t weight(const NodeId& id) const;
  void pass_over_the_silent(const Now& now);

  Options options_;
  const Membership& membership_;
  HashKey key_;
  bool dirty_ = false;
  std::vector<Ranked> ranked_;             // the best of all, reachable or not, best first
  std::map<NodeId, Instant> wanted_;       // without a stream since, or since it was chosen
  std::map<NodeId, Instant> lingering_;    // no longer wanted, until
  std::map<NodeId, Instant> passed_over_;  // until
  std::set<NodeId> connected_;
  NodeId probed_last_{};
};

}  // namespace tutti
