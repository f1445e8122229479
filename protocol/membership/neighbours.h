#pragma once

#include <map>
#include <set>
#include <vector>

#include "protocol/membership/membership.h"
#include "protocol/part.h"

namespace tutti {

// The members that this node keeps a stream with (RULES.md, "Membership and dissemination"). In a small cluster these
// are all members. In a large one they are a few, and pushes go from neighbour to neighbour.
//
// The few are chosen among the members thought reachable:
//   - the best options.wanted by rendezvous hashing (Thaler & Ravishankar 1998) of the pair. The hash is the same at
//     both ends, so both tend to choose each other. If one goes, the next best replaces it without any message.
//   - the next one in the ring of ids, so that the graph of neighbours is connected whatever the hash says.
// Rejected: views shuffled at random (Cyclon, HyParView), which cost messages all the time and agree on nothing.
class Neighbours final : public Part {
 public:
  // A wanted member without a stream for kPatience is passed over for kPassedOver: others are tried first.
  static constexpr Duration kPatience = std::chrono::seconds(8);
  static constexpr Duration kPassedOver = std::chrono::seconds(30);
  // A member that is no longer wanted keeps its stream this long: it may soon be chosen again.
  static constexpr Duration kLinger = std::chrono::seconds(10);

  struct Options {
    size_t mesh_members_max;  // up to this many others, every member is a neighbour
    size_t wanted;            // above that: neighbours by hash
  };
  // `membership` outlives this.
  Neighbours(Options options, const Membership& membership, const HashKey& key)
      : options_(options), membership_(membership), key_(key) {}

  bool mesh() const { return membership_.size() <= options_.mesh_members_max; }

  // The next update() chooses anew.
  void members_changed();
  void reachability_changed() { dirty_ = true; }
  void stream_up(const Now& now, const NodeId& id) override;
  void stream_down(const Now& now, const NodeId& id) override;
  void forget(const NodeId& id) override;

  struct Change {
    NodeId id;
    bool wanted;  // keep a stream with it; false: no longer
  };
  // Chooses anew if something has changed; else it costs little.
  std::vector<Change> update(const Now& now);
  bool wants(const NodeId& id) const { return wanted_.contains(id) || lingering_.contains(id); }

  // The connected members, wanted or not, in turn.
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
  std::map<NodeId, Instant> wanted_;       // the time since when it has no stream, or when it was chosen
  std::map<NodeId, Instant> lingering_;    // no longer wanted; the time when its stream is closed
  std::map<NodeId, Instant> passed_over_;  // the time when it is tried again
  std::set<NodeId> connected_;
  NodeId probed_last_{};
};

}  // namespace tutti
