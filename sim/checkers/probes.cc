#include "sim/checkers/probes.h"

namespace tutti::sim {
namespace {

constexpr size_t kRefusalsMax = 30;

}  // namespace

bool Sessions::may_go_on(size_t session, const VersionVector& clock) {
  Session& s = sessions_[session];
  if (clock.covers(s.token)) {
    s.refusals = 0;
    return true;
  }
  if (++s.refusals > kRefusalsMax) {
    s.token.clear();
    s.seen.clear();
    s.refusals = 0;
  }
  return false;
}

void Sessions::wrote(size_t session, uint64_t number, const VersionVector& clock) {
  Session& s = sessions_[session];
  s.token.join(clock);
  s.seen[session] = number;
}

std::string Sessions::read(size_t session, size_t key_of, std::optional<uint64_t> number,
                           const VersionVector& clock) {
  Session& s = sessions_[session];
  uint64_t& seen = s.seen[key_of];
  s.token.join(clock);
  const uint64_t found = number.value_or(0);
  if (found >= seen) {
    seen = found;
    return {};
  }
  return "session " + std::to_string(session) + " has " + (key_of == session ? "written" : "read") +
         " number " + std::to_string(seen) + " in the key of session " + std::to_string(key_of) +
         ", the node's clock covers all that the session has seen, and it reads " +
         (number ? "number " + std::to_string(found) : "nothing");
}

std::string pair_differs(const std::string& first_key, const std::optional<std::string>& first,
                         const std::string& second_key, const std::optional<std::string>& second) {
  if (first == second) return {};
  const auto shown = [](const std::optional<std::string>& value) {
    return value ? "\"" + *value + "\"" : "nothing";
  };
  return "keys " + first_key + " and " + second_key +
         " are only ever written together, with one value, and hold " + shown(first) + " and " +
         shown(second);
}

}  // namespace tutti::sim
