#pragma once

namespace tutti {

// Whether something happened since the last turn of the loop was closed. Everything that feeds the replica
// opens it; the daemon closes it before the loop sleeps.
class LoopTurn {
 public:
  void open() { open_ = true; }
  bool is_open() const { return open_; }
  void close() { open_ = false; }

 private:
  bool open_ = false;
};

}  // namespace tutti
