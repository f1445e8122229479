#include "sim/run/run_apart.h"

#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>

#include "sim/run/script.h"
#include "sim/scenario/scenario_file.h"
#include "sim/world/world.h"
#include "storage/base/check.h"

namespace tutti::sim {
namespace {

// What a child is doing, for its handler of SIGABRT; nothing else can reach a handler.
struct Running {
  const Scenario& scenario;
  const World& world;
  bool record;
  int to;
};
const Running* running = nullptr;

// Fields behind one another, each ended by a zero byte.
constexpr char kFieldEnd = '\0';

void put(int to, const std::string& text) {
  size_t done = 0;
  while (done < text.size()) {
    const ssize_t wrote = write(to, text.data() + done, text.size() - done);
    if (wrote <= 0) _exit(3);
    done += static_cast<size_t>(wrote);
  }
}

[[noreturn]] void tell(const Running& run, uint64_t trace_hash, const std::optional<Failure>& failure) {
  const Failure f = failure.value_or(Failure{});
  const std::string script = run.record ? write_scenario(scripted(run.scenario, run.world), "") : "";
  std::string said;
  for (const std::string& field : {std::to_string(trace_hash), f.checker,
                                   std::to_string(f.at.time_since_epoch().count()), f.node, f.what, script})
    said += field + kFieldEnd;
  put(run.to, said);
  _exit(failure ? 1 : 0);
}

// A check() aborts from the midst of ordinary code, so that the handler may do as ordinary code does.
void tell_of_abort(int) { tell(*running, 0, Failure{"check", running->world.now(), "", ""}); }

[[noreturn]] void run_and_tell(const Scenario& scenario, uint64_t seed, bool record, int to, int errors) {
  dup2(errors, STDERR_FILENO);
  World world(scenario, seed);
  if (record) world.record();
  const Running run{scenario, world, record, to};
  running = &run;
  std::signal(SIGABRT, tell_of_abort);
  const RunReport report = world.run();
  tell(run, report.trace_hash, report.failure);
}

std::string read_all(int from) {
  std::string all;
  std::array<char, 4096> some;
  for (ssize_t got; (got = read(from, some.data(), some.size())) > 0;)
    all.append(some.data(), static_cast<size_t>(got));
  close(from);
  return all;
}

std::string next_field(const std::string& said, size_t& at) {
  const size_t end = std::min(said.find(kFieldEnd, at), said.size());
  std::string field = said.substr(at, end - at);
  at = std::min(end + 1, said.size());
  return field;
}

ApartReport read_report(const std::string& said, bool failed) {
  size_t at = 0;
  ApartReport report;
  report.trace_hash = std::strtoull(next_field(said, at).c_str(), nullptr, 10);
  Failure f;
  f.checker = next_field(said, at);
  f.at = Instant(Duration(std::strtoll(next_field(said, at).c_str(), nullptr, 10)));
  f.node = next_field(said, at);
  f.what = next_field(said, at);
  report.script = next_field(said, at);
  if (failed) report.failure = std::move(f);
  return report;
}

}  // namespace

ApartReport run_apart(const Scenario& scenario, uint64_t seed, bool record) {
  std::array<int, 2> results, errors;
  check(pipe(results.data()) == 0 && pipe(errors.data()) == 0, "pipes can be had");
  const pid_t child = fork();
  check(child >= 0, "a process can be had");
  if (child == 0) run_and_tell(scenario, seed, record, results[1], errors[1]);
  close(results[1]);
  close(errors[1]);
  const std::string said = read_all(results[0]), cried = read_all(errors[0]);
  int status = 0;
  waitpid(child, &status, 0);
  const bool ended = WIFEXITED(status) && WEXITSTATUS(status) <= 1;
  ApartReport report = read_report(said, !ended || WEXITSTATUS(status) == 1);
  if (!ended) report.failure = Failure{"check", Instant{}, "", "the process ended by a signal"};
  if (report.failure && !cried.empty()) report.failure->what += cried;
  return report;
}

}  // namespace tutti::sim
