#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <memory_resource>
#include <vector>

namespace tutti {

// Memory that is allocated piece by piece and freed all at once. Blocks grow from 1 KiB to 1 MiB: ten thousand
// simulated nodes cost little, and a large table makes few system calls. Not thread-safe.
class Arena final : public std::pmr::memory_resource {
 public:
  // Aligned to 8. Uninitialized.
  char* take(size_t bytes) {
    bytes = (bytes + 7) & ~size_t{7};
    if (bytes > left_) return take_slow(bytes);
    char* at = next_;
    next_ += bytes;
    left_ -= bytes;
    return at;
  }
  // Of all blocks.
  uint64_t bytes() const { return bytes_; }

 private:
  static constexpr size_t kFirstBlock = 1u << 10;
  static constexpr size_t kBlockMax = 1u << 20;

  char* take_slow(size_t bytes) {
    // A large piece gets a block of its own; the current block stays in use.
    if (bytes > block_ / 4) return add(bytes);
    char* at = add(block_);
    next_ = at + bytes;
    left_ = block_ - bytes;
    block_ = std::min(2 * block_, kBlockMax);
    return at;
  }
  char* add(size_t bytes) {
    blocks_.push_back(std::make_unique_for_overwrite<char[]>(bytes));
    bytes_ += bytes;
    return blocks_.back().get();
  }

  void* do_allocate(size_t bytes, size_t) override { return take(bytes); }
  void do_deallocate(void*, size_t, size_t) override {}
  bool do_is_equal(const memory_resource& other) const noexcept override { return this == &other; }

  std::vector<std::unique_ptr<char[]>> blocks_;
  char* next_ = nullptr;
  size_t left_ = 0;
  size_t block_ = kFirstBlock;
  uint64_t bytes_ = 0;
};

}  // namespace tutti
