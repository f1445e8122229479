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
  VersionVector others = *theirs.past;
  others.remove(operation_.dot.actor);
  return operation_.past_of(operation_.dot.actor) >= theirs.past->get(operation_.dot.actor) &&
         operation_.past->covers(others);
}

void add_erasure(std::vector<Erasure>& list, Erasure erasure) {
  if (std::ranges::any_of(list, [&](const Erasure& e) { return e.subsumes(erasure); })) return;
  std::erase_if(list, [&](const Erasure& e) { return erasure.subsumes(e); });
  list.push_back(std::move(erasure));
}

}  // namespace tutti
