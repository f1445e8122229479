#include "storage/model/erasure.h"

#include <algorithm>

namespace tutti {

Erasure::Erasure(const Operation& op) : operation_{op.dot, op.hlc, op.past, {}} {
  edit_.scope = Edit::Scope::kPrefix;
}

bool Erasure::subsumes(const Erasure& other) const {
  const Operation& theirs = other.operation_;
  if (operation_.past_of(theirs.dot.actor) < theirs.past_of(theirs.dot.actor)) return false;
  if (operation_.past == theirs.past) return true;
  return std::ranges::all_of(theirs.past->entries(), [&](const VersionVector::Entry& e) {
    return operation_.past_covers({e.actor, e.counter});
  });
}

void add_erasure(std::vector<Erasure>& list, Erasure erasure) {
  if (std::ranges::any_of(list, [&](const Erasure& e) { return e.subsumes(erasure); })) return;
  std::erase_if(list, [&](const Erasure& e) { return erasure.subsumes(e); });
  list.push_back(std::move(erasure));
}

}  // namespace tutti
