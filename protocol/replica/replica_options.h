#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "protocol/durability.h"
#include "protocol/membership/member_list.h"
#include "storage/base/time.h"

namespace tutti {

struct ReplicaOptions {
  MemberRecord self;       // signature may be empty: start() signs
  std::string cluster_id;  // hex, for eyes
  MemberList seeds;        // members known from the join or the configuration: the caller keeps them
  // Where members may be found, "host:port", each well-formed: tried for ever while this node knows no other member, or
  // one is unreachable. Names are resolved anew each time.
  std::vector<std::string> seed_endpoints;
  std::string lost;  // what the store had and lost, in words (Health::lost)
  Durability durability = Durability::kAlways;
  bool writes = true;                                      // false: an observer
  Duration probe_period = std::chrono::milliseconds(200);  // > round trip; halving it doubles idle traffic
  size_t probes_per_period = 3;                            // members probed in each, in a small cluster
  // Probes unanswered for so long: unreachable; only routing heeds it.
  Duration unreachable_after = std::chrono::milliseconds(2000);
  // Up to so many others, a stream to each and every write pushed to all; in a larger cluster a stream to
  // some neighbours, and writes go on from neighbour to neighbour. More: faster by a hop, and dearer by the
  // square.
  size_t mesh_members_max = 64;
  size_t neighbours_wanted = 6;    // then; half as many again are had, as others want too. Fewer: more hops
  size_t clock_base_entries = 32;  // by so many a clock differs from its base, before it is the next one
  Duration clock_grace =
      std::chrono::milliseconds(150);               // how long pushes may take before a clock is pulled after
  Duration pull_timeout = std::chrono::seconds(3);  // without an answer: another peer is asked
  Duration transfer_timeout = std::chrono::seconds(15);  // without progress: given up
  Duration sync_interval = std::chrono::seconds(1);      // Durability::kInterval
  size_t push_backlog_bytes_max = 16u << 20;  // to a peer; beyond it pushes stop until it has pulled
  size_t pull_chunk_bytes = 512u << 10;       // of operations in one answer
  Duration transfer_idle =
      std::chrono::seconds(60);             // without a word of the receiver: its source gives it up
  size_t transfer_page_bytes = 128u << 10;  // of row keys and fingerprints in one answer
  size_t transfer_rows_bytes = 1u << 20;    // of rows in one answer
  size_t transfer_rows_per_ask = 4096;
  size_t transfer_cache_bytes_max = 256u << 20;  // of rows that a transfer given up leaves to the next try
  // A transfer that deletes more rows than both, the second a share of the rows here, is joined only when a second member
  // or an operator says so too.
  uint64_t transfer_deletes_max = 100;
  double transfer_deletes_share_max = 0.1;
  uint64_t log_bytes_hard_max = 10ull << 30;  // beyond it the log is cut whoever lacks it
  size_t waiting_operations_max = 64u << 10;  // in the causal buffer; beyond it the newest is dropped
  size_t waiting_bytes_max = 64u << 20;
};

}  // namespace tutti
