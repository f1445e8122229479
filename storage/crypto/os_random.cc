#include "storage/crypto/os_random.h"

#include <sodium.h>

#include "storage/base/check.h"

namespace tutti {

void init_crypto() { check(sodium_init() >= 0, "libsodium found no source of randomness in this system"); }

void os_random_fill(std::span<uint8_t> out) {
  init_crypto();
  randombytes_buf(out.data(), out.size());
}

}  // namespace tutti
