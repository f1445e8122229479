#pragma once

#include <source_location>

namespace tutti {

// An own bug: says where and what, then aborts. Never compiled out. For what a peer or a disk brings, return
// an Error instead (result.h).
[[noreturn]] void check_failed(const char* what, std::source_location where);

inline void check(bool ok, const char* what, std::source_location where = std::source_location::current()) {
  if (!ok) [[unlikely]]
    check_failed(what, where);
}

}  // namespace tutti
