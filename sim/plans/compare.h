#pragma once

#include <string>

namespace tutti::sim {

// Prints what differs between two output folders, of runs, seeds or sweeps: settings, then each metric with
// its ratio and whether the difference is more than chance (permutation test over seeds). 0: compared; 3: a
// folder cannot be read, or the two have nothing to compare, with words.
int compare_folders(const std::string& a, const std::string& b);

}  // namespace tutti::sim
