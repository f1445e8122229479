#include "sim/seed_runner.h"

#include <unistd.h>

#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <map>
#include <mutex>
#include <thread>
#include <vector>

#include "sim/checkers/reruns.h"
#include "sim/swarm.h"
#include "sim/world.h"

namespace tutti::sim {
namespace {

// What this thread is running, for a check() that aborts amid it. The only thing here that outlives a call.
thread_local std::string current_replay;

void say_what_aborted(int) {
  const auto put = [](const std::string& text) {
    if (write(STDERR_FILENO, text.data(), text.size()) < 0) _exit(3);
  };
  put("FAILED: an own check (above)\n  replay: tutti-sim replay ");
  put(current_replay);
  put("\n");
  _exit(1);
}

double seconds(Instant at) { return std::chrono::duration<double>(at.time_since_epoch()).count(); }

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
  if (!r.failure) return;
  const Failure& f = *r.failure;
  std::printf(
      "  checker: %s\n  at: %.6f s%s%s\n  what: %s\n  replay: tutti-sim replay %s\n  shrink: tutti-sim "
      "shrink %s\n",
      f.checker.c_str(), seconds(f.at), f.node.empty() ? "" : ", node ", f.node.c_str(), f.what.c_str(),
      again.c_str(), again.c_str());
}

// Lines come out in order of seeds, whichever thread is done first.
class Printer {
 public:
  explicit Printer(const SeedRun& run) : run_(run), next_(run.first) {}
  void add(RunReport report) {
    const std::lock_guard lock(mutex_);
    (report.failure ? failed_ : passed_)++;
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

 private:
  const SeedRun& run_;
  std::mutex mutex_;
  uint64_t next_;
  std::map<uint64_t, RunReport> waiting_;
  uint64_t passed_ = 0, failed_ = 0;
};

}  // namespace

int run_seeds(const SeedRun& run) {
  std::FILE* trace = nullptr;
  if (!run.trace_path.empty() && !(trace = std::fopen(run.trace_path.c_str(), "w"))) {
    std::fprintf(stderr, "tutti-sim: cannot write %s\n", run.trace_path.c_str());
    return 3;
  }
  std::signal(SIGABRT, say_what_aborted);
  Printer printer(run);
  std::atomic<uint64_t> next = run.first;
  const auto work = [&] {
    for (uint64_t seed; (seed = next++) <= run.last;) {
      current_replay = run.again + " " + std::to_string(seed);
      const Scenario variant = run.scenario.swarm ? swarm_variant(run.scenario, seed) : run.scenario;
      World world(variant, seed);
      if (trace) world.narrate(trace, {});
      RunReport report = world.run();
      if (!report.failure && SeededRandom(seed, "rerun").chance(variant.checks.rerun))
        report.failure = compare_reruns(variant, report, World(variant, seed).run());
      if (run.scenario.swarm) report.variant = summary(variant);
      printer.add(std::move(report));
    }
  };
  const auto began = std::chrono::steady_clock::now();
  std::vector<std::jthread> threads;
  for (unsigned i = 1; i < run.jobs; ++i) threads.emplace_back(work);
  work();
  threads.clear();
  if (trace) std::fclose(trace);
  const double took = std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
  std::printf("%llu passed, %llu failed in %.1f s\n", static_cast<unsigned long long>(printer.passed()),
              static_cast<unsigned long long>(printer.failed()), took);
  return printer.failed() > 0 ? 1 : 0;
}

}  // namespace tutti::sim
