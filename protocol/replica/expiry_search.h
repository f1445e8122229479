#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include "storage/store/store.h"

namespace tutti {

// Finds the keys that expire in the rows of one merge: the earliest ones, up to a bound. run() is for any thread; the
// rest is for the owner, once done().
class ExpirySearch {
 public:
  struct Found {
    // The earliest in the key. Where only expiries that never pass are left of it: when the last one was written.
    uint64_t expires_ms;
    ActorId by;
    std::string key_prefix;
  };

  ExpirySearch(std::shared_ptr<const RowsSnapshot> rows, size_t count_max)
      : rows_(std::move(rows)), max_(count_max) {}

  Result<> run();

  bool done() const { return done_.load(std::memory_order_acquire); }
  std::vector<Found>& found() { return found_; }
  // The earliest that was left out; kNever: none.
  uint64_t left_out_from_ms() const { return left_out_from_ms_; }

 private:
  void keep(Found found);

  std::shared_ptr<const RowsSnapshot> rows_;
  const size_t max_;
  std::vector<Found> found_;  // a heap, the latest first
  uint64_t left_out_from_ms_ = UINT64_MAX;
  std::atomic<bool> done_ = false;
};

}  // namespace tutti
