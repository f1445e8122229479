// Must not compile: ctest runs the compiler over it and waits for the words of its refusal.
#include "storage/base/result.h"

namespace tutti {

Result<> write_it();
Result<int> read_it();

void careless() {
  write_it();
  read_it();
}

}  // namespace tutti
