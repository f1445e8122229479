#pragma once

#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>

#include "sim/checkers/expected_rows.h"
#include "sim/kernel/seeded_random.h"
#include "sim/truth/history.h"
#include "sim/truth/verdict.h"
#include "sim/watch/trace.h"
#include "storage/database.h"

namespace tutti::sim {

// Follows one node from outside, turn by turn, by its clock and by the operations of its last commit, and judges it:
//
// - `dots`: no dot is minted twice, none by two nodes, and an actor's counters have no gaps.
// - `causal`: an operation is applied after its whole past. A new operation's past is the clock. A join is
//   causally closed.
// - `clock`: it never falls back, except by power loss, and then to a turn that was acknowledged.
// - `acknowledged`: what was acknowledged is in the clock after every start.
// - `expired`: what it reaps has expired, and takes nothing else from sight. It writes nothing else that no client asked
//   for, but what it saves.
// - `hlc`: an operation's reading is above all that its writer has applied, but for those too far ahead.
// - `state`: the rows are what the clock stands for.
// - `log`: it serves exactly clock minus floor, in causal order, unaltered.
class Observer {
 public:
  enum class Loss : uint8_t {
    kNothing,   // the process ended: what it had appended is there
    kUnsynced,  // power loss: back to some turn, no earlier than the last sync
    kDisk,      // another disk altogether (wiped, or an old backup): nothing is promised
  };

  // An operation that a client of this turn brought about.
  struct Asked {
    uint64_t wall_ms = 0;           // when, by the node's clock
    std::optional<int64_t> counts;  // an increment by this
  };

  // `row_checks`: the share of touched rows that are read back at once. Reading may itself settle what was
  // left open, so some runs must read less. `trace` is told what the node applies. It, `history` and
  // `verdict` outlive this.
  Observer(size_t node, std::string name, History& history, Verdict& verdict, SeededRandom random,
           double row_checks, const Trace& trace);

  // After a start, before the first turn. `wall_ms`: what the machine's clock says.
  void started(Instant at, Database& database, Loss loss, uint64_t wall_ms);
  // Amid a turn.
  void asked(Dot dot, const Asked& asked) { asked_[dot] = asked; }
  // After a turn that ended with `position`. `actor`: the one that the node writes as. `wall_ms`: the time that it goes
  // by.
  void turn(Instant at, Database& database, std::optional<ActorId> actor, Position position,
            uint64_t wall_ms);
  // The disk synced up to `position`: no power loss takes that.
  void synced(Position position);
  // The node holds back no reply up to `position`: clients have their acknowledgements.
  void replied(Position position);
  // The disk was damaged: a row that cannot be read is then no failure.
  void excuse_unreadable(bool excused) { unreadable_excused_ = excused; }
  // Everything, against the definition from scratch (audit.h).
  void check_all(Instant at, Database& database);

  // What the rows must be is worked out only where some are to be read back.
  bool follows_rows() const { return row_checks_ > 0; }
  // The process writes as this actor, or the one before it did.
  bool owns(ActorId actor) const { return owned_.contains(actor); }
  const VersionVector& clock() const { return clock_; }
  const VersionVector& acknowledged() const { return acknowledged_; }
  // Others' operations that were taken as such, and how many of them late.
  struct Deliveries {
    uint64_t taken = 0, late = 0;
  };
  const Deliveries& deliveries() const { return deliveries_; }
  uint64_t joins() const { return joins_; }
  uint64_t writes_acknowledged() const { return writes_acknowledged_; }

 private:
  struct Turn {
    Position position;
    VersionVector clock;
  };
  struct Reply {
    Position position;
    Dot dot;
  };

  void follow(Database& database, std::optional<ActorId> actor, Position position);
  bool last_commit_explains(Database& database) const;
  void apply(const Operation& op, std::optional<ActorId> actor, std::vector<Dot>& minted);
  const History::Minted* mint(const Operation& op, std::optional<ActorId> actor);
  bool mint_well(const History::Minted& minted);
  void count(const History::Minted& minted, const Asked& asked);
  void read_clock(Hlc reading, bool own);
  // Of the payloads that `before` does not name.
  void read_rows(const VersionVector& before);
  void apply_from_log(Database& database, std::optional<ActorId> actor, Position position,
                      std::vector<Dot>& minted);
  void take_join(const VersionVector& clock);
  // `atomic`, of a share of the operations of several edits that this turn applied; before check_touched(),
  // which would tell the same as `state`.
  void check_whole(Database& database);
  void check_touched(Database& database);
  void check_row(Database& database, History::RowIndex row);
  void fail(std::string checker, std::string what) {
    verdict_.fail(std::move(checker), at_, name_, std::move(what));
  }

  size_t node_;
  std::string name_;
  History& history_;
  Verdict& verdict_;
  SeededRandom random_;
  double row_checks_;
  const Trace& trace_;
  bool unreadable_excused_ = false;
  bool lost_track_ = false;  // a damaged disk hid what a turn did to the log; until the next start

  Instant at_{};
  VersionVector clock_;  // as of the last turn
  VersionVector acknowledged_;
  VersionVector durable_;  // the clock of the last turn that was synced
  std::deque<Turn> unsynced_;
  std::deque<Reply> unreplied_;
  ExpectedRows expected_;
  std::vector<History::RowIndex> touched_;
  std::vector<const History::Minted*> several_;  // of this turn, to be seen whole
  uint64_t joins_ = 0, writes_acknowledged_ = 0;
  Deliveries deliveries_;
  uint64_t wall_ms_ = 0;
  Hlc read_;                   // the greatest reading that the node's clock is to be above
  std::set<ActorId> writers_;  // that the node is or has been
  std::set<ActorId> owned_;    // of these, that the process knows
  std::map<Dot, Asked> asked_;
};

}  // namespace tutti::sim
