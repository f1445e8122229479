#include "storage/model/version_vector.h"

#include <algorithm>

#include "storage/base/bytes.h"

namespace tutti {
namespace {

constexpr auto by_actor = [](const VersionVector::Entry& e, ActorId a) { return e.actor < a; };

}  // namespace

VersionVector::VersionVector(std::span<const Entry> entries) {
  // Sorted at once, not raised one by one: a peer chooses the order.
  std::vector<Entry> sorted(entries.begin(), entries.end());
  std::ranges::sort(sorted, [](const Entry& a, const Entry& b) {
    return a.actor != b.actor ? a.actor < b.actor : a.counter > b.counter;
  });
  entries_.reserve(sorted.size());
  for (const Entry& e : sorted) {
    if (e.counter.value != 0 && (entries_.empty() || entries_.back().actor != e.actor)) entries_.push_back(e);
  }
}

Counter VersionVector::get(ActorId actor) const {
  const auto at = std::lower_bound(entries_.begin(), entries_.end(), actor, by_actor);
  return at != entries_.end() && at->actor == actor ? at->counter : Counter{0};
}

bool VersionVector::covers(const VersionVector& other) const {
  auto mine = entries_.begin();
  for (const Entry& theirs : other.entries_) {
    while (mine != entries_.end() && mine->actor < theirs.actor) ++mine;
    if (mine == entries_.end() || mine->actor != theirs.actor || mine->counter < theirs.counter) return false;
  }
  return true;
}

void VersionVector::raise(Dot dot) {
  if (dot.counter.value == 0) return;
  const auto at = std::lower_bound(entries_.begin(), entries_.end(), dot.actor, by_actor);
  if (at != entries_.end() && at->actor == dot.actor) {
    at->counter = std::max(at->counter, dot.counter);
  } else {
    entries_.insert(at, {dot.actor, dot.counter});
  }
}

void VersionVector::join(const VersionVector& other) {
  if (covers(other)) return;
  std::vector<Entry> both;
  both.reserve(entries_.size() + other.entries_.size());
  auto a = entries_.begin();
  auto b = other.entries_.begin();
  while (a != entries_.end() || b != other.entries_.end()) {
    if (b == other.entries_.end() || (a != entries_.end() && a->actor < b->actor)) {
      both.push_back(*a++);
    } else if (a == entries_.end() || b->actor < a->actor) {
      both.push_back(*b++);
    } else {
      both.push_back({a->actor, std::max(a->counter, b->counter)});
      ++a, ++b;
    }
  }
  entries_ = std::move(both);
}

void VersionVector::meet(const VersionVector& other) {
  for (Entry& e : entries_) e.counter = std::min(e.counter, other.get(e.actor));
  std::erase_if(entries_, [](const Entry& e) { return e.counter.value == 0; });
}

void VersionVector::remove(ActorId actor) {
  const auto at = std::lower_bound(entries_.begin(), entries_.end(), actor, by_actor);
  if (at != entries_.end() && at->actor == actor) entries_.erase(at);
}

Hash128 clock_hash(const HashKey& key, const VersionVector& clock) {
  Hash128 sum;
  std::string bytes;
  for (const auto& e : clock.entries()) {
    bytes.clear();
    put_u64(bytes, e.actor.value);
    put_u64(bytes, e.counter.value);
    sum += siphash128(key, bytes);
  }
  return sum;
}

}  // namespace tutti
