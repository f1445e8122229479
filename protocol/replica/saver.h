#pragma once

#include <map>
#include <string>
#include <vector>

#include "storage/base/time.h"
#include "storage/database.h"
#include "storage/model/expiry.h"
#include "storage/model/operation.h"

namespace tutti {

// A longer life heard later saves the key (RULES.md, "Expiry"). Another node's reaper, which had not heard of it, takes
// what this node has prolonged: this node writes it again, as it was.
class Saver {
 public:
  static constexpr size_t kSavingMax = 64u << 10;  // payloads of one batch; what is beyond it stays reaped

  explicit Saver(Database& database) : database_(database) {}

  // What was prolonged by this actor is saved: the node writes as it, or did before its last start.
  void acts_as(ActorId actor) { own_.push_back(actor); }
  // Before an operation of another node is applied.
  Result<> before(const Now& now, const Operation& operation);
  // The edits that bring back what is to be saved, once a batch of operations is applied: one list for each operation,
  // as an operation has one payload for a row.
  std::vector<std::vector<Edit>> take();

 private:
  struct Saved {
    Dot dot;  // that was named
    std::string payload;
  };
  bool own(ActorId actor) const;
  // Drops what an operation replaces that had seen it.
  void forget_replaced(const Operation& operation, const Edit& edit);
  Result<bool> anything_lives(const Now& now, ByteView prefix, const KeyExpiries& expiries);
  Result<> look(const Now& now, const Operation& operation, const Edit& edit);

  Database& database_;
  std::vector<ActorId> own_;
  std::map<std::string, std::vector<Saved>, std::less<>> saving_;  // by row key
  size_t count_ = 0;
};

}  // namespace tutti
