#include "storage/base/check.h"

#include <cstdio>
#include <cstdlib>

namespace tutti {

void check_failed(const char* what, std::source_location where) {
  std::fprintf(stderr, "%s:%u: %s: check failed: %s\n", where.file_name(),
               static_cast<unsigned>(where.line()), where.function_name(), what);
  std::abort();
}

}  // namespace tutti
