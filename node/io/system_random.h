#pragma once

#include <array>
#include <utility>

#include "protocol/random.h"
#include "storage/crypto/os_random.h"

namespace tutti {

// The operating system's randomness. Small draws come from a block: a nonce for each packet needs no system call.
class SystemRandom final : public Random {
 public:
  void fill(std::span<uint8_t> out) override {
    if (out.size() > block_.size()) return os_random_fill(out);
    if (out.size() > block_.size() - used_) {
      os_random_fill(block_);
      used_ = 0;
    }
    // Bytes given out are wiped, so that a later read of the memory shows no earlier key.
    for (uint8_t& byte : out) byte = std::exchange(block_[used_++], uint8_t{0});
  }

 private:
  std::array<uint8_t, 1024> block_{};
  size_t used_ = sizeof(block_);
};

}  // namespace tutti
