#pragma once

#include <deque>
#include <map>
#include <string>
#include <unordered_map>
#include <vector>

#include "storage/base/time.h"
#include "storage/model/operation.h"
#include "storage/model/row.h"

namespace tutti::sim {

// Every operation ever minted in the run, and what a clock stands for: the payloads of the operations it
// names that none it names replaces (rule 4). Written from the definition, sharing no code with
// apply_edit() and join_row(), which it judges.
//
// Why it is fast: an operation can replace only what is in its past. Where a replacer is itself in the past
// of another, the earlier one decides for every causally closed clock. So each payload needs to remember only
// those replacers whose writer still saw it alive: a handful, one for each concurrent writer.
class History {
 public:
  using RowIndex = uint32_t;

  // One payload that an operation brought to a row.
  struct Brought {
    Dot dot;
    Hlc hlc;
    ByteView payload;  // of the operation, kept for ever
    std::vector<Dot> replaced_by;
    // Of an increment that a client asked for: what its chain has added up so far, since its first one.
    std::optional<int64_t> total;
    Counter chain_begins;
  };
  struct Minted {
    Operation operation;
    size_t node;                                         // who wrote it
    Instant at{};                                        // when, for those who know
    std::vector<std::pair<RowIndex, uint32_t>> brought;  // row, and which of the row's payloads
  };

  // Takes in a new operation. REQUIRES !find(operation.dot), and every operation of its past known.
  const Minted& add(Operation operation, size_t node, Instant at = {});

  const Minted* find(Dot dot) const;
  Counter minted(ActorId actor) const;  // how many operations the actor has written
  std::optional<size_t> writer(ActorId actor) const;
  size_t operations() const { return operations_; }

  // --- rows ---
  size_t rows() const { return rows_.size(); }
  const std::string& row_key(RowIndex row) const { return rows_[row].key; }
  // Rows known so far that the edit addresses, whether it changes them or not.
  void touched(const Edit& edit, std::vector<RowIndex>& out) const;
  // Row keys by key prefix.
  const std::map<std::string, std::vector<RowIndex>>& keys() const { return keys_; }
  const Brought& brought(RowIndex row, uint32_t index) const { return rows_[row].brought[index]; }
  uint32_t brought_count(RowIndex row) const { return static_cast<uint32_t>(rows_[row].brought.size()); }
  bool alive(const Brought& brought, const VersionVector& clock) const;

  // --- the definition ---
  // The row's live payloads at this clock, by index into the row, in the order they were written.
  void define(RowIndex row, const VersionVector& clock, std::vector<uint32_t>& out) const;
  // This payload is an increment by `by`, and goes on from the actor's `last` one; empty: it begins anew.
  void counted(RowIndex row, uint32_t index, int64_t by, std::optional<Dot> last);
  // What a live counter is worth by what clients asked, whatever totals the payloads have; empty: not known.
  std::optional<int64_t> worth(RowIndex row, const Brought& counter, const VersionVector& clock) const;
  // The mark a live counter is reckoned from: the largest of its marks that a reset in the clock had seen.
  Counter mark(RowIndex row, const Brought& counter, const VersionVector& clock) const;

  // "n2#1:17": the 17th operation of node 2's first actor.
  std::string name(Dot dot) const;
  std::string name(const VersionVector& clock) const;

 private:
  struct Reset {
    const Operation* operation;
    const Edit* edit;
  };
  struct Row {
    std::string key;
    std::vector<Brought> brought;
    std::vector<Reset> resets;
  };
  Counter reach(RowIndex row, const Reset& reset, ActorId actor) const;
  struct Actor {
    size_t node;
    size_t ordinal;                 // among the node's
    std::deque<Minted> operations;  // [i] has counter i + 1; never moves
  };

  RowIndex row_of(const std::string& key);
  const Brought* brought_by(RowIndex row, Dot dot) const;
  void replace(const Minted& minted, const Edit& edit, RowIndex row);
  void bring(Minted& minted, const Edit& edit, const std::string& key);

  std::unordered_map<ActorId, Actor> actors_;
  std::map<size_t, size_t> actors_of_;
  size_t operations_ = 0;
  std::deque<Row> rows_;
  std::map<std::string, RowIndex, std::less<>> by_key_;
  std::map<std::string, std::vector<RowIndex>> keys_;
};

}  // namespace tutti::sim
