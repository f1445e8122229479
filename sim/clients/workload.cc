#include "sim/clients/workload.h"

#include <algorithm>
#include <numeric>

#include "sim/kernel/units.h"

namespace tutti::sim {
namespace {

constexpr double kLargeSpaceChance = 0.2;
constexpr double kBurstChance = 0.2;
constexpr size_t kBurstMax = 8;
constexpr size_t kFieldsLarge = 300, kFieldsAtOnce = 40;  // of the one large hash
constexpr size_t kScans = 3;                              // under way at a node, of each kind

}  // namespace

Workload::Workload(const Scenario::WorkloadSettings& settings, EventQueue& queue, Clients& clients,
                   size_t nodes, uint64_t seed)
    : queue_(queue), clients_(clients), nodes_(nodes), random_(seed, "workload") {
  keys_ = static_cast<size_t>(draw(settings.keys, random_));
  keys_large_ = static_cast<size_t>(settings.keys_large);
  value_bytes_ = static_cast<size_t>(settings.value_bytes);
  lives_ms_ = settings.expiry_ms;
  const auto writers = static_cast<size_t>(settings.writers);
  writers_ = writers == 0 ? nodes : std::min(writers, nodes);
  const double rate = draw(settings.writes_per_second, random_);
  if (rate > 0) mean_gap_ = mean_gap(rate);
  client_count_ = 1 + static_cast<size_t>(draw(settings.clients, random_));
  // In the order of command()'s classes.
  const Range* mix[] = {&settings.registers,    &settings.expiries, &settings.deletes,
                        &settings.counters,     &settings.hashes,   &settings.sets,
                        &settings.transactions, &settings.reads,    &settings.flushes};
  static_assert(std::size(mix) == kClasses);
  for (size_t i = 0; i < kClasses; ++i) weights_[i] = draw(*mix[i], random_);
  contexts_ = draw(settings.contexts, random_);
}

void Workload::start() {
  const bool any = std::accumulate(weights_.begin(), weights_.end(), 0.0) > 0;
  if (any && mean_gap_ > Duration(0)) schedule();
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
  const size_t node = random_.index(writers_);
  const size_t client = random_.index(client_count_);
  std::vector<CommandSpec> turn;
  if (random_.chance(contexts_)) turn.push_back({0, node, client, replacing()});
  const size_t commands = random_.chance(kBurstChance) ? 1 + random_.index(kBurstMax) : 1;
  for (size_t i = 0; i < commands; ++i) turn.push_back({0, node, client, command()});
  clients_.perform(turn);
}

std::string Workload::key() {
  if (random_.chance(kLargeSpaceChance)) return "large:" + std::to_string(random_.index(keys_large_));
  return "k" + std::to_string(random_.index(keys_));
}

// Every value comes once, so that a stale one shows.
std::string Workload::value() {
  std::string text = "v" + std::to_string(++values_);
  if (random_.chance(0.3)) text.append(random_.index(value_bytes_ + 1), '.');
  return random_.chance(0.1) ? std::to_string(values_) : text;
}

// Most keys keep to one type by their first letter; in each class a few do not, so that types meet but do not
// drown the rest.
Workload::Words Workload::command() {
  double draw = random_.unit() * std::accumulate(weights_.begin(), weights_.end(), 0.0);
  size_t drawn = 0;
  while (drawn + 1 < kClasses && draw >= weights_[drawn]) draw -= weights_[drawn++];
  switch (drawn) {
    case 0: return register_write();
    case 1: return expiry();
    case 2: return deletion();
    case 3: return counter();
    case 4: return hash();
    case 5: return set();
    case 6: return transaction();
    case 7: return read();
    default: return {"FLUSHALL"};
  }
}

Workload::Words Workload::replacing() {
  Words words{"@replacing"};
  for (size_t i = 1 + random_.index(2); i > 0; --i) {
    words.push_back(key());
    words.push_back(std::to_string(random_.index(nodes_)));
    words.push_back(value());
  }
  return words;
}

Workload::Words Workload::register_write() {
  const double draw = random_.unit();
  if (draw < 0.84) return {"SET", key(), value()};
  if (draw < 0.90) return {"SET", key(), value(), "GET"};
  if (draw < 0.95) return {"SET", key(), value(), "KEEPTTL"};
  return {"SET", "c" + key(), std::to_string(random_.index(1000)), "GET"};
}

Workload::Words Workload::expiry() {
  const double draw = random_.unit();
  if (draw < 0.30) return {"SET", key(), value(), "PX", life()};
  if (draw < 0.36) return {"GETEX", key(), "PX", life()};
  if (draw < 0.38) return {"GETEX", "c" + key(), "PERSIST"};
  if (draw < 0.86) return {"PEXPIRE", any_key(), life()};
  return {"PERSIST", any_key()};
}

std::string Workload::life() {
  return std::to_string(static_cast<uint64_t>(random_.between(lives_ms_.low, lives_ms_.high)));
}

// Of any type, half of them strings.
std::string Workload::any_key() {
  static constexpr const char* kTypes[] = {"", "", "h", "s", "c"};
  return kTypes[random_.index(std::size(kTypes))] + key();
}

Workload::Words Workload::deletion() {
  const double draw = random_.unit();
  if (draw < 0.7) return {"DEL", key()};
  if (draw < 0.8) return {"GETDEL", random_.chance(0.5) ? key() : "c" + key()};
  return {"DEL", key(), key(), key()};
}

Workload::Words Workload::counter() {
  const double draw = random_.unit();
  if (draw < 0.65) return {"INCR", "c" + key()};
  if (draw < 0.70) return {"DECR", "c" + key()};
  if (draw < 0.83) return {"INCRBY", key(), std::to_string(1 + random_.index(100))};
  if (draw < 0.94) return {"DEL", "c" + key()};
  return {"SET", "c" + key(), std::to_string(random_.index(1000))};
}

Workload::Words Workload::hash() {
  const double draw = random_.unit();
  if (draw < 0.05) return large_hash();
  if (draw < 0.53) return {"HSET", "h" + key(), field(), value(), field(), value()};
  if (draw < 0.75) return {"HDEL", "h" + key(), field()};
  if (draw < 0.80) return {"HDEL", "h" + key(), field(), field()};
  if (draw < 0.90) return {"DEL", "h" + key()};
  if (draw < 0.97) return {"HINCRBY", "h" + key(), "n", "1"};
  return {"HSET", key(), field(), value()};
}

Workload::Words Workload::set() {
  if (random_.chance(0.62)) return {"SADD", "s" + key(), field(), field()};
  if (random_.chance(0.7)) return {"SREM", "s" + key(), field()};
  return {"SREM", "s" + key(), field(), field()};
}

Workload::Words Workload::transaction() { return {"MSET", key(), value(), key(), value(), key(), value()}; }

// One that HSCAN shows in several pages.
Workload::Words Workload::large_hash() {
  if (random_.chance(0.3)) return {"HDEL", "hlarge", "f" + std::to_string(random_.index(kFieldsLarge))};
  Words words{"HSET", "hlarge"};
  const size_t first = random_.index(kFieldsLarge);
  for (size_t i = 0; i < kFieldsAtOnce; ++i) {
    words.push_back("f" + std::to_string((first + i) % kFieldsLarge));
    words.push_back(value());
  }
  return words;
}

Workload::Words Workload::scan() {
  const std::string name = std::to_string(random_.index(kScans)),
                    count = std::to_string(1 + random_.index(20));
  const double draw = random_.unit();
  if (draw < 0.7) return {"@scan", name, count};
  if (draw < 0.85) return {"@hscan", name, count, "hlarge"};
  if (draw < 0.93) return {"@hscan", name, count, "h" + key()};
  return {"@sscan", name, count, "s" + key()};
}

Workload::Words Workload::read() {
  const double draw = random_.unit();
  if (draw < 0.14) return {"GET", key()};
  if (draw < 0.22) return {"GET", "c" + key()};
  if (draw < 0.30) return {"HGETALL", "h" + key()};
  if (draw < 0.34) return {"HLEN", random_.chance(0.2) ? "hlarge" : "h" + key()};
  if (draw < 0.38) return {"HGET", "h" + key(), field()};
  if (draw < 0.44) return {"SMEMBERS", "s" + key()};
  if (draw < 0.48) return {"SCARD", "s" + key()};
  if (draw < 0.52) return {"SISMEMBER", "s" + key(), field()};
  if (draw < 0.60) return {"PTTL", any_key()};
  if (draw < 0.64) return {"TTL", any_key()};
  if (draw < 0.68) return {"EXISTS", any_key(), any_key()};
  if (draw < 0.72) return {"TYPE", any_key()};
  if (draw < 0.75) return {"STRLEN", key()};
  if (draw < 0.78) return {"DBSIZE"};
  return scan();
}

}  // namespace tutti::sim
