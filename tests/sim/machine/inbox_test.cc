#include "sim/machine/inbox.h"

#include <catch2/catch.hpp>
#include <string>

using namespace tutti;
using namespace tutti::sim;

TEST_CASE(
    "what waits for a paused process comes in order once it goes on, less what its buffer did not hold") {
  EventQueue queue;
  Inbox inbox(queue);
  std::string seen;
  inbox.arrive(100, [&] { seen += 'a'; });
  CHECK(seen == "a");
  inbox.pause();
  CHECK(!inbox.takes_streams());
  inbox.arrive(Inbox::kSocketBufferBytes, [&] { seen += 'b'; });
  inbox.arrive(1, [&] { seen += 'x'; });
  inbox.arrive(0, [&] { seen += 'c'; });
  while (queue.step()) {
  }
  CHECK(seen == "a");
  inbox.resume();
  while (queue.step()) {
  }
  CHECK(seen == "abc");
  CHECK(inbox.lost() == 1);
  CHECK(inbox.takes_streams());
}

TEST_CASE("a slow process takes its time for each event, and what it ended with is gone") {
  EventQueue queue;
  Inbox inbox(queue);
  inbox.slow_down(Duration(10));
  std::vector<Instant> at;
  for (int i = 0; i < 3; ++i) inbox.arrive(0, [&] { at.push_back(queue.now()); });
  while (queue.step()) {
  }
  CHECK(at == std::vector<Instant>{Instant(Duration(10)), Instant(Duration(20)), Instant(Duration(30))});
  inbox.arrive(0, [&] { at.push_back(queue.now()); });
  inbox.clear();
  while (queue.step()) {
  }
  CHECK(at.size() == 3);
}
