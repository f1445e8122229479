#include "protocol/replica/rendezvous.h"

#include <algorithm>
#include <utility>

#include "protocol/endpoint.h"

namespace tutti {

namespace {

constexpr std::string_view kBusy = "Too many addresses are being asked already; try again in some seconds.";

}  // namespace

void Rendezvous::tick(const Now& now) {
  for (auto at = tellings_.begin(); at != tellings_.end();) {
    const NodeId id = at->first;
    const auto* contact = membership_.contacted(id);
    const bool heard = contact && contact->heard && !contact->unreachable;
    at = heard || at->second-- == 0 ? tellings_.erase(at) : std::next(at);
    if (!heard) tell(now, id);
  }
  for (auto& [endpoint, search] : searches_) {
    for (const Meeting& meeting : search.meetings) {
      if (now.mono >= meeting.until) outputs_.push(Outputs::Deferral{meeting.token, search.answer});
    }
    std::erase_if(search.meetings, [&](const Meeting& meeting) { return now.mono >= meeting.until; });
  }
  if (now.mono < next_seek_) return;
  next_seek_ = now.mono + kSeekEvery;
  if (membership_.size() == 0 || membership_.any_unreachable()) seek(now);
}

// Each round begins with the next one: where not all can be asked at once, all get their turn.
void Rendezvous::seek(const Now& now) {
  for (size_t i = 0; i < seeds_.size() && asked() < kAskedMax; ++i)
    search(now, seeds_[(first_seed_ + i) % seeds_.size()]);
  ++first_seed_;
}

bool Rendezvous::is_seed(const std::string& endpoint) const {
  return std::ranges::find(seeds_, endpoint) != seeds_.end();
}

// --- searches ---

void Rendezvous::meet(const Now& now, const std::string& endpoint, uint64_t token) {
  if (Search* under_way = search(now, endpoint)) {
    under_way->meetings.push_back({token, now.mono + kMeetPatience});
    finish_if_done(now, searches_.find(endpoint));
    return;
  }
  outputs_.push(Outputs::Deferral{token, Error{ErrorCode::kUnavailable, std::string(kBusy)}});
}

Rendezvous::Search* Rendezvous::search(const Now& now, const std::string& endpoint) {
  if (const auto under_way = searches_.find(endpoint); under_way != searches_.end())
    return &under_way->second;
  if (searches_.size() >= kSearchesMax) return nullptr;
  Search& search = searches_[endpoint];
  search.answer.words = "Nobody has answered at " + endpoint + " in time.";
  if (const auto address = parse_endpoint(endpoint)->address) {
    ask(now, search, *address);
  } else {
    search.resolving = true;
    outputs_.push(Outputs::Resolve{endpoint});
  }
  return &search;
}

size_t Rendezvous::asked() const {
  size_t count = 0;
  for (const auto& [endpoint, search] : searches_) count += search.asked.size();
  return count;
}

void Rendezvous::ask(const Now& now, Search& search, const Address& at) {
  if (asked() >= kAskedMax) {
    search.answer.words = std::string(kBusy);
    return;
  }
  const bool under_way =
      std::ranges::any_of(searches_, [&](const auto& other) { return other.second.asked.contains(at); });
  search.asked.insert(at);
  if (!under_way) messenger_.transport().greet(now, at);
}

void Rendezvous::resolved(const Now& now, const std::string& endpoint,
                          const Result<std::vector<Address>>& addresses) {
  const auto found = searches_.find(endpoint);
  if (found == searches_.end() || !found->second.resolving) return;
  Search& search = found->second;
  search.resolving = false;
  if (addresses) {
    for (const Address& at : *addresses) {
      if (search.asked.size() < kAddressesMax) ask(now, search, at);
    }
  } else {
    search.astray = true;
    search.answer.words = addresses.error().message;
  }
  finish_if_done(now, found);
}

void Rendezvous::greeted(const Now& now, const Transport::Greeted& greeted) {
  bool wanted = false;
  for (auto at = searches_.begin(); at != searches_.end();) {
    if (at->second.asked.erase(greeted.at) == 0) {
      ++at;
      continue;
    }
    wanted = true;
    take(now, at->second, at->first, greeted);
    at = finish_if_done(now, at);
  }
  if (wanted && greeted.who == Transport::Greeted::Who::kMember) found(now, greeted);
}

void Rendezvous::take(const Now&, Search& search, const std::string& endpoint,
                      const Transport::Greeted& greeted) {
  using Who = Transport::Greeted::Who;
  if (search.answer.reached) return;
  const std::string at = to_string(greeted.at);
  const std::string where = at == endpoint ? at : endpoint + " (" + at + ")";
  if (greeted.who == Who::kMember) {
    const MemberRecord* known = membership_.find(greeted.id);
    const bool self = greeted.id == membership_.self().id;
    search.answer = {.reached = true,
                     .words = {},
                     .id = greeted.id,
                     .name = self    ? membership_.self().name
                             : known ? known->name
                                     : std::string(),
                     .address = at};
    const std::string who = search.answer.name.empty() ? short_name(greeted.id) : search.answer.name;
    search.answer.words = self    ? "At " + where + " this node itself listens."
                          : known ? who + " answers at " + where + "."
                                  : who + " answers at " + where + ": a member that was not known here yet.";
  } else if (greeted.who == Who::kStranger) {
    search.astray = true;
    search.answer.words =
        "Whoever listens at " + where +
        " does not answer as a member of this cluster: it is of another cluster, or of an older version, or "
        "the port is another program's. Name the address at which a member listens for members.";
  } else if (!search.astray) {
    search.answer.words = "Nobody answers at " + where +
                          ". Is the node up, and is this the port at which it listens for members?";
  }
}

Rendezvous::Searches::iterator Rendezvous::finish_if_done(const Now& now, Searches::iterator at) {
  auto& [endpoint, search] = *at;
  if (search.resolving || !search.asked.empty()) return std::next(at);
  for (const Meeting& meeting : search.meetings) {
    outputs_.push(Outputs::Deferral{meeting.token, search.answer});
  }
  if (search.astray && !search.answer.reached && is_seed(endpoint)) {
    const auto [told, first] = told_.try_emplace(endpoint, now.mono);
    if (first || now.mono - told->second >= kTellEvery) {
      told->second = now.mono;
      outputs_.event(Outputs::EventKind::kSeedAstray, membership_.self().id,
                     "the seed " + endpoint + " in tutti.toml: " + search.answer.words);
    }
  }
  return searches_.erase(at);
}

// --- whoever was found ---

void Rendezvous::found(const Now& now, const Transport::Greeted& member) {
  if (member.id == membership_.self().id) return;
  introducer_.found(now, member);
  if (tellings_.size() < kToldMax) tellings_[member.id] = kTellingsMax;
  tell(now, member.id);
}

// What it hears of us tells it where we are, and its answer, whether it is there. A member that it does not know yet says
// who it is by the record alone. A probe of an unreachable member brings that along.
void Rendezvous::tell(const Now& now, const NodeId& id) {
  if (!membership_.unreachable(id)) messenger_.send_small(now, id, MembersMessage{{membership_.self()}});
  if (membership_.find(id)) prober_.probe(now, id);
}

}  // namespace tutti
