#include "sim/workload.h"

#include <algorithm>

#include "protocol/resp/resp_writer.h"
#include "sim/sim_node.h"
#include "storage/row_key.h"

namespace tutti::sim {
namespace {

constexpr double kLargeSpaceChance = 0.2;
constexpr double kBurstChance = 0.2;
constexpr double kContextChance = 0.06;
constexpr size_t kBurstMax = 8;
constexpr size_t kValueBytesMax = 200;

}  // namespace

Workload::Workload(const Scenario::WorkloadSettings& settings, EventQueue& queue,
                   std::vector<std::unique_ptr<SimNode>>& nodes, uint64_t seed)
    : queue_(queue),
      nodes_(nodes),
      random_(seed, "workload"),
      keys_(static_cast<size_t>(random_.between(settings.keys.low, settings.keys.high))),
      keys_large_(static_cast<size_t>(settings.keys_large)) {
  const double rate = random_.between(settings.writes_per_second.low, settings.writes_per_second.high);
  mean_gap_ = rate > 0 ? Duration(static_cast<int64_t>(1e9 / rate)) : Duration(0);
  clients_.resize(1 + static_cast<size_t>(random_.between(settings.clients.low, settings.clients.high)));
  for (size_t i = 0; i < clients_.size(); ++i) clients_[i].id = i + 1, clients_[i].authenticated = true;
}

Workload::~Workload() = default;

void Workload::start() {
  if (mean_gap_ > Duration(0)) schedule();
}

void Workload::schedule() {
  queue_.after(random_.exponential(mean_gap_), [this] {
    if (stopped_) return;
    act();
    schedule();
  });
}

// Everything is drawn before the node is looked at, so that a fault changes what becomes of a command and not
// which commands follow.
void Workload::act() {
  SimNode& node = *nodes_[random_.index(nodes_.size())];
  const bool context = random_.chance(kContextChance);
  std::vector<std::vector<std::string>> burst(random_.chance(kBurstChance) ? 1 + random_.index(kBurstMax)
                                                                           : 1);
  for (auto& words : burst) words = command();
  node.turn("commands", {}, [&](const Now& now) {
    if (context) write_with_context(node, now);
    for (const auto& words : burst) run(node, now, words);
  });
}

std::string Workload::key() {
  if (random_.chance(kLargeSpaceChance)) return "large:" + std::to_string(random_.index(keys_large_));
  return "k" + std::to_string(random_.index(keys_));
}

// Every value comes once, so that a stale one shows.
std::string Workload::value() {
  std::string text = "v" + std::to_string(++values_);
  if (random_.chance(0.3)) text.append(random_.index(kValueBytesMax), '.');
  return random_.chance(0.1) ? std::to_string(values_) : text;
}

std::vector<std::string> Workload::command() {
  // Shares of a hundred; most keys keep to one type by their number, so that types meet but do not drown the
  // rest.
  const size_t draw = random_.index(1000);
  std::string k = key();
  if (draw < 250) return {"SET", k, value()};
  if (draw < 270) return {"SET", k, value(), "PX", std::to_string(200 + random_.index(8000))};
  if (draw < 350) return {"DEL", k};
  if (draw < 370) return {"DEL", k, key(), key()};
  if (draw < 530) return {"INCR", "c" + k};
  if (draw < 560) return {"INCRBY", k, std::to_string(1 + random_.index(100))};
  if (draw < 585) return {"DEL", "c" + k};
  if (draw < 600) return {"SET", "c" + k, std::to_string(random_.index(1000))};
  if (draw < 680) return {"HSET", "h" + k, field(), value(), field(), value()};
  if (draw < 720) return {"HDEL", "h" + k, field()};
  if (draw < 735) return {"DEL", "h" + k};
  if (draw < 800) return {"SADD", "s" + k, field(), field()};
  if (draw < 840) return {"SREM", "s" + k, field()};
  if (draw < 870)
    return {"EXPIRE", (random_.chance(0.5) ? "h" : "") + k, std::to_string(1 + random_.index(10))};
  if (draw < 880) return {"PERSIST", k};
  if (draw < 940) return {"MSET", k, value(), key(), value(), key(), value()};
  if (draw < 950) return {"HINCRBY", "h" + k, "n", "1"};
  if (draw < 955) return {"HSET", k, field(), value()};
  if (draw < 975) return {"GET", k};
  if (draw < 990) return {"HGETALL", "h" + k};
  if (draw < 997) return {"DBSIZE"};
  return {"FLUSHALL"};
}

void Workload::run(SimNode& node, const Now& now, const std::vector<std::string>& words) {
  ++commands_;
  const std::vector<ByteView> args(words.begin(), words.end());
  std::string reply;
  RespWriter out(reply);
  CommandCall call{node.replica(), now, clients_[random_.index(clients_.size())], args, out};
  execute(call, {});
  if (reply.starts_with('-')) errors_.insert(reply.substr(1, reply.find('\r') - 1));
}

// A register, or two at once, replacing exactly what a client has seen at some node. This one refuses what
// names more than it has seen itself.
void Workload::write_with_context(SimNode& node, const Now& now) {
  std::vector<Edit> edits;
  for (size_t i = 1 + random_.index(2); i > 0; --i) {
    const std::string row = row_key(key(), RowKind::kRegister);
    SimNode& seen_at = *nodes_[random_.index(nodes_.size())];
    std::vector<Dot> seen;
    if (seen_at.up()) {
      const auto lives = seen_at.database().read(row);
      if (!lives) return;
      for (const Live& live : **lives) seen.push_back(live.dot);
    }
    if (std::ranges::any_of(edits, [&](const Edit& edit) { return edit.target == row; })) continue;
    edits.push_back({Edit::Scope::kRow, row, value_payload(value()), std::move(seen)});
  }
  (void)node.replica().write(now, std::move(edits));
}

}  // namespace tutti::sim
