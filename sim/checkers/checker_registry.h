#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace tutti::sim {

// What is watched in every run, by the names that failures carry and that `checks.off` takes.
struct CheckerKind {
  std::string_view name;
  std::string_view what;  // one line, for `tutti-sim checkers`
};
const std::vector<CheckerKind>& checker_kinds();
bool is_checker(std::string_view name);
std::string checker_names();

}  // namespace tutti::sim
