#include "protocol/address.h"
#include "tests/fuzz/fuzz.h"

// Addresses that people write.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace tutti;
  const auto address = parse_address(fuzz::view(data, size));
  if (!address) return 0;
  const auto again = parse_address(to_string(*address));
  check(again && *again == *address, "an address reads back as itself");
  return 0;
}
