#pragma once

#include "node/io/system_clock.h"

namespace tutti {

// Whether a turn of the replica is open, and since when. Everything that feeds the replica opens it; the daemon closes
// it before the loop sleeps. All that happens in a turn has one time: reading the clocks for each request would cost
// some 3 % of a GET.
class LoopTurn {
 public:
  // The turn's time. The clocks are read when the turn is not open yet.
  const Now& open() {
    if (!open_) tick();
    open_ = true;
    return now_;
  }
  // Reads the clocks anew: what comes after has no earlier time.
  const Now& tick() { return now_ = read_clocks(); }
  bool is_open() const { return open_; }
  void close() { open_ = false; }

 private:
  bool open_ = false;
  Now now_;
};

}  // namespace tutti
