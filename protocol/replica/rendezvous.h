#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "protocol/membership/introducer.h"
#include "protocol/membership/membership.h"
#include "protocol/messages/messenger.h"
#include "protocol/part.h"
#include "protocol/replica/outputs.h"
#include "protocol/replica/prober.h"

namespace tutti {

// Finds members where somebody says that one is: at the seeds, and where an operator sends this node
// (TUTTI.MEET). A name is resolved anew each time; each address is asked who listens there; a member that
// answers is introduced, and told of this node.
class Rendezvous final : public Part {
 public:
  // While a member is unreachable, or none is known, all seeds are tried so often.
  static constexpr Duration kSeekEvery = std::chrono::seconds(5);
  static constexpr size_t kAddressesMax = 8;  // of one name; further ones are not asked
  // Endpoints under way. Further ones of operators are refused; seeds come later.
  static constexpr size_t kSearchesMax = 64;
  // Connections that ask at once: they share the descriptors with those to members. Further addresses are not asked.
  static constexpr size_t kAskedMax = 64;
  // TUTTI.MEET is answered by then. More than a dial and a handshake may take.
  static constexpr Duration kMeetPatience = std::chrono::seconds(12);
  // What is wrong with a seed is told once in this time.
  static constexpr Duration kTellEvery = std::chrono::minutes(5);
  // Whoever was found is told of this node with every tick, until it answers or for so many. Of further ones only once.
  static constexpr int kTellingsMax = 10;
  static constexpr size_t kToldMax = 64;

  // References outlive this. `seeds`: well-formed endpoints, kSearchesMax / 2 at most.
  Rendezvous(std::vector<std::string> seeds, Membership& membership, Introducer& introducer, Prober& prober,
             Messenger& messenger, Outputs& outputs)
      : seeds_(std::move(seeds)),
        membership_(membership),
        introducer_(introducer),
        prober_(prober),
        messenger_(messenger),
        outputs_(outputs) {}

  // The answer comes as a Deferral. REQUIRES a well-formed endpoint.
  void meet(const Now& now, const std::string& endpoint, uint64_t token);
  // The outcomes of Outputs::Resolve and Transport::greet().
  void resolved(const Now& now, const std::string& endpoint, const Result<std::vector<Address>>& addresses);
  void greeted(const Now& now, const Transport::Greeted& greeted);

  void tick(const Now& now) override;
  void forget(const NodeId& id) override { tellings_.erase(id); }

 private:
  struct Meeting {
    uint64_t token;
    Instant until;
  };
  // For one endpoint, until its name is resolved and all its addresses have answered.
  struct Search {
    bool resolving = false;
    std::set<Address> asked;  // not answered yet
    MeetAnswer answer;        // the best so far
    bool astray = false;      // the name is unknown, or a stranger answered
    std::vector<Meeting> meetings;
  };
  using Searches = std::map<std::string, Search>;

  void seek(const Now& now);
  // Null: too many are under way.
  Search* search(const Now& now, const std::string& endpoint);
  size_t asked() const;
  void ask(const Now& now, Search& search, const Address& at);
  void take(const Now& now, Search& search, const std::string& endpoint, const Transport::Greeted& greeted);
  void found(const Now& now, const Transport::Greeted& member);
  void tell(const Now& now, const NodeId& id);
  Searches::iterator finish_if_done(const Now& now, Searches::iterator at);
  bool is_seed(const std::string& endpoint) const;

  const std::vector<std::string> seeds_;
  Membership& membership_;
  Introducer& introducer_;
  Prober& prober_;
  Messenger& messenger_;
  Outputs& outputs_;

  Searches searches_;
  Instant next_seek_{};
  size_t first_seed_ = 0;                // of the next round
  std::map<NodeId, int> tellings_;       // left
  std::map<std::string, Instant> told_;  // of seeds
};

}  // namespace tutti
