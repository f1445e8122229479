#pragma once

#include "sim/machine/sim_node.h"

namespace tutti::sim {

// While it lives a client is speaking to the node: what the node then writes was asked for (observer.h). REQUIRES a node
// that is up, and no other of its kind.
class Asking {
 public:
  // `counts`: the client asks for an increment by this.
  Asking(SimNode& node, const Now& now, std::optional<int64_t> counts = {})
      : node_(node), asked_{node.replica().keys().wall_ms(now), counts}, before_(last_written()) {}
  ~Asking() {
    if (const auto dot = written()) node_.observer().asked(*dot, asked_);
  }
  // What was, so far.
  std::optional<Dot> written() const {
    const auto dot = last_written();
    return dot && dot->counter.value != 0 && dot != before_ ? dot : std::nullopt;
  }
  Asking(const Asking&) = delete;
  Asking& operator=(const Asking&) = delete;

 private:
  std::optional<Dot> last_written() const {
    const auto actor = node_.replica().keys().actor();
    return actor ? std::optional(Dot{*actor, node_.database().clock().get(*actor)}) : std::nullopt;
  }

  SimNode& node_;
  Observer::Asked asked_;
  std::optional<Dot> before_;
};

}  // namespace tutti::sim
