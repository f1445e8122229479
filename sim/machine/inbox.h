#pragma once

#include <deque>
#include <functional>

#include "sim/kernel/event_queue.h"

namespace tutti::sim {

// The events that wait for a process which is stopped (SIGSTOP), or is so slow that each event takes a while.
// They keep their order. Datagrams beyond their socket's buffer are lost, as the kernel loses them.
class Inbox {
 public:
  using Work = std::move_only_function<void()>;
  static constexpr size_t kSocketBufferBytes = 208u << 10;  // Linux's default
  static constexpr size_t kReadsAheadMax = 64;

  explicit Inbox(EventQueue& queue) : queue_(queue) {}

  // Does the work at once where nothing waits and nothing slows the process. `datagram_bytes`: 0 for what is
  // no datagram.
  void arrive(size_t datagram_bytes, Work work);
  // False: bytes of streams stay in the kernel.
  bool takes_streams() const { return !paused_ && waiting_.size() < kReadsAheadMax; }

  void pause() { paused_ = true; }
  bool paused() const { return paused_; }
  // More waits than what is being done.
  bool behind() const { return waiting_.size() > 1; }
  void resume();
  // Each event takes `each`; 0: no time, as usual.
  void slow_down(Duration each);
  // The process has ended: what waited is gone, and the next process is not stopped.
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
