#include "storage/crypto/key.h"

#include <sodium.h>

namespace tutti {

void secure_zero(void* bytes, size_t size) { sodium_memzero(bytes, size); }

bool equal_in_constant_time(std::string_view a, std::string_view b) {
  return a.size() == b.size() && sodium_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace tutti
