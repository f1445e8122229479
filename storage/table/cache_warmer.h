#pragma once

#include <functional>
#include <memory>

#include "storage/store/store.h"
#include "storage/table/key_cache.h"

namespace tutti {

// A job that fills `cache` after a start, so that the first reads need not go to the disk. It reads the keys of
// `rows` in order and offers each to `cache`. It ends when the cache is full, when a merge begins, after the last
// key, or at the first failed read. It does not report that failure: the next client's read of the row does.
// Run it once, on any thread.
std::function<Result<>()> cache_warmer(std::shared_ptr<KeyCache> cache,
                                       std::shared_ptr<const RowsSnapshot> rows);

}  // namespace tutti
