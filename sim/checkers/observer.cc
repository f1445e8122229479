#include "sim/checkers/observer.h"

#include <algorithm>
#include <utility>

#include "sim/checkers/audit.h"
#include "sim/checkers/key_life.h"
#include "sim/checkers/whole_operation.h"
#include "sim/truth/after_its_past.h"
#include "sim/truth/same_operation.h"
#include "storage/base/bytes.h"
#include "storage/model/payload.h"

namespace tutti::sim {
namespace {

// What `after` names and `before` does not, actor by actor.
std::vector<std::pair<VersionVector::Entry, Counter>> growth(const VersionVector& before,
                                                             const VersionVector& after) {
  std::vector<std::pair<VersionVector::Entry, Counter>> grown;
  VersionVector::differences(before, after, [&](ActorId actor, Counter had, Counter has) {
    if (has > had) grown.push_back({{actor, has}, had});
  });
  return grown;
}

constexpr size_t kLogChunkBytes = 64u << 10;
// A reading further ahead moves no other clock (rule 10).
constexpr uint64_t kAheadMaxMs = 5000;
// Longer than pushes take in a good network, shorter than a repair.
constexpr Duration kLate = std::chrono::milliseconds(250);
// Counting may read the disk to settle what was written blindly: not every time.
constexpr double kCountKeysChance = 0.3;

// The actor that the disk says the last process wrote as.
std::optional<ActorId> former_actor(Store& store) {
  const auto bytes = store.meta_get("actor");
  if (!bytes || !*bytes || (*bytes)->size() != sizeof(uint64_t)) return std::nullopt;
  return ActorId{ByteReader(**bytes).u64()};
}

}  // namespace

Observer::Observer(size_t node, std::string name, History& history, Verdict& verdict, SeededRandom random,
                   double row_checks, const Trace& trace)
    : node_(node),
      name_(std::move(name)),
      history_(history),
      verdict_(verdict),
      random_(random),
      row_checks_(row_checks),
      trace_(trace),
      expected_(history) {}

// --- starts ---

void Observer::started(Instant at, Database& database, Loss loss, uint64_t wall_ms) {
  at_ = at;
  wall_ms_ = wall_ms;
  const VersionVector& now = database.clock();
  const auto was = [&](const VersionVector& clock) { return clock == now; };
  if (loss == Loss::kDisk) {
    acknowledged_.clear();
  } else if (!now.covers(acknowledged_)) {
    fail("acknowledged",
         "acknowledged up to " + history_.name(acknowledged_) + ", recovered " + history_.name(now));
  }
  const bool exact = !std::exchange(lost_track_, false);
  if (loss == Loss::kNothing && (exact ? !was(clock_) : !now.covers(clock_))) {
    fail("clock", "after a restart that lost nothing the clock is " + history_.name(now) +
                      ", before it was " + history_.name(clock_));
  }
  if (loss == Loss::kUnsynced && exact && !was(durable_) &&
      std::ranges::none_of(unsynced_, was, &Turn::clock)) {
    fail("clock", "after a power loss the clock is " + history_.name(now) +
                      ", of no turn since the last sync at " + history_.name(durable_) + "; it was " +
                      history_.name(clock_));
  }
  clock_ = now;
  unreplied_.clear();
  // What a mere end of the process left unsynced a later power loss may still take.
  if (loss != Loss::kNothing) {
    durable_ = now;
    unsynced_.clear();
  }
  if (follows_rows()) expected_.define(clock_);
  read_ = {};
  // A single number is kept on disk: where that is too far ahead, the node begins at its wall clock.
  if (database.last_hlc().milliseconds() <= wall_ms_ + kAheadMaxMs) read_rows({});
  owned_.clear();
  if (const auto former = former_actor(database.store())) owned_.insert(*former);
  writers_.insert(owned_.begin(), owned_.end());
  if (!verdict_.failed()) check_all(at, database);
}

// --- turns ---

void Observer::turn(Instant at, Database& database, std::optional<ActorId> actor, Position position,
                    uint64_t wall_ms) {
  at_ = at;
  wall_ms_ = wall_ms;
  if (actor) writers_.insert(*actor), owned_.insert(*actor);
  follow(database, actor, position);
  asked_.clear();
}

void Observer::follow(Database& database, std::optional<ActorId> actor, Position position) {
  if (lost_track_ || database.clock() == clock_) return;
  if (!database.clock().covers(clock_)) {
    fail("clock", "fell back from " + history_.name(clock_) + " to " + history_.name(database.clock()));
    return;
  }
  touched_.clear();
  several_.clear();
  std::vector<Dot> minted;
  if (last_commit_explains(database)) {
    for (const Operation& op : database.last_committed()) {
      if (!clock_.covers(op.dot)) apply(op, actor, minted);
      if (verdict_.failed()) return;
    }
  } else {
    apply_from_log(database, actor, position, minted);
  }
  if (verdict_.failed()) return;
  unsynced_.push_back({position, clock_});
  for (const Dot& dot : minted) unreplied_.push_back({position, dot});
  check_whole(database);
  check_touched(database);
}

// Mostly so. Else the turn had several commits, or a join, or broke a rule: the log tells.
bool Observer::last_commit_explains(Database& database) const {
  VersionVector reached = clock_;
  for (const Operation& op : database.last_committed()) {
    if (reached.covers(op.dot)) continue;
    if (!after_its_past(op, reached)) return false;
    reached.raise(op.dot);
  }
  return reached == database.clock();
}

void Observer::synced(Position position) {
  while (!unsynced_.empty() && unsynced_.front().position <= position) {
    durable_ = std::move(unsynced_.front().clock);
    unsynced_.pop_front();
  }
}

void Observer::replied(Position position) {
  while (!unreplied_.empty() && unreplied_.front().position <= position) {
    acknowledged_.raise(unreplied_.front().dot);
    ++writes_acknowledged_;
    unreplied_.pop_front();
  }
}

void Observer::apply(const Operation& op, std::optional<ActorId> actor, std::vector<Dot>& minted) {
  const History::Minted* known = history_.find(op.dot);
  if (!known) {
    known = mint(op, actor);
    if (!known) return;
    minted.push_back(op.dot);
  } else if (!same_operation(known->operation, op)) {
    const auto writer = history_.writer(op.dot.actor);
    fail("dots", "dot " + history_.name(op.dot) + " stands for two operations" +
                     (writer == node_ && actor == op.dot.actor ? ": minted twice" : ": altered on its way"));
    return;
  }
  if (clock_.get(op.dot.actor).value + 1 != op.dot.counter.value) {
    fail("causal", "applied " + history_.name(op.dot) + " after " +
                       history_.name(Dot{op.dot.actor, clock_.get(op.dot.actor)}));
    return;
  }
  if (!clock_.covers(*op.past)) {
    fail("causal", "applied " + history_.name(op.dot) + " at " + history_.name(clock_) + ", its past is " +
                       history_.name(*op.past));
    return;
  }
  clock_.raise(op.dot);
  read_clock(op.hlc, actor == op.dot.actor);
  if (known->node != node_) {
    ++deliveries_.taken;
    if (at_ - known->at > kLate) ++deliveries_.late;
  }
  if (Narrator* narrator = trace_.narrator()) {
    if (actor == op.dot.actor) {
      narrator->wrote(at_, node_, op);
    } else {
      narrator->applied(at_, node_, op);
    }
  }
  if (!follows_rows()) return;
  expected_.apply(*known, clock_, touched_);
  if (op.edits.size() > 1 && random_.chance(row_checks_)) several_.push_back(known);
}

const History::Minted* Observer::mint(const Operation& op, std::optional<ActorId> actor) {
  const auto writer = history_.writer(op.dot.actor);
  if (writer && *writer != node_) {
    fail("dots", "mints " + history_.name(op.dot) + " as an actor of n" + std::to_string(*writer));
    return nullptr;
  }
  if (actor != op.dot.actor) {
    fail("dots", "applied " + history_.name(op.dot) + ", which nobody is known to have written");
    return nullptr;
  }
  if (history_.minted(op.dot.actor).value + 1 != op.dot.counter.value) {
    fail("dots", "mints " + history_.name(op.dot) + " after " +
                     history_.name(Dot{op.dot.actor, history_.minted(op.dot.actor)}));
    return nullptr;
  }
  VersionVector past = clock_;
  past.remove(op.dot.actor);
  if (past != *op.past) {
    fail("causal", "mints " + history_.name(op.dot) + " with past " + history_.name(*op.past) + " at clock " +
                       history_.name(past));
    return nullptr;
  }
  const History::Minted& minted = history_.add(op, node_, at_);
  return mint_well(minted) ? &minted : nullptr;
}

bool Observer::mint_well(const History::Minted& minted) {
  const Operation& op = minted.operation;
  if (op.hlc <= read_) {
    fail("hlc", "mints " + history_.name(op.dot) + " at " + std::to_string(op.hlc.value) +
                    ", and has applied an operation of " + std::to_string(read_.value));
    return false;
  }
  const bool reaps = std::ranges::any_of(op.edits, &Edit::expired);
  if (const std::string wrong = reaps ? wrongly_reaped(history_, op, wall_ms_, writers_) : std::string();
      !wrong.empty()) {
    fail("expired", history_.name(op.dot) + " reaps " + wrong);
    return false;
  }
  if (const auto asked = asked_.find(op.dot); asked != asked_.end()) {
    count(minted, asked->second);
    return true;
  }
  // What is saved: payloads, and an expiry that never passes.
  const bool own = std::ranges::all_of(op.edits, [](const Edit& edit) {
    if (edit.expired) return true;
    if (!edit.payload || !edit.replaces || !edit.replaces->empty()) return false;
    const PayloadKind kind = payload_kind(*edit.payload);
    return kind == PayloadKind::kSaved ||
           (kind == PayloadKind::kExpiry && payload_expires_ms(*edit.payload) == 0);
  });
  if (!own) fail("expired", history_.name(op.dot) + " is written, and no client has asked for it");
  return own;
}

// Whether an increment goes on from the last one hangs on whether that one has ended for its writer.
void Observer::count(const History::Minted& minted, const Asked& asked) {
  if (!asked.counts) return;
  for (const Edit& edit : minted.operation.edits) {
    if (!edit.payload || payload_kind(*edit.payload) != PayloadKind::kCounter || !edit.replaces) continue;
    for (const auto& [row, index] : minted.brought) {
      if (history_.row_key(row) != edit.target) continue;
      std::optional<Dot> last;
      if (!edit.replaces->empty()) {
        const auto& rows = history_.keys().at(edit.target.substr(0, key_prefix_size(edit.target)));
        last = edit.replaces->back();
        if (KeyLife(history_, rows, clock_).gone(edit.target, *last, asked.wall_ms)) last.reset();
      }
      history_.counted(row, index, *asked.counts, last);
    }
  }
}

void Observer::read_clock(Hlc reading, bool own) {
  if (own || reading.milliseconds() <= wall_ms_ + kAheadMaxMs) read_ = std::max(read_, reading);
}

void Observer::read_rows(const VersionVector& before) {
  if (!follows_rows()) return;
  for (History::RowIndex row = 0; row < history_.rows(); ++row) {
    for (const uint32_t index : expected_.live(row)) {
      const History::Brought& brought = history_.brought(row, index);
      if (!before.covers(brought.dot)) read_clock(brought.hlc, false);
    }
  }
}

// The clock took in more than the last commit: an earlier commit of the same turn, or a join. What stands in
// the log came as operations, the rest by the join, which lies under the floor.
void Observer::apply_from_log(Database& database, std::optional<ActorId> actor, Position position,
                              std::vector<Dot>& minted) {
  VersionVector joined = database.floor();
  joined.join(clock_);
  if (joined != clock_) {
    take_join(joined);
    // The join is a record of its own: a power loss may leave it and take the operations behind it.
    if (clock_ != database.clock()) unsynced_.push_back({Position{position.value - 1}, clock_});
  }
  while (!verdict_.failed() && clock_ != database.clock()) {
    const auto chunk = database.read_log(clock_, kLogChunkBytes);
    if (!chunk) {
      if (!unreadable_excused_)
        return fail("log", "what was just applied cannot be read back: " + chunk.error().message);
      lost_track_ = true;
      return;
    }
    const VersionVector before = clock_;
    for (const Operation& op : chunk->operations) {
      apply(op, actor, minted);
      if (verdict_.failed()) return;
    }
    if (clock_ == before) break;  // nothing more; or what is wrong does not count, its checker switched off
  }
  if (clock_ != database.clock()) {
    fail("log",
         "the clock is " + history_.name(database.clock()) + ", floor and log make " + history_.name(clock_));
  }
}

void Observer::take_join(const VersionVector& joined) {
  for (const auto& [entry, had] : growth(clock_, joined)) {
    const Dot last{entry.actor, entry.counter};
    const History::Minted* minted = history_.find(last);
    if (!minted)
      return fail("dots", "joined " + history_.name(last) + ", which nobody is known to have written");
    // An actor's pasts only grow: its last one speaks for all.
    if (!joined.covers(*minted->operation.past)) {
      return fail("causal", "joined to " + history_.name(joined) + " with " + history_.name(last) +
                                " and not its past " + history_.name(*minted->operation.past));
    }
  }
  ++joins_;
  if (Narrator* narrator = trace_.narrator()) narrator->joined(at_, node_, joined);
  const VersionVector before = std::exchange(clock_, joined);
  if (!follows_rows()) return;
  expected_.define(clock_);
  read_rows(before);
  for (History::RowIndex row = 0; row < history_.rows(); ++row) touched_.push_back(row);
}

// --- rows ---

void Observer::check_whole(Database& database) {
  const auto read = [&](const std::string& row_key) {
    const auto lives = database.read(row_key);
    return lives ? *lives : nullptr;
  };
  for (const History::Minted* minted : several_) {
    const std::string part = partly_applied(history_, *minted, clock_, read);
    if (!part.empty()) return fail("atomic", part);
  }
}

void Observer::check_touched(Database& database) {
  for (const History::RowIndex row : touched_) {
    if (verdict_.failed()) return;
    if (random_.chance(row_checks_)) check_row(database, row);
  }
}

void Observer::check_row(Database& database, History::RowIndex row) {
  const auto lives = database.read(history_.row_key(row));
  if (!lives) {
    if (!unreadable_excused_ && !database.broken())
      fail("state", "a row cannot be read: " + lives.error().message);
    return;
  }
  const Difference differs = difference(history_, row, clock_, expected_.live(row), **lives);
  if (!differs.what.empty()) fail(differs.checker, differs.what + " at clock " + history_.name(clock_));
}

void Observer::check_all(Instant at, Database& database) {
  at_ = at;
  if (lost_track_) return;
  const bool may_refuse = unreadable_excused_ || database.broken();
  const auto found = audit(history_, clock_, database, may_refuse, random_.chance(kCountKeysChance));
  if (found) fail(found->checker, found->what);
}

}  // namespace tutti::sim
