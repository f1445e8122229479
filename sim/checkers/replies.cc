#include "sim/checkers/replies.h"

#include <algorithm>

namespace tutti::sim {
namespace {

constexpr uint64_t kForever = UINT64_MAX;
// DBSIZE is worked out where there are no more rows than this.
constexpr size_t kRowsCountedMax = 2000;

const std::string kWrongType = "-WRONGTYPE Operation against a key holding the wrong kind of value\r\n";
const std::string kNotInteger = "-ERR value is not an integer or out of range\r\n";
const std::string kOk = "+OK\r\n";

using Words = std::vector<std::string>;

std::string integer(int64_t number) { return ":" + std::to_string(number) + "\r\n"; }
std::string bulk(const std::string& text) {
  return "$" + std::to_string(text.size()) + "\r\n" + text + "\r\n";
}
std::string value_of(const KeySight& key) { return key.type ? bulk(key.value()) : "$-1\r\n"; }
bool is_other(const KeySight& key, RowKind kind) { return key.type && key.type != kind; }

std::string type_name(const KeySight& key) {
  if (!key.type) return "+none\r\n";
  if (*key.type == RowKind::kRegister) return "+string\r\n";
  return *key.type == RowKind::kHashField ? "+hash\r\n" : "+set\r\n";
}

// What is written after a word: "PX 100".
std::optional<uint64_t> after(const Words& words, const std::string& name) {
  for (size_t i = 2; i + 1 < words.size(); ++i) {
    if (words[i] == name) return std::strtoull(words[i + 1].c_str(), nullptr, 10);
  }
  return std::nullopt;
}
bool has(const Words& words, const std::string& option) {
  return std::find(words.begin() + std::min<ptrdiff_t>(3, std::ssize(words)), words.end(), option) !=
         words.end();
}
std::optional<uint64_t> asked_end(const Words& words, uint64_t now_ms) {
  const auto ms = after(words, "PX");
  return ms ? std::optional(now_ms + *ms) : std::nullopt;
}

int64_t by_of(const Words& words) {
  if (words[0] == "INCR") return 1;
  if (words[0] == "DECR") return -1;
  return std::strtoll(words.back().c_str(), nullptr, 10);
}

// From the third word on, every `step`-th.
std::set<std::string> named(const Words& words, size_t step) {
  std::set<std::string> names;
  for (size_t i = 2; i < words.size(); i += step) names.insert(words[i]);
  return names;
}
int64_t count_there(const std::set<std::string>& names, const KeySight& key) {
  return std::ranges::count_if(names, [&](const std::string& name) { return key.values.contains(name); });
}

struct CommandKind {
  const char* name;
  RowKind kind;
};
constexpr CommandKind kOfOneType[] = {
    {"GET", RowKind::kRegister},       {"GETDEL", RowKind::kRegister},    {"GETEX", RowKind::kRegister},
    {"INCR", RowKind::kRegister},      {"DECR", RowKind::kRegister},      {"INCRBY", RowKind::kRegister},
    {"STRLEN", RowKind::kRegister},    {"HGET", RowKind::kHashField},     {"HSET", RowKind::kHashField},
    {"HDEL", RowKind::kHashField},     {"HLEN", RowKind::kHashField},     {"HGETALL", RowKind::kHashField},
    {"HINCRBY", RowKind::kHashField},  {"SADD", RowKind::kSetMember},     {"SREM", RowKind::kSetMember},
    {"SCARD", RowKind::kSetMember},    {"SMEMBERS", RowKind::kSetMember}, {"HEXISTS", RowKind::kHashField},
    {"SISMEMBER", RowKind::kSetMember}};

bool refused_by_type(const Words& words, const KeySight& key) {
  for (const CommandKind& command : kOfOneType) {
    if (words[0] == command.name) return is_other(key, command.kind);
  }
  return words[0] == "SET" && has(words, "GET") && is_other(key, RowKind::kRegister);
}

constexpr const char* kReads[] = {"GET",   "STRLEN",    "HGET", "HLEN",   "HGETALL", "HEXISTS",
                                  "SCARD", "SMEMBERS",  "SCAN", "HSCAN",  "SSCAN",   "TTL",
                                  "PTTL",  "SISMEMBER", "TYPE", "EXISTS", "DBSIZE"};
bool reads(const Words& words) { return std::ranges::find(kReads, words[0]) != std::end(kReads); }

std::string shown(const std::string& reply) {
  std::string text = reply.substr(0, 120);
  std::ranges::replace(text, '\r', ' ');
  std::ranges::replace(text, '\n', ' ');
  return text;
}

std::string joined(const Words& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : " ") + word.substr(0, 30);
  return text;
}

std::string key_of(const Edit& edit) { return edit.target.substr(0, key_prefix_size(edit.target)); }

}  // namespace

std::optional<Words> reply_items(const std::string& reply) {
  if (!reply.starts_with('*')) return std::nullopt;
  Words items;
  for (size_t at = 0; at < reply.size();) {
    const size_t end = reply.find("\r\n", at);
    if (end == std::string::npos) return std::nullopt;
    const char kind = reply[at];
    const auto number = static_cast<size_t>(std::strtoull(reply.c_str() + at + 1, nullptr, 10));
    at = end + 2;
    if (kind != '$') continue;
    if (at + number + 2 > reply.size()) return std::nullopt;
    items.push_back(reply.substr(at, number));
    at += number + 2;
  }
  return items;
}

KeySight Replies::sight(const std::string& key, const VersionVector& clock, uint64_t now_ms) const {
  const auto rows = history_.keys().find(key_prefix(key));
  if (rows == history_.keys().end()) return {};
  return KeyLife(history_, rows->second, clock).sight(now_ms);
}

std::string Replies::wrong(const Answered& answered) const {
  std::string wrong = wrong_reply(answered);
  if (wrong.empty()) wrong = wrong_write(answered);
  return wrong.empty() ? wrong : joined(answered.words) + ": " + wrong;
}

std::string Replies::wrong_reply(const Answered& a) const {
  const Words& words = a.words;
  const std::string& name = words[0];
  const auto told = [&](const std::string& want) {
    return a.reply == want ? std::string() : "told " + shown(a.reply) + " instead of " + shown(want);
  };
  if (name == "MSET" || name == "FLUSHALL") return told(kOk);
  if (name == "DBSIZE") {
    if (history_.rows() > kRowsCountedMax) return {};
    int64_t keys = 0;
    for (const auto& [prefix, rows] : history_.keys()) {
      std::vector<uint32_t> live;
      for (const History::RowIndex row : rows) {
        if (live.empty()) history_.define(row, a.clock, live);
      }
      keys += !live.empty();
    }
    return told(integer(keys));
  }
  if (name == "DEL" || name == "EXISTS") {
    std::vector<std::string> keys(words.begin() + 1, words.end());
    std::ranges::sort(keys);
    if (name == "DEL") keys.erase(std::ranges::unique(keys).begin(), keys.end());
    return told(integer(std::ranges::count_if(
        keys, [&](const std::string& key) { return sight(key, a.clock, a.now_ms).type.has_value(); })));
  }
  if (words.size() < 2) return {};
  const KeySight key = before(a);
  const bool there = key.type.has_value();
  if (refused_by_type(words, key)) return told(kWrongType);
  if (name == "GET" || name == "GETEX" || name == "GETDEL") return told(value_of(key));
  if (name == "STRLEN") return told(integer(static_cast<int64_t>(key.value().size())));
  if (name == "SET") return told(has(words, "GET") ? value_of(key) : kOk);
  if (name == "TYPE") return told(type_name(key));
  if (name == "INCR" || name == "DECR" || name == "INCRBY" || name == "HINCRBY") {
    const bool field = name == "HINCRBY";
    const std::string at = field ? words[2] : "";
    const bool held = key.values.contains(at);
    const auto number = held ? whole_number(key.values.at(at)) : std::optional<int64_t>(0);
    if (!number) return told(field ? "-ERR hash value is not an integer\r\n" : kNotInteger);
    int64_t sum = 0;
    if (__builtin_add_overflow(*number, by_of(words), &sum)) return {};
    return told(integer(sum));
  }
  if (name == "HSET" || name == "SADD") {
    const auto names = named(words, name == "HSET" ? 2 : 1);
    return told(integer(std::ssize(names) - count_there(names, key)));
  }
  if (name == "HDEL" || name == "SREM" || name == "HEXISTS" || name == "SISMEMBER")
    return told(integer(count_there(named(words, 1), key)));
  if (name == "HGET") return told(key.values.contains(words[2]) ? bulk(key.values.at(words[2])) : "$-1\r\n");
  if (name == "HLEN" || name == "SCARD")
    return told(integer(static_cast<int64_t>(key.expiry_passed ? key.values.size() : key.rows)));
  if (name == "HGETALL" || name == "SMEMBERS") {
    std::vector<std::pair<std::string, std::string>> got;
    const auto items = reply_items(a.reply);
    const size_t step = name == "HGETALL" ? 2 : 1;
    if (!items || items->size() % step != 0) return "told " + shown(a.reply);
    for (size_t i = 0; i < items->size(); i += step)
      got.emplace_back((*items)[i], step == 2 ? (*items)[i + 1] : "");
    std::ranges::sort(got);
    if (std::ranges::equal(got, key.values, [](const auto& x, const auto& y) {
          return x.first == y.first && x.second == y.second;
        }))
      return {};
    return "told " + std::to_string(got.size()) + " instead of " + std::to_string(key.values.size()) +
           ", or others: " + shown(a.reply);
  }
  if (name == "TTL" || name == "PTTL") {
    if (!there) return told(integer(-2));
    std::string wrong = "there is no end to tell";
    for (const uint64_t end_ms : key.ends_ms) {
      const auto left = static_cast<int64_t>(end_ms - a.now_ms);
      wrong = told(integer(end_ms == kForever ? -1 : name == "TTL" ? (left + 500) / 1000 : left));
      if (wrong.empty()) break;
    }
    return wrong;
  }
  if (name == "PEXPIRE") return told(integer(there ? 1 : 0));
  if (name == "PERSIST") {
    if (key.ends_ms.size() > 1 && key.ends_ms.contains(kForever)) return {};
    return told(integer(there && !key.ends_ms.contains(kForever) ? 1 : 0));
  }
  return {};
}

// What the client's write is to make of the keys that it names. A key that is not among them is not judged.
std::map<std::string, KeySight> Replies::outcome(const Answered& a) const {
  const Words& words = a.words;
  const std::string& name = words[0];
  std::map<std::string, KeySight> made;
  const auto string = [](const std::string& value, uint64_t end_ms) {
    KeySight key;
    key.type = RowKind::kRegister;
    key.values[""] = value;
    key.ends_ms = {end_ms};
    return key;
  };
  if (name == "MSET") {
    for (size_t i = 1; i + 1 < words.size(); i += 2) made[words[i]] = string(words[i + 1], kForever);
    return made;
  }
  if (name == "DEL") {
    for (size_t i = 1; i < words.size(); ++i) made[words[i]] = {};
    return made;
  }
  if (words.size() < 2) return made;
  KeySight key = before(a);
  const bool fresh = !key.type;
  if (fresh) key.ends_ms = {kForever};
  if (name == "SET") {
    const auto end = asked_end(words, a.now_ms);
    KeySight& set = made[words[1]] = string(words[2], end.value_or(kForever));
    if (has(words, "KEEPTTL")) set.ends_ms = key.ends_ms;  // of whatever type it was
  } else if (name == "GETDEL") {
    made[words[1]] = {};
  } else if (name == "GETEX" && words.size() == 2) {
    return made;
  } else if (name == "GETEX" || name == "PEXPIRE" || name == "PERSIST") {
    const auto asked = asked_end(words, a.now_ms);
    key.ends_ms = {name == "PEXPIRE" ? a.now_ms + std::strtoull(words[2].c_str(), nullptr, 10)
                                     : asked.value_or(kForever)};
    made[words[1]] = key;
  } else if (name == "INCR" || name == "DECR" || name == "INCRBY" || name == "HINCRBY") {
    const std::string at = name == "HINCRBY" ? words[2] : "";
    if (fresh) key.values.clear();
    const auto number = key.values.contains(at) ? whole_number(key.values[at]) : std::optional<int64_t>(0);
    if (!number) return made;
    key.type = name == "HINCRBY" ? RowKind::kHashField : RowKind::kRegister;
    key.values[at] = std::to_string(*number + by_of(words));
    made[words[1]] = key;
  } else if (name == "HSET") {
    key.type = RowKind::kHashField;
    for (size_t i = 2; i + 1 < words.size(); i += 2) key.values[words[i]] = words[i + 1];
    made[words[1]] = key;
  } else if (name == "SADD") {
    key.type = RowKind::kSetMember;
    for (const std::string& member : named(words, 1)) key.values[member];
    made[words[1]] = key;
  } else if (name == "HDEL" || name == "SREM") {
    for (const std::string& gone : named(words, 1)) key.values.erase(gone);
    made[words[1]] = key.values.empty() ? KeySight{} : key;
  }
  return made;
}

// A command that is taken and writes nothing has nothing to change.
std::string Replies::wrong_silence(const Answered& a) const {
  if (a.reply.starts_with('-') || reads(a.words)) return {};
  if (a.words[0] == "FLUSHALL") return "writes nothing";
  for (const auto& [key, want] : outcome(a)) {
    const KeySight there = sight(key, a.clock, a.now_ms);
    if (there.type == want.type && (!want.type || there.values == want.values)) continue;
    return "writes nothing, and " + key + " is to be another";
  }
  return {};
}

std::string Replies::wrong_write(const Answered& a) const {
  if (!a.dot) return wrong_silence(a);
  if (a.reply.starts_with('-')) return "is refused, and is written";
  if (reads(a.words)) return "is a read, and is written";
  const Operation& op = history_.find(*a.dot)->operation;
  if (a.words[0] == "FLUSHALL") {
    const bool all = op.edits.size() == 1 && op.edits[0].scope == Edit::Scope::kPrefix &&
                     op.edits[0].target.empty() && !op.edits[0].payload;
    return all ? "" : "does not delete everything";
  }
  const auto wanted = outcome(a);
  for (const Edit& edit : op.edits) {
    const bool asked =
        edit.scope != Edit::Scope::kPrefix &&
        std::ranges::any_of(wanted, [&](const auto& key) { return key_prefix(key.first) == key_of(edit); });
    if (!asked) return "writes to a key that it does not name";
  }
  for (const auto& [key, want] : wanted) {
    if (auto wrong = wrong_outcome(a, key, want); !wrong.empty()) return wrong;
  }
  return {};
}

std::string Replies::wrong_outcome(const Answered& a, const std::string& key, const KeySight& want) const {
  const Operation& op = history_.find(*a.dot)->operation;
  VersionVector clock = a.clock;
  // By readings far ahead what is written now may be older than what was there (rule 10).
  if (sight(key, clock, a.now_ms).newest >= op.hlc) return {};
  clock.raise(*a.dot);
  const KeySight made = sight(key, clock, a.now_ms);
  const auto says = [&](const std::string& what) { return "makes of " + key + " " + what; };
  if (made.type != want.type)
    return says(type_name(made).substr(1) + "instead of " + type_name(want).substr(1));
  if (!made.type) return {};
  if (made.values != want.values) {
    return says(std::to_string(made.values.size()) + " values (" + shown(made.value()) + ") instead of " +
                std::to_string(want.values.size()) + " (" + shown(want.value()) + ")");
  }
  for (const uint64_t end_ms : made.ends_ms) {
    if (!want.ends_ms.contains(end_ms))
      return says("what ends at " + std::to_string(end_ms) + " instead of " +
                  std::to_string(*want.ends_ms.begin()));
  }
  return {};
}

// --- scans ---

// What is seen and will not end by itself.
std::set<std::string> Replies::all_seen(const Answered& a) const {
  std::set<std::string> all;
  if (a.words[0] != "SCAN") {
    const KeySight key = before(a);
    if (key.expires) return all;
    for (const auto& [name, value] : key.values) all.insert(name);
    return all;
  }
  for (const auto& [prefix, rows] : history_.keys()) {
    const KeySight key = KeyLife(history_, rows, a.clock).sight(a.now_ms);
    if (key.type && !key.expires) all.insert(*unescape(prefix));
  }
  return all;
}

std::string Replies::wrong_page(const Answered& a, bool first, ScanSeen& scan) const {
  const bool keys = a.words[0] == "SCAN";
  const auto items = reply_items(a.reply);
  if (!items || items->empty()) return "told " + shown(a.reply);
  if (first) scan = {a.clock, all_seen(a), {}, false};
  // Whatever may have taken something away since the last page. More is left out than need be.
  for (const auto& entry : a.clock.entries()) {
    for (uint64_t at = scan.clock.get(entry.actor).value + 1; at <= entry.counter.value; ++at) {
      const History::Minted* minted = history_.find({entry.actor, Counter{at}});
      if (!minted) return {};
      for (const Edit& edit : minted->operation.edits) {
        const bool expires = edit.payload && (payload_expires_ms(*edit.payload) != 0 ||
                                              payload_kind(*edit.payload) == PayloadKind::kExpiry);
        const bool put = edit.payload && edit.scope != Edit::Scope::kKey;
        if (!expires && (keys ? edit.payload.has_value() : put)) continue;
        std::erase_if(scan.always, [&](const std::string& name) {
          const std::string prefix = key_prefix(keys ? name : a.words[1]);
          return edit.scope == Edit::Scope::kPrefix ? prefix.starts_with(edit.target)
                                                    : key_of(edit) == prefix;
        });
      }
    }
  }
  scan.clock = a.clock;
  const KeySight key = keys ? KeySight{} : before(a);
  const size_t step = a.words[0] == "HSCAN" ? 2 : 1;
  for (size_t i = 1; i < items->size(); i += step) {
    const std::string& name = (*items)[i];
    scan.got.insert(name);
    const bool there = keys ? sight(name, a.clock, a.now_ms).type.has_value() : key.values.contains(name);
    if (!there) return joined(a.words) + ": lists " + name + ", which is not there";
    if (step == 2 && key.values.at(name) != (*items)[i + 1])
      return joined(a.words) + ": shows another value of " + name;
  }
  scan.over = items->front() == "0";
  if (!scan.over) return {};
  for (const std::string& name : scan.always) {
    if (!scan.got.contains(name))
      return joined(a.words) + ": is over, and has not listed " + name + ", which was there all the time";
  }
  return {};
}

}  // namespace tutti::sim
