#include "sim/report/progress.h"

#include <unistd.h>

#include <cstdio>

#include "sim/kernel/units.h"

namespace tutti::sim {
namespace {

constexpr auto kGap = std::chrono::milliseconds(200);

std::string text(const char* format, double value) {
  char buffer[64];
  std::snprintf(buffer, sizeof buffer, format, value);
  return buffer;
}

std::string remaining(double s) {
  if (s < 100) return text("%.0f s", s);
  if (s < 6000) return text("%.0f min", s / 60);
  return text("%.1f h", s / 3600);
}

}  // namespace

bool stderr_is_terminal() { return isatty(STDERR_FILENO) == 1; }

Progress::Progress(uint64_t total, bool shown) : total_(total), shown_(shown) {}

Progress::~Progress() { clear(); }

bool Progress::due() {
  const auto now = Clock::now();
  if (!shown_ || now - last_ < kGap) return false;
  last_ = now;
  return true;
}

void Progress::show(const std::string& line) {
  std::fprintf(stderr, "\r%s", line.c_str());
  for (size_t i = line.size(); i < width_; ++i) std::fputc(' ', stderr);
  width_ = line.size();
  std::fflush(stderr);
}

void Progress::clear() {
  const std::lock_guard lock(mutex_);
  if (width_ == 0) return;
  show("");
  std::fputc('\r', stderr);
  width_ = 0;
}

void Progress::run_is_at(const Run& run) {
  const std::lock_guard lock(mutex_);
  if (total_ != 1 || !due()) return;
  const double real = to_seconds(last_ - began_);
  const double at = to_seconds(run.at);
  std::string line = text("%.1f", at);
  if (run.workload_end) {
    line += text(" / %.0f s simulated", to_seconds(*run.workload_end));
  } else {
    line += " s simulated, converging";
  }
  line += text("  %.0f events/s", static_cast<double>(run.events) / real);
  line += text("  %.1f simulated s/s", at / real);
  line += "  up to date " + std::to_string(run.complete) + "/" + std::to_string(run.nodes);
  if (run.workload_end && at > 0)
    line += "  ETA " + remaining(real * (to_seconds(*run.workload_end) - at) / at) + " + convergence";
  show(line);
}

void Progress::run_done(bool failed) {
  const std::lock_guard lock(mutex_);
  ++done_;
  if (failed) ++failed_;
  if (total_ == 1 || !due()) return;
  const double real = to_seconds(last_ - began_);
  show(std::to_string(done_) + "/" + std::to_string(total_) + " runs  " + std::to_string(failed_) +
       " failed" + text("  %.1f/s", static_cast<double>(done_) / real) + "  ETA " +
       remaining(real / static_cast<double>(done_) * static_cast<double>(total_ - done_)));
}

}  // namespace tutti::sim
