#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/durability.h"
#include "sim/kernel/range.h"

namespace tutti::sim {

// One value from outside, "network.loss", with where it stands.
struct Setting {
  std::string path;
  std::vector<double> numbers;     // one, or two for a range
  std::vector<std::string> words;  // instead of numbers; `listed` if they stood in brackets
  bool listed = false;
  int line = 0;  // 0: from the command line
};

// One kind of fault and how it strikes (fault.h): once at a time, or again and again.
struct FaultSpec {
  std::string kind;
  double at_s = -1;              // once, then; -1: again and again
  Range every_s{10, 10};         // mean gap of a Poisson process, drawn per seed; 0: never
  Range for_s{1, 5};             // how long each one lasts
  int target = -1;               // a node; -1: drawn each time
  Range amount{0, 0};            // what it means is said with the kind (fault_registry.cc)
  std::optional<uint64_t> draw;  // what else the strike draws comes from this; empty: drawn each time
  int line = 0;                  // in the scenario file
};

// How packets fare on some links. What is empty is as [network] says. Latency is drawn per packet, everything
// else per seed.
struct LinkSettings {
  std::optional<Range> latency_ms;
  std::optional<bool> tail;  // latency "exponential": `low` at least, above `high` one packet in a hundred
  std::optional<Range> loss, duplicate, reorder;
  std::optional<double> bytes_per_second;
};

// Nodes that stand together. Regions get their nodes in order, each by its share.
struct RegionSpec {
  std::string name;
  double share = 1;
  LinkSettings inside;  // of links within it
  int line = 0;         // in the scenario file
};

// Links between two places: a region's name, "n3" for a node, "*" for everywhere. Of several rules that fit,
// the last counts. Rules that name a node count after the others.
struct LinkSpec {
  std::string from, to;
  bool one_way = false;  // else the way back too
  LinkSettings settings;
  int line = 0;  // in the scenario file
};

// A bound that a run must keep, on one of its metrics (report/metrics.h).
struct ExpectSpec {
  std::string metric;
  std::optional<double> below, above;  // at most, at least
  int line = 0;
};

// What a share of a swarm's seeds is about (swarm.h): conditions which some kind of trouble needs together,
// and which seldom meet by chance.
struct ThemeSpec {
  std::string name;
  double share = 0;                                // of all seeds
  std::optional<std::vector<std::string>> faults;  // of the frame's, these kinds alone
  std::vector<Setting> settings;                   // before the seed narrows them
};

// One command that a client gives to a node at a moment (clients.h says which words there are). Several at
// one node and moment run in one loop turn, in their order.
struct CommandSpec {
  double at_s = 0;
  size_t node = 0;
  size_t client = 0;
  std::vector<std::string> words;
};

// What a run is made of (README.md explains every setting). Times end in their unit.
struct Scenario {
  std::string name;
  std::optional<uint64_t> seed;  // where the command line names none
  bool swarm = false;            // every seed draws its own variant (swarm.h)
  std::string theme;             // of a variant: what it was drawn by; empty: none

  // Options of Database and Replica, as shipped (a test compares). Where low < high each order of magnitude is as likely.
  struct Sizes {
    bool small = false;
    Range table_bytes_max{512 << 20, 512 << 20};
    Range merge_log_bytes{256 << 20, 256 << 20};
    Range log_bytes_keep{1 << 30, 1 << 30};
    Range log_sample_records{256, 256};
    Range log_bytes_hard_max{10.0 * (1 << 30), 10.0 * (1 << 30)};
    Range waiting_operations_max{64 << 10, 64 << 10};
    Range waiting_bytes_max{64 << 20, 64 << 20};
    Range push_backlog_bytes_max{16 << 20, 16 << 20};
    Range pull_chunk_bytes{512 << 10, 512 << 10};
    Range probe_period_ms{200, 200};
    Range clock_base_entries{32, 32};  // a clock differs by as many actors before it is the next base
    Range clock_grace_ms{150, 150};
    Range pull_timeout_ms{3000, 3000};
    Range mesh_members_max{64, 64};  // more others than this, and streams go to some neighbours only
    Range neighbours{6, 6};          // how many each wants then
    Range transfer_timeout_ms{15000, 15000};
    Range transfer_idle_ms{60000, 60000};
    Range transfer_page_bytes{128 << 10, 128 << 10};
    Range transfer_rows_bytes{1 << 20, 1 << 20};
    Range transfer_rows_per_ask{4096, 4096};
    Range transfer_deletes_max{100, 100};
    Range transfer_cache_bytes_max{256 << 20, 256 << 20};
  };
  // So small that every bound is met within seconds, and a transfer lasts while operations arrive.
  static Sizes small_sizes();

  struct Cluster : Sizes {
    Range nodes{3, 5};
    Range spares{0, 0};  // machines that no node runs on at first: for new members and for copies
    Durability durability = Durability::kAlways;
    bool noise = false;          // the real cipher instead of NullTransport
    Range wall_skew_ms{0, 500};  // how far wall clocks are off, either way
    Range sync_ms{0.1, 3};       // what an fsync takes
    Range merge_ms{1, 50};       // what a merge takes
    Range memory_misses{0, 0};   // share of a command's reads that do not find in memory what they look for
    Range row_checks{0.02, 1};   // share of touched rows read back after every turn
  } cluster;
  Sizes& sizes() { return cluster; }

  struct NetworkSettings {
    Range latency_ms{0.2, 5};  // drawn per packet
    bool tail = false;         // exponential beyond the low end, one packet in a hundred above the high one
    Range link_ms{0, 0};  // more for each one-way link, drawn per seed and link; most are near the low end
    Range loss{0, 0};     // these three: drawn per seed
    Range duplicate{0, 0};
    Range reorder{0, 0};
    double reorder_ms = 50;
    double bytes_per_second = 0;
    double stream_timeout_ms = 8000;
    double salt = 0;  // another number: the same network with other draws
  } network;

  struct WorkloadSettings {
    Range clients{1, 8};
    Range writes_per_second{5, 50};  // of all clients together
    Range keys{4, 40};               // the small space, where writes meet
    double keys_large = 2000;        // the large one
    double writers = 0;              // clients write at the first `writers` nodes; 0: at all
    Range seconds{20, 20};
    // How often each kind of command comes, beside the others (workload.cc).
    Range registers{250, 250}, expiries{60, 60}, deletes{100, 100}, counters{230, 230}, hashes{150, 150},
        sets{105, 105}, transactions{60, 60}, reads{200, 200}, flushes{3, 3};
    Range expiry_ms{200, 10000};  // the shortest and the longest life that is asked for
    double value_bytes = 200;     // of the longest values
    Range contexts{0.06, 0.06};   // share of turns with a write that names what it replaces
  } workload;

  struct Checks {
    double heal_seconds = 60;  // virtual time for all nodes to become equal once faults have stopped
    double full_every_s = 10;  // check every row of every node this often
    // Bound of `liveness`, in probe periods: by doubling of the nodes, and besides.
    double rounds_per_doubling = 10, rounds_besides = 250;
    // Bound of `bytes`: sent while healing, for each missing byte; and by each node besides, once and a
    // second.
    double bytes_factor = 4, bytes_besides = 131072, bytes_idle_per_s = 8192;
    double replies = 1;            // share of clients' replies that are judged
    double grace = 0.05;           // share of the runs that go on until all that ended is reaped
    double late = 0;               // bound of `budget`: share of the deliveries that come late; 0: not judged
    double rerun = 0;              // share of seeds that are run twice, for `determinism`
    std::vector<std::string> off;  // checkers whose findings do not count
    double probes_per_second = 2;  // commands of the clients that judge what they read; 0: none
    double audit_nodes = 0;        // how many nodes are checked whole, drawn each time; 0: all
  } checks;

  std::vector<RegionSpec> regions;
  std::vector<LinkSpec> links;
  std::vector<FaultSpec> faults;
  std::vector<ThemeSpec> themes;  // of a swarm
  std::vector<ExpectSpec> expects;
  std::vector<CommandSpec> commands;  // besides what the workload draws
};

}  // namespace tutti::sim
