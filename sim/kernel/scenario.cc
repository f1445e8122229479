#include "sim/kernel/scenario.h"

namespace tutti::sim {

Scenario::Sizes Scenario::small_sizes() {
  Sizes sizes;
  sizes.small = true;
  sizes.table_bytes_max = {4096, 65536};
  sizes.merge_log_bytes = {1024, 32768};
  sizes.log_bytes_keep = {256, 16384};
  sizes.log_sample_records = {1, 64};
  sizes.log_bytes_hard_max = {1024, 131072};
  sizes.waiting_operations_max = {4, 500};
  sizes.waiting_bytes_max = {16384, 1 << 20};
  sizes.push_backlog_bytes_max = {2048, 1e6};
  sizes.pull_chunk_bytes = {512, 65536};
  sizes.pull_timeout_ms = {500, 3000};
  sizes.transfer_timeout_ms = {2000, 15000};
  sizes.transfer_page_bytes = {512, 8192};
  sizes.transfer_rows_bytes = {1024, 65536};
  sizes.transfer_rows_per_ask = {8, 256};
  sizes.transfer_cache_bytes_max = {256, 65536};
  return sizes;
}

}  // namespace tutti::sim
