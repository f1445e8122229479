#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/commands/command_host.h"
#include "storage/result.h"

namespace tutti::sim {

// A number that each seed draws anew from [low, high]; equal ends make it fixed.
struct Range {
  double low = 0, high = 0;
};

// One kind of fault and how it strikes (fault.h): once at a time, or again and again.
struct FaultSpec {
  std::string kind;
  double at_s = -1;       // once, then; -1: again and again
  Range every_s{10, 10};  // mean gap of a Poisson process, drawn per seed; 0: never
  Range for_s{1, 5};      // how long each one lasts
  int target = -1;        // a node; -1: drawn each time
  Range amount{0, 0};     // what it means, if anything, stands with the kind
  int line = 0;           // in the scenario file
};

// What a run is made of (README.md explains every setting). Times end in their unit.
struct Scenario {
  std::string name;

  struct Cluster {
    Range nodes{3, 5};
    Durability durability = Durability::kAlways;
    bool noise = false;          // the real cipher instead of NullTransport
    Range wall_skew_ms{0, 500};  // how far wall clocks are off, either way
    Range sync_ms{0.1, 3};       // what an fsync takes
    Range merge_ms{1, 50};       // what a merge takes
    Range row_checks{0.02, 1};   // share of touched rows read back after every turn
    // Options of Database and Replica; where low < high each order of magnitude is as likely.
    Range table_bytes_max{4096, 65536};
    Range merge_log_bytes{2048, 65536};
    Range log_bytes_keep{1024, 65536};
    Range log_sample_records{1, 64};
    Range log_bytes_hard_max{1024, 262144};
    Range waiting_operations_max{4, 1000};
    Range push_backlog_bytes_max{4096, 1 << 20};
    Range pull_chunk_bytes{512, 65536};
    Range probe_period_ms{200, 200};
    Range clock_grace_ms{150, 150};
    Range pull_timeout_ms{500, 3000};
    Range mesh_members_max{64, 64};  // more others than this, and streams go to some neighbours only
    Range neighbours{6, 6};          // how many each wants then
    Range transfer_timeout_ms{2000, 15000};
  } cluster;

  struct NetworkSettings {
    Range latency_ms{0.2, 5};  // drawn per packet
    Range link_ms{0, 0};  // more for each one-way link, drawn per seed and link; most are near the low end
    Range loss{0, 0};     // these three: drawn per seed
    Range duplicate{0, 0};
    Range reorder{0, 0};
    double reorder_ms = 50;
    double bytes_per_second = 0;
    double stream_timeout_ms = 8000;
  } network;

  struct WorkloadSettings {
    Range clients{1, 8};
    Range writes_per_second{5, 50};  // of all clients together
    Range keys{4, 40};               // the small space, where writes meet
    double keys_large = 2000;        // the large one
    double writers = 0;              // clients write at the first so many nodes; 0: at all
    Range seconds{20, 20};
  } workload;

  struct Checks {
    double heal_seconds = 60;  // virtual time for all nodes to become equal once faults have stopped
    double full_every_s = 10;  // check every row of every node this often
    double audit_nodes = 0;    // of so many nodes only, drawn each time; 0: of all
  } checks;

  std::vector<FaultSpec> faults;
};

// One setting from outside, "network.loss", with its value and where it stands.
struct Setting {
  std::string path;
  std::vector<double> numbers;  // one, or two for a range
  std::string word;             // instead of numbers
  int line = 0;
};

// Into the scenario; an error names the setting, the line and what is possible. Paths "fault.KIND.SETTING"
// change every fault of that kind.
Result<> apply_setting(Scenario& scenario, const Setting& setting);
Result<> apply_setting(FaultSpec& fault, const Setting& setting);

// scenario_toml.cc: the file, whole. `overrides` are "key=value" as on the command line.
Result<Scenario> read_scenario(const std::string& path, const std::vector<std::string>& overrides);

}  // namespace tutti::sim
