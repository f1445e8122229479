#include "storage/table/key_cache.h"

#include <cstdlib>
#include <cstring>
#include <new>
#include <type_traits>

#include "storage/base/check.h"

namespace tutti {
namespace {

constexpr size_t kFirstSlots = 16;
constexpr size_t kAllocatorBytes = 16;  // what malloc keeps beside each piece, roughly

}  // namespace

// One key. Its prefix and its image or counts follow it in memory.
struct KeyCache::Entry {
  uint32_t hash;
  uint32_t prefix_size;
  uint32_t image_size;
  bool read;   // since the hand last passed
  bool large;  // counts follow instead of the image

  ByteView prefix() const { return {reinterpret_cast<const char*>(this + 1), prefix_size}; }
  ByteView image() const { return {reinterpret_cast<const char*>(this + 1) + prefix_size, image_size}; }
  uint64_t bytes() const { return sizeof(Entry) + prefix_size + image_size + kAllocatorBytes; }

  Counts counts() const {
    Counts counts;
    std::memcpy(&counts, image().data(), sizeof counts);
    return counts;
  }

  static Entry* make(uint32_t hash, ByteView prefix, ByteView image, bool large) {
    void* at = ::operator new(sizeof(Entry) + prefix.size() + image.size());
    auto* entry = new (at)
        Entry{hash, static_cast<uint32_t>(prefix.size()), static_cast<uint32_t>(image.size()), false, large};
    auto* bytes = reinterpret_cast<char*>(entry + 1);
    std::memcpy(bytes, prefix.data(), prefix.size());
    if (!image.empty()) std::memcpy(bytes + prefix.size(), image.data(), image.size());
    return entry;
  }
  static void free(Entry* entry) { ::operator delete(entry); }
};

namespace {

ByteView bytes_of(const KeyCache::Counts& counts) {
  static_assert(std::is_trivially_copyable_v<KeyCache::Counts>);
  return {reinterpret_cast<const char*>(&counts), sizeof counts};
}

}  // namespace

KeyCache::KeyCache(const HashKey& key, uint64_t bytes_max) : hash_(key), bytes_max_(bytes_max) {}

KeyCache::~KeyCache() {
  for (Shard& shard : shards_) {
    for (const Slot slot : shard.slots) Entry::free(entry_of(slot));
  }
}

KeyCache::Slot KeyCache::slot_of(Entry* entry) {
  const auto address = reinterpret_cast<uint64_t>(entry);
  check((address & ~kPointerMask) == 0, "an address of 48 bits");
  return address | uint64_t{entry->hash >> 16} << 48;
}

// Where the key is, or the empty slot where it belongs. REQUIRES slots.
size_t KeyCache::find(const Shard& shard, uint32_t hash, ByteView prefix) {
  const size_t mask = shard.slots.size() - 1;
  size_t at = (hash / kShards) & mask;
  for (; shard.slots[at] != 0; at = (at + 1) & mask) {
    if (shard.slots[at] >> 48 == hash >> 16 && entry_of(shard.slots[at])->prefix() == prefix) break;
  }
  return at;
}

bool KeyCache::get(ByteView prefix, std::string& image) {
  if (bytes_max_ == 0) return false;
  const uint32_t hash = hash_(prefix);
  Shard& shard = shard_of(hash);
  const std::lock_guard lock(shard.mutex);
  if (shard.slots.empty()) return false;
  Entry* entry = entry_of(shard.slots[find(shard, hash, prefix)]);
  if (!entry || entry->large) return false;
  entry->read = true;
  image = entry->image();
  return true;
}

std::optional<KeyCache::Counts> KeyCache::counts(ByteView prefix) {
  if (bytes_max_ == 0) return std::nullopt;
  const uint32_t hash = hash_(prefix);
  Shard& shard = shard_of(hash);
  const std::lock_guard lock(shard.mutex);
  if (shard.slots.empty()) return std::nullopt;
  Entry* entry = entry_of(shard.slots[find(shard, hash, prefix)]);
  if (!entry || !entry->large) return std::nullopt;
  entry->read = true;
  return entry->counts();
}

bool KeyCache::holds(ByteView prefix) {
  const uint32_t hash = hash_(prefix);
  Shard& shard = shard_of(hash);
  const std::lock_guard lock(shard.mutex);
  return !shard.slots.empty() && shard.slots[find(shard, hash, prefix)] != 0;
}

void KeyCache::put(ByteView prefix, ByteView image, uint64_t epoch) {
  insert(prefix, image, nullptr, epoch, true);
}

bool KeyCache::offer(ByteView prefix, ByteView image, uint64_t epoch) {
  return insert(prefix, image, nullptr, epoch, false);
}

void KeyCache::put_counts(ByteView prefix, const RowCounts& rows, uint64_t epoch) {
  const Counts counts{.rows = rows};
  if (is_large(rows)) insert(prefix, {}, &counts, epoch, true);
}

bool KeyCache::offer_counts(ByteView prefix, const RowCounts& rows, uint64_t epoch) {
  const Counts counts{.rows = rows};
  return !is_large(rows) || insert(prefix, {}, &counts, epoch, false);
}

bool KeyCache::insert(ByteView prefix, ByteView image, const Counts* counts, uint64_t epoch, bool evicts) {
  if (counts) image = bytes_of(*counts);
  const uint64_t bytes = sizeof(Entry) + prefix.size() + image.size() + kAllocatorBytes;
  const uint64_t share = bytes_max_ / kShards;
  if (image.size() > KeyImage::kBytesMax || bytes > share) return true;  // too large to be kept
  const uint32_t hash = hash_(prefix);
  Shard& shard = shard_of(hash);
  const std::lock_guard lock(shard.mutex);
  // Under the lock: a merge that begins now changes this shard only after the lock is released.
  if (epoch != this->epoch()) return false;
  if (!shard.slots.empty() && shard.slots[find(shard, hash, prefix)] != 0) return true;
  if (shard.bytes + bytes > share) {
    if (!evicts) return false;
    evict(shard, bytes);
  }
  add(shard, Entry::make(hash, prefix, image, counts != nullptr));
  return true;
}

void KeyCache::change(ByteView prefix, const KeyChanges& changes) {
  if (bytes_max_ == 0) return;
  const uint32_t hash = hash_(prefix);
  Shard& shard = shard_of(hash);
  const std::lock_guard lock(shard.mutex);
  if (shard.slots.empty()) return;
  const size_t at = find(shard, hash, prefix);
  const Entry* before = entry_of(shard.slots[at]);
  if (!before) return;
  const bool read = before->read;
  std::optional<std::string> image;
  if (!before->large && !changes.outgrow_images()) image = KeyImage::with(before->image(), changes.rows());
  const RowCounts rows = before->large ? before->counts().rows : KeyImage::counts(before->image());
  const Counts counts{.rows = rows + changes.counts(), .changed_in = epoch()};
  remove(shard, at);
  const auto fits = [&](ByteView bytes) {
    return sizeof(Entry) + prefix.size() + bytes.size() + kAllocatorBytes <= bytes_max_ / kShards;
  };
  Entry* entry = nullptr;
  if (image && fits(*image)) {
    entry = Entry::make(hash, prefix, *image, false);
  } else if (is_large(counts.rows) && fits(bytes_of(counts))) {
    entry = Entry::make(hash, prefix, bytes_of(counts), true);
  } else {
    return;
  }
  entry->read = read;
  evict(shard, entry->bytes());
  add(shard, entry);
}

void KeyCache::add(Shard& shard, Entry* entry) {
  if (shard.used * 10 >= shard.slots.size() * 7) grow(shard);
  shard.slots[find(shard, entry->hash, entry->prefix())] = slot_of(entry);
  ++shard.used;
  shard.bytes += entry->bytes();
  bytes_.fetch_add(entry->bytes(), std::memory_order_relaxed);
}

// Later slots of the same run move up if their probe passed this slot (Knuth 6.4, algorithm R).
void KeyCache::remove(Shard& shard, size_t slot) {
  Entry* gone = entry_of(shard.slots[slot]);
  shard.bytes -= gone->bytes();
  bytes_.fetch_sub(gone->bytes(), std::memory_order_relaxed);
  --shard.used;
  Entry::free(gone);
  const size_t mask = shard.slots.size() - 1;
  size_t hole = slot;
  for (size_t at = (hole + 1) & mask; shard.slots[at] != 0; at = (at + 1) & mask) {
    const size_t home = (entry_of(shard.slots[at])->hash / kShards) & mask;
    if (((at - home) & mask) < ((at - hole) & mask)) continue;
    shard.slots[hole] = shard.slots[at];
    hole = at;
  }
  shard.slots[hole] = 0;
}

void KeyCache::evict(Shard& shard, uint64_t room) {
  const uint64_t share = bytes_max_ / kShards;
  while (shard.used > 0 && shard.bytes + room > share) {
    if (shard.hand >= shard.slots.size()) shard.hand = 0;
    Entry* entry = entry_of(shard.slots[shard.hand]);
    if (entry && !entry->read) {
      remove(shard, shard.hand);  // another may have moved up to here
      continue;
    }
    if (entry) entry->read = false;
    ++shard.hand;
  }
}

void KeyCache::grow(Shard& shard) {
  std::vector<Slot> old(shard.slots.empty() ? kFirstSlots : shard.slots.size() * 2);
  old.swap(shard.slots);
  const size_t mask = shard.slots.size() - 1;
  for (const Slot slot : old) {
    if (slot == 0) continue;
    size_t at = (entry_of(slot)->hash / kShards) & mask;
    while (shard.slots[at] != 0) at = (at + 1) & mask;
    shard.slots[at] = slot;
  }
  shard.hand = 0;
}

}  // namespace tutti
