#pragma once

#include <string>
#include <vector>

#include "sim/report/metrics.h"
#include "sim/world/run_report.h"

namespace tutti::sim {

// Where a run came from, as its manifest tells.
struct Origin {
  std::string scenario;                    // its name
  std::vector<std::string> configuration;  // every setting in force (configuration_of()), a line each
  std::string command;                     // what runs it again
};

// 16 hex digits.
std::string configuration_hash(const std::vector<std::string>& configuration);

// One run's outcome. A run that a checker ended has figures too, which averages leave out.
struct Outcome {
  uint64_t seed = 0;
  std::string trace_hash;
  std::string failure;  // one line; empty: all held
  double virtual_seconds = 0, real_seconds = 0;
  std::vector<std::pair<std::string, double>> totals;  // "events", "starts"
  std::vector<Metric> metrics;
};
Outcome outcome_of(const RunReport& report, const RunRecorder& recorder);

// Runs under the same settings, one a seed.
struct Cell {
  std::vector<std::string> settings;  // what sets it apart: "network.loss=0.1"
  std::vector<Outcome> outcomes;
};

// What an output folder holds: one run, several seeds of one scenario, or a sweep.
struct Study {
  std::string kind;  // "run", "seeds", "sweep"
  Origin origin;
  std::vector<Cell> cells;
  bool complete = true;  // false: written while more cells were to come
};

std::string label(const Cell& cell);  // "network.loss=0.1, cluster.nodes=5"
size_t failures(const Cell& cell);
// The metric of every run that passed and has it, in order of seeds.
std::vector<double> values_of(const Cell& cell, std::string_view metric);

}  // namespace tutti::sim
