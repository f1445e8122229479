#include "sim/run/seed_runner.h"

#include <unistd.h>

#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <map>
#include <mutex>
#include <thread>
#include <vector>

#include "sim/kernel/units.h"
#include "sim/report/expectations.h"
#include "sim/report/folder.h"
#include "sim/report/progress.h"
#include "sim/report/run_recorder.h"
#include "sim/report/text.h"
#include "sim/run/reruns.h"
#include "sim/scenario/scenario_file.h"
#include "sim/scenario/swarm.h"
#include "sim/world/world.h"

namespace tutti::sim {
namespace {

// What this thread is running, for a check() that aborts amid it. The only thing here that outlives a call.
thread_local std::string current_replay;

constexpr const char* kExpect = "expect";

void say_what_aborted(int) {
  const auto put = [](const std::string& text) {
    if (write(STDERR_FILENO, text.data(), text.size()) < 0) _exit(3);
  };
  put("FAILED: an own check (above)\n  replay: tutti-sim replay ");
  put(current_replay);
  put("\n");
  _exit(1);
}

void print(const RunReport& r, const std::string& again) {
  std::printf(
      "seed %llu %s %016llx  nodes %zu  %.0fs virtual %.2fs real  events %llu  ops %llu  acked %llu  joins "
      "%llu  "
      "merges %llu  starts %llu  alike %llu  rounds %s%s%s\n",
      static_cast<unsigned long long>(r.seed), r.failure ? "FAILED" : "ok",
      static_cast<unsigned long long>(r.trace_hash), r.nodes, r.virtual_seconds, r.real_seconds,
      static_cast<unsigned long long>(r.events), static_cast<unsigned long long>(r.operations),
      static_cast<unsigned long long>(r.acknowledged), static_cast<unsigned long long>(r.joins),
      static_cast<unsigned long long>(r.merges), static_cast<unsigned long long>(r.starts),
      static_cast<unsigned long long>(r.comparisons), r.rounds ? std::to_string(*r.rounds).c_str() : "-",
      r.errors.empty() ? "" : "  replies ", r.errors.c_str());
  if (!r.variant.empty()) std::printf("  variant: %s\n", r.variant.c_str());
  if (!r.figures.empty()) std::printf("  %s\n", r.figures.c_str());
  if (!r.untold.empty()) std::printf("  could not tell: %s\n", r.untold.c_str());
  if (!r.failure) return;
  const Failure& f = *r.failure;
  std::printf("  checker: %s\n  at: %.6f s%s%s\n  what: %s\n", f.checker.c_str(), to_seconds(f.at),
              f.node.empty() ? "" : ", node ", f.node.c_str(), f.what.c_str());
  if (f.checker == kExpect) return;  // a figure of the whole run: no event to find
  std::printf("  replay: tutti-sim replay %s\n  shrink: tutti-sim shrink %s\n", again.c_str(), again.c_str());
}

// Lines come out in order of seeds, whichever thread is done first.
class Printer {
 public:
  Printer(const SeedRun& run, Progress& progress) : run_(run), progress_(progress), next_(run.first) {}
  void add(RunReport report) {
    const std::lock_guard lock(mutex_);
    (report.failure ? failed_ : passed_)++;
    untold_ |= !report.untold.empty();
    progress_.run_done(report.failure.has_value());
    if (report.seed == next_) progress_.clear();
    waiting_.emplace(report.seed, std::move(report));
    while (!waiting_.empty() && waiting_.begin()->first == next_) {
      print(waiting_.begin()->second, run_.again + " " + std::to_string(next_));
      std::fflush(stdout);
      waiting_.erase(waiting_.begin());
      ++next_;
    }
  }
  uint64_t passed() const { return passed_; }
  uint64_t failed() const { return failed_; }
  bool untold() const { return untold_; }

 private:
  const SeedRun& run_;
  Progress& progress_;
  std::mutex mutex_;
  uint64_t next_;
  std::map<uint64_t, RunReport> waiting_;
  uint64_t passed_ = 0, failed_ = 0;
  bool untold_ = false;
};

// Writes each run's folder, and at the end the one above them where there are several.
class Reporter {
 public:
  explicit Reporter(const SeedRun& run) : run_(run) {}
  void add(const RunReport& report, const RunRecorder& recorder) {
    const bool alone = run_.first == run_.last;
    const Origin origin = origin_of("--seed " + std::to_string(report.seed));
    keep(write_run_folder(alone ? run_.out : run_.out + "/" + run_folder_name(report.seed), origin, report,
                          recorder));
    const std::lock_guard lock(mutex_);
    outcomes_.emplace(report.seed, outcome_of(report, recorder));
  }
  // False: something could not be written, and it was said what.
  bool finish() {
    if (run_.first != run_.last) {
      Study study{"seeds",
                  origin_of("--seeds " + std::to_string(run_.first) + ".." + std::to_string(run_.last)),
                  {{}}};
      for (auto& [seed, outcome] : outcomes_) study.cells[0].outcomes.push_back(std::move(outcome));
      keep(write_study_folder(run_.out, study));
    }
    if (failure_) std::fprintf(stderr, "tutti-sim: %s\n", failure_->c_str());
    return !failure_;
  }

 private:
  Origin origin_of(const std::string& seeds) const {
    return {run_.scenario.name, configuration_of(run_.scenario), "tutti-sim run " + run_.again + " " + seeds};
  }
  void keep(const Result<>& written) {
    const std::lock_guard lock(mutex_);
    if (!written && !failure_) failure_ = written.error().message;
  }

  const SeedRun& run_;
  std::mutex mutex_;
  std::map<uint64_t, Outcome> outcomes_;
  std::optional<std::string> failure_;
};

// A run that kept every promise is then held against the scenario's expectations.
void judge_figures(const Scenario& scenario, const RunRecorder& recorder, RunReport& report) {
  const std::vector<Metric> metrics = metrics_of(recorder);
  report.figures = headline(metrics);
  const Expectations found = check_expectations(scenario.expects, metrics);
  if (!found.untold.empty()) report.untold = found.untold.front();
  if (report.failure || found.failed.empty()) return;
  std::string what;
  for (const std::string& each : found.failed) what += (what.empty() ? "" : "; ") + each;
  report.failure = Failure{kExpect, recorder.end(), "", what};
}

}  // namespace

Duration expected_length(const Scenario& scenario) {
  return from_seconds(scenario.workload.seconds.high * 1.1 + 5);
}

int run_seeds(const SeedRun& run) {
  if (!run.out.empty()) {
    if (const auto ready = prepare_folder(run.out); !ready) {
      std::fprintf(stderr, "tutti-sim: %s\n", ready.error().message.c_str());
      return ready.error().code == ErrorCode::kRefused ? 2 : 3;
    }
  }
  std::FILE* trace = run.trace_path.empty() ? nullptr : std::fopen(run.trace_path.c_str(), "w");
  if (!trace && !run.trace_path.empty()) {
    std::fprintf(stderr, "tutti-sim: cannot write %s\n", run.trace_path.c_str());
    return 3;
  }
  std::signal(SIGABRT, say_what_aborted);
  Progress progress(run.last - run.first + 1, run.progress);
  Printer printer(run, progress);
  Reporter reporter(run);
  const bool expecting = !run.scenario.expects.empty();
  const bool recording = !run.out.empty() || run.progress || expecting;
  std::atomic<uint64_t> next = run.first;
  const auto work = [&] {
    for (uint64_t seed; (seed = next++) <= run.last;) {
      current_replay = run.again + " " + std::to_string(seed);
      const Scenario variant = run.scenario.swarm ? swarm_variant(run.scenario, seed) : run.scenario;
      std::optional<RunRecorder> recorder;
      if (recording) recorder.emplace(expected_length(variant), &progress);
      World world(variant, seed, recorder ? &*recorder : nullptr);
      if (trace) world.narrate(trace, {});
      RunReport report = world.run();
      if (!report.failure && SeededRandom(seed, "rerun").chance(variant.checks.rerun))
        report.failure = compare_reruns(variant, report, World(variant, seed).run());
      if (run.scenario.swarm) report.variant = summary(variant);
      if (!run.out.empty() || expecting) judge_figures(run.scenario, *recorder, report);
      if (!run.out.empty()) reporter.add(report, *recorder);
      printer.add(std::move(report));
    }
  };
  const auto began = std::chrono::steady_clock::now();
  std::vector<std::jthread> threads;
  for (unsigned i = 1; i < run.jobs; ++i) threads.emplace_back(work);
  work();
  threads.clear();
  if (trace && (std::ferror(trace) != 0 || std::fclose(trace) != 0)) {
    std::fprintf(stderr, "tutti-sim: cannot write all of %s\n", run.trace_path.c_str());
    return 3;
  }
  progress.clear();
  const double took = to_seconds(std::chrono::steady_clock::now() - began);
  std::printf("%llu passed, %llu failed in %.1f s\n", static_cast<unsigned long long>(printer.passed()),
              static_cast<unsigned long long>(printer.failed()), took);
  if (!run.out.empty()) {
    if (!reporter.finish()) return 3;
    std::printf("report: %s/index.html\n", run.out.c_str());
  }
  return printer.failed() > 0 ? 1 : printer.untold() ? 3 : 0;
}

}  // namespace tutti::sim
