#pragma once

#include <string>
#include <vector>

#include "protocol/messages/messages.h"
#include "sim/truth/history.h"

namespace tutti::sim {

// What the core's objects are, in words for `tutti-sim replay`. Long texts are cut.

// "SET k3 = "v17"; DEL h.f2": what the operation does, edit by edit.
std::string describe(const Operation& operation);
// "probe 12", "push n0#1:4", "pull 7 from {n0#1:3}". Operations in a batch that goes by its stream's past are
// counted by their bytes alone.
std::string describe(const Message& message, const History& history);
std::string describe(const std::vector<std::string>& words);

// Whether the operation touches the user's key.
bool touches(const Operation& operation, const std::string& key);

}  // namespace tutti::sim
