#pragma once

#include <source_location>

namespace tutti {

// Reports an own bug with its place, then aborts. Never compiled out. For bytes of a peer or a disk, return an Error
// instead (result.h).
[[noreturn]] void check_failed(const char* what, std::source_location where);

inline void check(bool ok, const char* what, std::source_location where = std::source_location::current()) {
  if (!ok) [[unlikely]]
    check_failed(what, where);
}

}  // namespace tutti
