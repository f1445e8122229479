#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

namespace tutti {

// Starts this program again with other arguments. The child gets SIGTERM when its parent ends. It does not get Ctrl-C
// from the terminal; the parent passes that on. -1: the system refused. REQUIRES one thread and no open database: it
// forks.
pid_t spawn_self(const std::vector<std::string>& arguments);

// True if the child has ended; waits for it (waitpid). False for a child for which this was true before.
bool has_ended(pid_t child);

}  // namespace tutti
