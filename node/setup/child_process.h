#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

namespace tutti {

// Starts this very program anew with other arguments. The child ends (SIGTERM) when its parent does, and
// takes no Ctrl-C from the terminal: that is for the parent to pass on. -1: the system refused. REQUIRES one
// thread and no open database: it forks.
pid_t spawn_self(const std::vector<std::string>& arguments);

// Ended by now, and buried. False for a child that was buried before.
bool has_ended(pid_t child);

}  // namespace tutti
