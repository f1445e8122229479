#pragma once

#include <functional>
#include <memory>

#include "storage/store/store.h"
#include "storage/table/key_cache.h"

namespace tutti {

// A job that reads keys in order from `rows` and offers them to `cache`, until it is full, a merge begins, or there
// are no more: so that a node that starts is as quick as the one that stopped. A read that fails ends it without a
// word: whoever needs that row is told. To be run once, on any thread.
std::function<Result<>()> cache_warmer(std::shared_ptr<KeyCache> cache,
                                       std::shared_ptr<const RowsSnapshot> rows);

}  // namespace tutti
