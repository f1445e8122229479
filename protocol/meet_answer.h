#pragma once

#include <string>

#include "protocol/node_id.h"

namespace tutti {

// What came of looking for a member at one address.
struct MeetAnswer {
  bool reached = false;
  std::string words;    // a sentence: who it is, or what is there instead
  NodeId id{};          // the rest: where reached
  std::string name;     // empty: this node does not know it by name yet
  std::string address;  // where it answered
};

}  // namespace tutti
