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

// What the rows on disk say of some keys, in memory: one image a key, an empty one for a key that is absent. Of a
// key with more than KeyImage::kRowsMax fields and members, only how many there are. Bounded in bytes; what was
// not read lately goes first (CLOCK, Corbato 1968).
//
// Readers look here only below the tables, as they look at the disk. That is why a merge may bring an image up
// to date while it runs: a reader finds every row the merge changes in the table that is being merged. Two
// things must not happen: an image read before a merge put after it, and an image of a key that the merge is
// changing put beside it. Against the first, whoever reads off the owner's thread takes epoch() before it reads,
// and put() drops what is of an earlier one. Against the second, the owner does not put keys of which the table
// being merged says anything (Layers).
//
// "An image" stands for counts too, but for one thing: a reader does not find in the table by how much the merge
// changes counts. So they say which merge changed them last.
//
// Threads: any.
class KeyCache {
 public:
  // `bytes_max`: of keys, images and what holds them; 0 keeps nothing.
  KeyCache(const HashKey& key, uint64_t bytes_max);
  ~KeyCache();
  KeyCache(const KeyCache&) = delete;
  KeyCache& operator=(const KeyCache&) = delete;

  // Copies the image of the key with this prefix; false: not known here.
  bool get(ByteView prefix, std::string& image);
  // Of a large key.
  struct Counts {
    RowCounts rows;
    uint64_t changed_in = 0;  // epoch() of the merge that changed them last; 0: none did since they were put
  };
  std::optional<Counts> counts(ByteView prefix);
  bool holds(ByteView prefix);  // an image or counts

  uint64_t epoch() const { return epoch_.load(std::memory_order_acquire); }
  // Something was read: others go for it. Nothing happens where `epoch` has passed.
  void put(ByteView prefix, ByteView image, uint64_t epoch);
  // Something may be read: kept only where there is room. False: there is none.
  bool offer(ByteView prefix, ByteView image, uint64_t epoch);
  // Likewise the counts of a key. Nothing happens where it is not a large one.
  void put_counts(ByteView prefix, const RowCounts& rows, uint64_t epoch);
  bool offer_counts(ByteView prefix, const RowCounts& rows, uint64_t epoch);

  // --- a merge's ---
  // From here on, images read before are of the past.
  void begin_merge() { epoch_.fetch_add(1, std::memory_order_acq_rel); }
  // The rows of one key change so. A key that is not here is not brought in.
  void change(ByteView prefix, const KeyChanges& changes);

  uint64_t bytes() const { return bytes_.load(std::memory_order_relaxed); }

 private:
  struct Entry;
  // A pointer to an entry in 48 bits, 16 bits of its hash above: most foreign entries are told apart without a look
  // at them. 0: empty.
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
