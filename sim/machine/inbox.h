#pragma once

#include <deque>
#include <functional>

#include "sim/kernel/event_queue.h"

namespace tutti::sim {

// What waits for a process that does not come to it: one that is stopped (SIGSTOP), or so slow that each
// event takes it a while. In order; datagrams beyond their socket's buffer are lost, as the kernel loses
// them.
class Inbox {
 public:
  using Work = std::move_only_function<void()>;
  static constexpr size_t kSocketBufferBytes = 208u << 10;  // Linux's default
  static constexpr size_t kReadsAheadMax = 64;

  explicit Inbox(EventQueue& queue) : queue_(queue) {}

  // Done at once where nothing is in the way. `datagram_bytes`: 0 where it is none.
  void arrive(size_t datagram_bytes, Work work);
  // Streams are left in the kernel meanwhile.
  bool takes_streams() const { return !paused_ && waiting_.size() < kReadsAheadMax; }

  void pause() { paused_ = true; }
  bool paused() const { return paused_; }
  void resume();
  // What each event takes; 0: nothing, as usual.
  void slow_down(Duration each);
  // The process has ended: what waited is gone, and whoever comes next is not stopped.
  void clear();
  uint64_t lost() const { return lost_; }

 private:
  struct Item {
    size_t datagram_bytes;
    Work work;
  };
  void serve();
  void serve_front();
  void go_on();

  EventQueue& queue_;
  std::deque<Item> waiting_;
  size_t datagram_bytes_ = 0;
  bool paused_ = false, serving_ = false;
  Duration each_{0};
  uint64_t lost_ = 0;
};

}  // namespace tutti::sim
