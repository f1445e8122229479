#include "sim/kernel/event_queue.h"

#include <catch2/catch.hpp>
#include <vector>

using namespace tutti;
using sim::EventQueue;

TEST_CASE("events run in order of time, and of scheduling where times are equal") {
  EventQueue queue;
  std::vector<int> ran;
  queue.after(Duration(20), [&] { ran.push_back(3); });
  queue.after(Duration(10), [&] {
    ran.push_back(1);
    queue.after(Duration(10), [&] { ran.push_back(4); });
  });
  queue.after(Duration(10), [&] { ran.push_back(2); });
  while (queue.step()) {
  }
  CHECK(ran == std::vector<int>{1, 2, 3, 4});
  CHECK(queue.now() == Instant(Duration(20)));
  CHECK(queue.events() == 4);
}

TEST_CASE("time that stands still is counted") {
  EventQueue queue;
  for (int i = 0; i < 3; ++i) queue.after(Duration(5), [] {});
  while (queue.step()) {
  }
  CHECK(queue.events_at_this_instant() == 3);
}
