#include "storage/store/persistent_rows.h"

#include <algorithm>

#include "storage/base/check.h"
#include "storage/store/checksum.h"

namespace tutti {
namespace {

constexpr size_t kChunkRows = 32;  // a chunk twice as long is split

// The object itself is not const: maps hold pointers to const, but flip_bit() alters it.
std::shared_ptr<const PersistentRows::Row> make_row(const std::string& key, std::string value) {
  const uint32_t sum = checksum(value);
  return std::make_shared<PersistentRows::Row>(PersistentRows::Row{key, std::move(value), sum});
}

}  // namespace

PersistentRows::Place PersistentRows::lower_bound(ByteView key) const {
  // The first chunk whose last row is not before the key.
  const auto chunk =
      std::ranges::partition_point(chunks_, [&](const auto& c) { return c->back()->key < key; });
  const auto index = static_cast<size_t>(chunk - chunks_.begin());
  if (chunk == chunks_.end()) return {index, 0};
  const auto row = std::ranges::partition_point(**chunk, [&](const auto& r) { return r->key < key; });
  return {index, static_cast<size_t>(row - (*chunk)->begin())};
}

PersistentRows::Place PersistentRows::next(Place at) const {
  if (at.row + 1 < chunks_[at.chunk]->size()) return {at.chunk, at.row + 1};
  return {at.chunk + 1, 0};
}

PersistentRows PersistentRows::with(std::vector<Change> changes) const {
  PersistentRows result;
  result.chunks_.reserve(chunks_.size() + changes.size() / kChunkRows + 1);
  const auto put_chunk = [&](Chunk rows) {
    result.size_ += rows.size();
    for (size_t at = 0; at < rows.size();) {
      const size_t left = rows.size() - at;
      const size_t take = left >= 2 * kChunkRows ? kChunkRows : left;
      const auto first = rows.begin() + static_cast<ptrdiff_t>(at);
      result.chunks_.push_back(std::make_shared<const Chunk>(first, first + static_cast<ptrdiff_t>(take)));
      at += take;
    }
  };
  auto change = changes.begin();
  for (size_t i = 0; i < chunks_.size() || change != changes.end(); ++i) {
    const bool last = i + 1 >= chunks_.size();
    const Chunk* old = i < chunks_.size() ? chunks_[i].get() : nullptr;
    // The last chunk takes all that comes behind it.
    const auto end = last ? changes.end() : std::find_if(change, changes.end(), [&](const Change& c) {
      return c.key > chunks_[i]->back()->key;
    });
    if (change == end) {
      if (old) {
        result.chunks_.push_back(chunks_[i]);
        result.size_ += old->size();
      }
      continue;
    }
    Chunk rows;
    auto row = old ? old->begin() : Chunk::const_iterator();
    const auto rows_end = old ? old->end() : Chunk::const_iterator();
    for (; change != end; ++change) {
      check(change == changes.begin() || (change - 1)->key < change->key, "changes in ascending order");
      while (row != rows_end && (*row)->key < change->key) rows.push_back(*row++);
      if (row != rows_end && (*row)->key == change->key) ++row;
      if (change->value) rows.push_back(make_row(change->key, *std::move(change->value)));
    }
    rows.insert(rows.end(), row, rows_end);
    put_chunk(std::move(rows));
  }
  return result;
}

void PersistentRows::flip_bit(uint64_t random) {
  size_t left = random % size_;
  auto chunk = chunks_.begin();
  for (; left >= (*chunk)->size(); ++chunk) left -= (*chunk)->size();
  std::string& value = const_cast<Row&>(*(**chunk)[left]).value;
  check(!value.empty(), "rows that hold something");
  const uint64_t bit = random / size_ % (value.size() * 8);
  value[bit / 8] = static_cast<char>(value[bit / 8] ^ 1 << bit % 8);
}

PersistentRows PersistentRows::copy() const {
  PersistentRows result;
  result.size_ = size_;
  for (const auto& chunk : chunks_) {
    Chunk rows;
    for (const auto& row : *chunk) rows.push_back(std::make_shared<Row>(*row));
    result.chunks_.push_back(std::make_shared<const Chunk>(std::move(rows)));
  }
  return result;
}

}  // namespace tutti
