#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "storage/table/key_hash.h"
#include "storage/table/key_image.h"

namespace tutti {

// A cache of keys as the rows on disk hold them: one image per key, an empty image for an absent key. For a key
// with more than KeyImage::kRowsMax fields and members, the cache holds only their counts. Bounded in bytes;
// entries that were not read recently are evicted first (CLOCK, Corbato 1968).
//
// Readers ask the tables first, then this cache, then the disk. So a merge may update an image while it runs: a
// reader finds every row that the merge changes in the table being merged. Two mistakes must be avoided:
//   - An image read before a merge is put after the merge. So a thread other than the owner's takes epoch() before
//     it reads, and put() drops an image of an earlier epoch.
//   - An image is put while a merge changes its key. So the owner does not put a key that the table being merged
//     touches or erases (Layers::may_cache).
//
// Both hold for counts too. But the table does not say by how much the merge changes counts, so Counts name
// the merge that changed them last.
//
// Threads: any.
class KeyCache {
 public:
  // `bytes_max`: of keys, images and their overhead; 0: the cache keeps nothing.
  KeyCache(const HashKey& key, uint64_t bytes_max);
  ~KeyCache();
  KeyCache(const KeyCache&) = delete;
  KeyCache& operator=(const KeyCache&) = delete;

  // Copies the image of the key with this prefix; false: the cache has none.
  bool get(ByteView prefix, std::string& image);
  // Of a large key.
  struct Counts {
    RowCounts rows;
    uint64_t changed_in = 0;  // epoch() of the merge that changed them last; 0: none did since they were put
  };
  std::optional<Counts> counts(ByteView prefix);
  bool holds(ByteView prefix);  // an image or counts

  uint64_t epoch() const { return epoch_.load(std::memory_order_acquire); }
  // Keeps the image of a key that was read; evicts others for it. Does nothing if `epoch` is not the current one.
  void put(ByteView prefix, ByteView image, uint64_t epoch);
  // Keeps the image of a key that may be read later, only if there is room. False: there is none.
  bool offer(ByteView prefix, ByteView image, uint64_t epoch);
  // The same with the counts of a key. They do nothing if the key is not large.
  void put_counts(ByteView prefix, const RowCounts& rows, uint64_t epoch);
  bool offer_counts(ByteView prefix, const RowCounts& rows, uint64_t epoch);

  // --- for a merge ---
  // Begins an epoch: put() and offer() drop what was read before.
  void begin_merge() { epoch_.fetch_add(1, std::memory_order_acq_rel); }
  // Applies the changes of one key's rows to its entry. Does nothing if the cache has no entry for the key.
  void change(ByteView prefix, const KeyChanges& changes);

  uint64_t bytes() const { return bytes_.load(std::memory_order_relaxed); }

 private:
  struct Entry;
  // A pointer to an entry in 48 bits, 16 bits of its hash above: comparing the hash bits avoids reading most entries
  // of other keys. 0: empty.
  using Slot = uint64_t;
  static constexpr uint64_t kPointerMask = (uint64_t{1} << 48) - 1;
  static Slot slot_of(Entry* entry);
  static Entry* entry_of(Slot slot) { return reinterpret_cast<Entry*>(slot & kPointerMask); }  // NOLINT

  static constexpr size_t kShards = 16;
  struct Shard {
    std::mutex mutex;
    std::vector<Slot> slots;  // open addressing
    size_t used = 0;
    size_t hand = 0;
    uint64_t bytes = 0;
  };

  Shard& shard_of(uint32_t hash) { return shards_[hash % kShards]; }
  static size_t find(const Shard& shard, uint32_t hash, ByteView prefix);
  static bool is_large(const RowCounts& rows) {
    return rows.total() > static_cast<int64_t>(KeyImage::kRowsMax);
  }
  bool insert(ByteView prefix, ByteView image, const Counts* counts, uint64_t epoch, bool evict);
  void add(Shard& shard, Entry* entry);
  void remove(Shard& shard, size_t slot);
  void evict(Shard& shard, uint64_t room);
  static void grow(Shard& shard);

  const KeyHash hash_;
  const uint64_t bytes_max_;
  std::atomic<uint64_t> epoch_ = 0;
  std::atomic<uint64_t> bytes_ = 0;
  std::array<Shard, kShards> shards_;
};

}  // namespace tutti
