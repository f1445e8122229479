#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <variant>

#include "protocol/fingerprint_answer.h"
#include "protocol/meet_answer.h"
#include "protocol/part.h"
#include "protocol/transport.h"
#include "storage/database.h"

namespace tutti {

// What a replica asks of whoever drives it, in the order asked.
class Outputs final : public Part {
 public:
  struct RunSync {  // off the loop: store.sync(); then persisted(position). At most one is out at a time.
    Position position;
  };
  struct RunMerge {  // off the loop: merge->run(); then merge_finished()
    std::unique_ptr<Database::Merge> merge;
  };
  struct RunJob {  // off the loop; the result matters only where it is an error: job_failed()
    std::function<Result<>()> job;
  };
  struct RunResume {  // off the loop: store.resume(); then resume_finished()
  };
  struct Reopen {  // the last output: this replica and its database end, the store is closed and opened anew
  };
  struct RunFetch {  // off the loop; then the command that was deferred with this token is given again
    std::function<void()> job;
    uint64_t token;
  };
  struct Resolve {  // off the loop; then resolved() with the addresses of this name, a well-formed endpoint
    std::string endpoint;
  };
  enum class EventKind : uint8_t {
    kMemberJoined,
    kMemberUnreachable,
    kMemberBack,
    kMemberHealth,  // a member's own health has changed
    kSeedAstray,    // a seed whose name cannot be resolved, or where somebody else listens
    kTransferBegun,
    kTransferDone,
    kTransferGivenUp,
    kTransferDoubted,  // it would delete much of what is here: a second member or an operator must say so too
    kClockAhead,       // our wall clock, or a peer's, is ahead of most others
    kClone,            // somebody else writes as our actor: a new one is taken
    kFingerprintUnequal,  // equal clocks, unequal fingerprints: data is damaged somewhere
    kBadMessage,          // an authenticated peer sent what cannot be read; dropped
    kDiskFailed,
    kDiskFull,  // no more writes until there is room
    kDiskRoom,  // writes go on
  };
  struct Event {  // for the log
    EventKind kind;
    NodeId peer;
    std::string text;  // a sentence
  };
  struct Deferral {  // the answer to defer(), but of a FetchRequest
    uint64_t token;
    std::variant<FingerprintAnswer, VerifyAnswer, MeetAnswer, Error> answer;
  };
  using Output = std::variant<Transport::SendDatagram, Transport::OpenStream, Transport::SendStream,
                              Transport::CloseStream, RunSync, RunMerge, RunJob, RunResume, Reopen, RunFetch,
                              Resolve, Event, Deferral>;

  void push(Output output) { queue_.push_back(std::move(output)); }
  void event(EventKind kind, const NodeId& peer, std::string text) {
    push(Event{kind, peer, std::move(text)});
  }
  // What a peer can make us say again and again is said once in kSeldom, and hides no other peer's; while it was
  // said of kSeldomMax, of nobody else.
  static constexpr Duration kSeldom = std::chrono::seconds(10);
  static constexpr size_t kSeldomMax = 256;
  void seldom_event(const Now& now, EventKind kind, const NodeId& peer, std::string text);

  std::optional<Output> poll();

  void forget(const NodeId& peer) override;

 private:
  std::deque<Output> queue_;
  std::map<std::pair<EventKind, NodeId>, Instant> last_told_;  // within kSeldom
};

}  // namespace tutti
