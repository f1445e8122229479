#pragma once

#include <cstdint>
#include <span>

namespace tutti {

// Prepares the crypto library: the fastest code for this processor is chosen. Ciphers work without it, only
// slower. Any thread, any number of times; aborts where the system gives no randomness.
void init_crypto();

// Randomness of the operating system, for keys. Only node/ draws from it; the core draws from the
// Random that it is given. Any thread.
void os_random_fill(std::span<uint8_t> out);

}  // namespace tutti
