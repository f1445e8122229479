#include "sim/watch/narrator.h"

#include <algorithm>

#include "sim/kernel/units.h"
#include "sim/watch/describe.h"

namespace tutti::sim {

bool Narrator::wanted(Instant at, size_t node) const {
  return to_seconds(at) >= filter_.from_s && (!filter_.node || *filter_.node == node);
}

void Narrator::line(Instant at, size_t node, const std::string& what, std::string_view why) {
  if (why.empty()) {
    std::fprintf(file_, "%12.6f  n%-3zu %s\n", to_seconds(at), node, what.c_str());
  } else {
    std::fprintf(file_, "%12.6f  n%-3zu %-58s <- %.*s\n", to_seconds(at), node, what.c_str(),
                 static_cast<int>(why.size()), why.data());
  }
}

void Narrator::happened(Instant at, size_t node, std::string_view what) {
  if (wanted(at, node) && filter_.key.empty()) line(at, node, std::string(what), "");
}

void Narrator::commanded(Instant at, size_t node, const std::vector<std::string>& words) {
  const std::string text = describe(words);
  because(node, "client: " + text);
  if (!wanted(at, node)) return;
  if (filter_.key.empty() || std::ranges::find(words, filter_.key) != words.end())
    line(at, node, "is asked: " + text, "");
}

void Narrator::heard(Instant at, size_t node, const NodeId& id, bool datagram, const Message& message) {
  const std::string& from = names_[id];
  const std::string what = describe(message, history_);
  because(node, what + " from " + from);
  if (wanted(at, node) && filter_.key.empty())
    line(at, node, "hears from " + from + (datagram ? ": " : " by stream: ") + what, "");
}

void Narrator::operation(Instant at, size_t node, const char* verb, const Operation& operation) {
  if (!wanted(at, node) || !(filter_.key.empty() || touches(operation, filter_.key))) return;
  line(at, node, std::string(verb) + history_.name(operation.dot) + ": " + describe(operation), why_[node]);
}

void Narrator::wrote(Instant at, size_t node, const Operation& op) { operation(at, node, "writes ", op); }
void Narrator::applied(Instant at, size_t node, const Operation& op) { operation(at, node, "applies ", op); }

// Whether the key is among the rows taken over a join does not say: it may be.
void Narrator::joined(Instant at, size_t node, const VersionVector& clock) {
  if (wanted(at, node)) line(at, node, "joins to " + history_.name(clock), why_[node]);
}

}  // namespace tutti::sim
