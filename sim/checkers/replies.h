#pragma once

#include <optional>
#include <string>
#include <vector>

#include "sim/checkers/key_life.h"
#include "sim/truth/history.h"

namespace tutti::sim {

// `replies`: what a node told a client against the definition of the state at its clock, by a model of each command that
// the simulator's clients give. It shares no code with the commands.

struct Answered {
  std::vector<std::string> words;
  std::string reply;       // as RESP2 has it
  VersionVector clock;     // of the node, before
  uint64_t now_ms = 0;     // the time that the node went by
  std::optional<Dot> dot;  // of the operation that it became
};

// A client's scan, from page to page.
struct ScanSeen {
  VersionVector clock;                // as of the last page
  std::set<std::string> always, got;  // there all the time; listed
  bool over = false;
};

class Replies {
 public:
  explicit Replies(const History& history) : history_(history) {}

  // What is wrong, in words; empty: nothing, or nobody knows. REQUIRES that all of the clock, and the operation, are in
  // the history.
  std::string wrong(const Answered& answered) const;
  // A page of SCAN, or of HSCAN or SSCAN of `key`. `first`: the scan begins with it. The reply is no error.
  std::string wrong_page(const Answered& answered, bool first, ScanSeen& scan) const;

 private:
  KeySight sight(const std::string& key, const VersionVector& clock, uint64_t now_ms) const;
  KeySight before(const Answered& a, size_t word = 1) const {
    return sight(a.words[word], a.clock, a.now_ms);
  }
  std::string wrong_reply(const Answered& answered) const;
  std::string wrong_silence(const Answered& answered) const;
  std::string wrong_write(const Answered& answered) const;
  std::string wrong_outcome(const Answered& a, const std::string& key, const KeySight& want) const;
  std::map<std::string, KeySight> outcome(const Answered& a) const;
  std::set<std::string> all_seen(const Answered& answered) const;

  const History& history_;
};

// The strings of a reply, nested ones too; empty: it is no array.
std::optional<std::vector<std::string>> reply_items(const std::string& reply);

}  // namespace tutti::sim
