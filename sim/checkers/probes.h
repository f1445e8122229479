#pragma once

#include <map>
#include <optional>
#include <string>

#include "storage/model/version_vector.h"

namespace tutti::sim {

// `sessions`: clients that carry their clock from node to node. Each has a key of its own that it alone
// writes, with ascending numbers, and only where its token is in the node's clock, as TUTTI.AFTER would have
// it wait.
class Sessions {
 public:
  // Whether a node with this clock has all that the session has written and read. Where it has not, the
  // client is told so; told too often (what it saw may be lost with a disk), it begins anew.
  bool may_go_on(size_t session, const VersionVector& clock);
  // The number to write next.
  uint64_t next(size_t session) { return ++sessions_[session].last; }
  // The write was taken; `clock` is the node's now.
  void wrote(size_t session, uint64_t number, const VersionVector& clock);
  // What a read of another's key (or its own) gave, at a node where it may go on. Empty: all is well.
  // `gone`: the key is not there; told apart by the caller from a deletion.
  std::string read(size_t session, size_t key_of, std::optional<uint64_t> number, const VersionVector& clock);

 private:
  struct Session {
    VersionVector token;
    uint64_t last = 0;                // written
    std::map<size_t, uint64_t> seen;  // by whose key: the greatest number written or read
    size_t refusals = 0;
  };
  std::map<size_t, Session> sessions_;
};

// `atomic`: two keys that are always written together, in one command, with one value. Empty: they agree.
std::string pair_differs(const std::string& first_key, const std::optional<std::string>& first,
                         const std::string& second_key, const std::optional<std::string>& second);

}  // namespace tutti::sim
