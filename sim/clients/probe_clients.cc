#include "sim/clients/probe_clients.h"

#include <algorithm>
#include <cstdlib>

#include "protocol/resp/resp_writer.h"
#include "sim/clients/asking.h"
#include "sim/kernel/units.h"
#include "sim/machine/sim_node.h"

namespace tutti::sim {
namespace {

constexpr size_t kPairs = 3;
constexpr size_t kSessions = 4;

size_t number(const std::string& word) { return std::strtoull(word.c_str(), nullptr, 10); }
std::string session_key(size_t session) { return "session:" + std::to_string(session); }

}  // namespace

// One command, and its reply as the wire has it.
std::string ProbeClients::ask(SimNode& node, const Now& now, const Words& words) {
  client_.authenticated = true;
  const std::vector<ByteView> args(words.begin(), words.end());
  std::string reply;
  RespWriter out(reply);
  const Asking asking(node, now);
  CommandCall call{node.replica().keys(), node.replica().admin(), now, client_, args, out};
  execute(call, {});
  return reply;
}

// Into `value`, nothing where there is no such key. False: the node cannot tell, its disk say.
bool ProbeClients::get(SimNode& node, const Now& now, const std::string& key,
                       std::optional<std::string>& value) {
  const std::string reply = ask(node, now, {"GET", key});
  value.reset();
  if (reply.starts_with("$-1") || reply.starts_with('_')) return true;
  if (!reply.starts_with('$')) return false;
  const size_t head = reply.find("\r\n");
  value = reply.substr(head + 2, reply.size() - head - 4);
  return true;
}

void ProbeClients::run(SimNode& node, const Now& now, std::span<const std::string> words) {
  const std::string& what = words[0];
  if (what == "@pair-write" && words.size() == 3) {
    ask(node, now, {"MSET", "pair:first:" + words[1], words[2], "pair:second:" + words[1], words[2]});
  } else if (what == "@pair-read" && words.size() == 2) {
    read_pair(node, now, words[1]);
  } else if (what == "@session-write" && words.size() == 2) {
    write_session(node, now, number(words[1]));
  } else if (what == "@session-read" && words.size() == 3) {
    read_session(node, now, number(words[1]), number(words[2]));
  }
}

void ProbeClients::read_pair(SimNode& node, const Now& now, const std::string& pair) {
  const std::string first = "pair:first:" + pair, second = "pair:second:" + pair;
  std::optional<std::string> one, other;
  if (!get(node, now, first, one) || !get(node, now, second, other)) return;
  const std::string differs = pair_differs(first, one, second, other);
  if (!differs.empty()) verdict_.fail("atomic", queue_.now(), node.name(), differs);
}

// Unacknowledged as it still is, the write is in the token: lost with the node, it is in no clock, and the
// session is told so until it begins anew.
void ProbeClients::write_session(SimNode& node, const Now& now, size_t session) {
  if (!sessions_.may_go_on(session, node.database().clock())) return;
  const uint64_t next = sessions_.next(session);
  const std::string reply = ask(node, now, {"SET", session_key(session), std::to_string(next)});
  if (reply.starts_with('+')) sessions_.wrote(session, next, node.database().clock());
}

void ProbeClients::read_session(SimNode& node, const Now& now, size_t session, size_t of) {
  if (!sessions_.may_go_on(session, node.database().clock())) return;
  std::optional<std::string> value;
  if (!get(node, now, session_key(of), value) || (!value && flushed_)) return;
  const std::string wrong = sessions_.read(
      session, of, value ? std::optional<uint64_t>(number(*value)) : std::nullopt, node.database().clock());
  if (!wrong.empty()) verdict_.fail("sessions", queue_.now(), node.name(), wrong);
}

// --- what they ask ---

ProbeWorkload::ProbeWorkload(const Scenario& scenario, EventQueue& queue, Clients& clients, size_t nodes,
                             uint64_t seed)
    : queue_(queue), clients_(clients), nodes_(nodes), random_(seed, "probes") {
  const auto writers = static_cast<size_t>(scenario.workload.writers);
  writers_ = writers == 0 ? nodes : std::min(writers, nodes);
  const double per_second = scenario.checks.probes_per_second;
  if (per_second > 0) mean_gap_ = mean_gap(per_second);
}

void ProbeWorkload::start() {
  if (mean_gap_ > Duration(0)) schedule();
}

void ProbeWorkload::schedule() {
  queue_.after(random_.exponential(mean_gap_), [this] {
    if (stopped_) return;
    const size_t what = random_.index(4);
    const size_t node = random_.index(what % 2 == 0 ? writers_ : nodes_);
    const std::string pair = std::to_string(random_.index(kPairs));
    const std::string session = std::to_string(random_.index(kSessions));
    const std::string of = std::to_string(random_.index(kSessions));
    CommandSpec command;
    command.node = node;
    switch (what) {
      case 0: command.words = {"@pair-write", pair, "p" + std::to_string(++values_)}; break;
      case 1: command.words = {"@pair-read", pair}; break;
      case 2: command.words = {"@session-write", session}; break;
      default: command.words = {"@session-read", session, of}; break;
    }
    clients_.perform(std::span(&command, 1));
    schedule();
  });
}

}  // namespace tutti::sim
