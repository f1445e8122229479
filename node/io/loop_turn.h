#pragma once

namespace tutti {

// Whether a turn of the replica is open. Everything that feeds the replica opens it; the daemon closes it before the
// loop sleeps.
class LoopTurn {
 public:
  void open() { open_ = true; }
  bool is_open() const { return open_; }
  void close() { open_ = false; }

 private:
  bool open_ = false;
};

}  // namespace tutti
