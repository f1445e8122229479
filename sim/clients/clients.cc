#include "sim/clients/clients.h"

#include <algorithm>

#include "protocol/resp/resp_writer.h"
#include "sim/clients/asking.h"
#include "sim/clients/judge.h"
#include "sim/clients/probe_clients.h"
#include "sim/kernel/units.h"
#include "sim/machine/sim_node.h"
#include "storage/base/check.h"
#include "storage/model/row_key.h"

namespace tutti::sim {
namespace {

constexpr std::string_view kReplacing = "@replacing";

constexpr unsigned kFetchesMax = 3;
constexpr Duration kFetchTime = std::chrono::milliseconds(1);
constexpr unsigned kFetchTimes = 13;  // the longest takes so many times as long

// What the command adds to a counter; empty: it does not count.
std::optional<int64_t> increment_of(const std::vector<std::string>& words) {
  const std::string& name = words.front();
  if (name == "INCR") return 1;
  if (name == "DECR") return -1;
  const bool field = name == "HINCRBY";
  if ((!field && name != "INCRBY") || words.size() != (field ? 4u : 3u)) return std::nullopt;
  return std::strtoll(words.back().c_str(), nullptr, 10);
}

}  // namespace

Clients::Clients(EventQueue& queue, const Trace& trace, const History& history,
                 std::vector<std::unique_ptr<SimNode>>& nodes, Verdict& verdict, double replies,
                 uint64_t seed)
    : queue_(queue),
      trace_(trace),
      judge_(std::make_unique<Judge>(history, verdict, replies, seed)),
      probes_(std::make_unique<ProbeClients>(queue, verdict)),
      nodes_(nodes) {}

Clients::~Clients() = default;

void Clients::perform(std::span<const CommandSpec> turn) {
  SimNode& node = *nodes_[turn.front().node];
  if (!node.up()) return;
  if (recording_) {
    for (const CommandSpec& command : turn) {
      recorded_.push_back(command);
      recorded_.back().at_s = to_seconds(queue_.now());
    }
  }
  node.turn("commands", {}, [&](const Now& now) {
    for (const CommandSpec& command : turn) {
      if (Narrator* narrator = trace_.narrator())
        narrator->commanded(queue_.now(), command.node, command.words);
      run(node, now, command);
    }
    // What a turn brought about shows at its end: of several commands none is the reason alone.
    if (trace_.narrator() && turn.size() > 1)
      trace_.narrator()->because(turn.front().node, std::to_string(turn.size()) + " commands of a client");
  });
  judge_->turn_over(node, queue_.now());
}

void Clients::schedule(const std::vector<CommandSpec>& commands) {
  for (size_t first = 0; first < commands.size();) {
    const CommandSpec& command = commands[first];
    check(command.node < nodes_.size(), "a command goes to a node that is there");
    size_t end = first + 1;
    while (end < commands.size() && commands[end].at_s == command.at_s && commands[end].node == command.node)
      ++end;
    const std::span<const CommandSpec> turn(&command, end - first);
    const Instant at{from_seconds(command.at_s)};
    queue_.at(std::max(at, queue_.now()), [this, turn] { perform(turn); });
    first = end;
  }
}

Client& Clients::client(size_t index) {
  while (clients_.size() <= index) {
    clients_.push_back(std::make_unique<Client>());
    clients_.back()->id = clients_.size();
    clients_.back()->authenticated = true;
  }
  return *clients_[index];
}

void Clients::run(SimNode& node, const Now& now, const CommandSpec& command, unsigned fetches) {
  if (command.words.front() == kReplacing)
    return write_replacing(node, now, std::span(command.words).subspan(1));
  if (ProbeClients::knows(command.words.front())) return probes_->run(node, now, command.words);
  if (command.words.front() == "FLUSHALL") probes_->flushed();
  const std::vector<std::string> words =
      Judge::scans(command.words.front()) ? judge_->scan_words(node, command.words) : command.words;
  const std::vector<ByteView> args(words.begin(), words.end());
  std::string reply;
  RespWriter out(reply);
  Answered answered{words, {}, node.database().clock(), node.replica().keys().wall_ms(now), {}};
  const Asking asking(node, now, increment_of(words));
  CommandCall call{node.replica().keys(), node.replica().admin(), now, client(command.client), args, out};
  call.reading.tier = fetches < kFetchesMax ? Tier::kMemory : Tier::kAny;
  execute(call, {});
  if (const auto* request = call.deferred ? std::get_if<FetchRequest>(&*call.deferred) : nullptr)
    return fetch(node, command, *request, fetches);
  answered.dot = asking.written();
  answered.reply = reply;
  judge_->told(node, command.words, std::move(answered));
  if (reply.starts_with('-')) errors_.insert(reply.substr(1, reply.find('\r') - 1));
}

// The read is over at one moment, and known to the node at a later one: a merge may come between.
void Clients::fetch(SimNode& node, const CommandSpec& command, const FetchRequest& request,
                    unsigned fetches) {
  auto job = node.database().fetch(request.targets, request.bytes_max);
  const Duration taken = kFetchTime * (1 + fetches_++ % kFetchTimes);
  queue_.after(taken, [this, job = std::move(job), command, fetches, taken] {
    job();
    queue_.after(taken, [this, command, fetches] {
      SimNode& at = *nodes_[command.node];
      if (!at.up()) return;
      at.turn("fetched", {}, [&](const Now& now) { run(at, now, command, fetches + 1); });
      judge_->turn_over(at, queue_.now());
    });
  });
}

void Clients::write_replacing(SimNode& node, const Now& now, std::span<const std::string> words) {
  std::vector<Edit> edits;
  for (; words.size() >= 3; words = words.subspan(3)) {
    const std::string row = row_key(words[0], RowKind::kRegister);
    const size_t seen_at = std::strtoul(words[1].c_str(), nullptr, 10);
    std::vector<Dot> seen;
    if (seen_at < nodes_.size() && nodes_[seen_at]->up()) {
      const auto lives = nodes_[seen_at]->database().read(row);
      if (!lives) return;
      for (const Live& live : **lives) seen.push_back(live.dot);
    }
    if (std::ranges::any_of(edits, [&](const Edit& edit) { return edit.target == row; })) continue;
    edits.push_back({Edit::Scope::kRow, row, value_payload(words[2]), std::move(seen)});
  }
  const Asking asking(node, now);
  (void)node.replica().keys().write(now, std::move(edits));
}

}  // namespace tutti::sim
