#pragma once

#include <algorithm>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "storage/database.h"
#include "tests/storage/model/state_definition.h"
#include "tests/storage/state_checker.h"

namespace tutti {

// The disk under a kind of store, for the model: it outlives the process, and loses power.
class ModelDisk {
 public:
  virtual ~ModelDisk() = default;
  // REQUIRES that the store opened before is gone.
  virtual std::unique_ptr<Store> open() = 0;
  // Loses all bytes that are not durable, or a random part of them. The caller then destroys the open store, and calls
  // open().
  virtual void power_loss(uint64_t random) = 0;
  // A backup; null: this kind has none.
  virtual std::unique_ptr<ModelDisk> clone() { return nullptr; }
};

// A few nodes, each with its own Database, make random operations. These are delivered in part, in any causal order.
// Nodes merge in three separate steps, cut their logs, restart, lose power, are restored, and join. After every step
// the node of that step is compared, row by row, with the definition of its clock's state. Throws std::runtime_error at
// a difference.
class DatabaseModel {
 public:
  using NewDisk = std::function<std::unique_ptr<ModelDisk>()>;

  DatabaseModel(uint64_t seed, NewDisk new_disk)
      : random_(seed), new_disk_(std::move(new_disk)), state_(all_rows()) {
    options_.log_bytes_keep = below(3) * 400;
    options_.log_sample_records = 1 + below(4);
    if (one_in(3)) options_.read_cache_bytes = 0;
    const size_t nodes = 2 + below(2);
    for (size_t i = 0; i < nodes; ++i) {
      nodes_.push_back(std::make_unique<Node>());
      nodes_.back()->disk = new_disk_();
      open(*nodes_.back());
    }
  }

  void run(int steps) {
    for (int i = 0; i < steps; ++i) step();
    heal();
  }
  const std::string& trace() const { return trace_; }

 private:
  struct Transfer {
    VersionVector clock;
    std::vector<StagedRow> rows;
  };
  struct Scan {
    std::string cursor;
    std::string beginning;
    std::set<std::string> throughout, seen;
  };
  struct Node {
    std::unique_ptr<ModelDisk> disk;
    std::unique_ptr<Store> store;
    std::unique_ptr<Database> db;
    ActorId actor;
    std::shared_ptr<const VersionVector> past;
    std::unique_ptr<Database::Merge> merge;
    std::optional<Result<>> merge_outcome;
    std::optional<Transfer> transfer;
    std::optional<Scan> scan;
    VersionVector committed;
    VersionVector durable;  // at least

    ~Node() { close(); }
    void close() {
      merge.reset();
      merge_outcome.reset();
      transfer.reset();
      scan.reset();
      db.reset();
      store.reset();
    }
  };

  // --- chance ---
  uint64_t below(uint64_t n) { return random_() % n; }
  bool one_in(uint64_t n) { return below(n) == 0; }
  template <class T>
  const T& any(const std::vector<T>& of) {
    return of[below(of.size())];
  }

  // --- what there is ---
  static const std::vector<std::string>& keys() {
    static const std::vector<std::string> all{"a", "ab", "b", std::string("a\0x", 3), "c"};
    return all;
  }
  static std::vector<std::string> all_rows() {
    std::vector<std::string> rows;
    for (const auto& key : keys()) {
      rows.push_back(row_key(key, RowKind::kHashField, "f"));
      rows.push_back(row_key(key, RowKind::kHashField, std::string("\0g", 2)));
      rows.push_back(row_key(key, RowKind::kRegister));
      rows.push_back(row_key(key, RowKind::kSetMember, "m"));
      rows.push_back(row_key(key, RowKind::kKeyExpiry));
    }
    return rows;
  }

  // --- life ---
  void open(Node& node) {
    node.store = node.disk->open();
    node.db = must(Database::open(*node.store, kKey, options_), "open");
    node.actor = ActorId{++last_actor_ * 0x9E3779B97F4A7C15ull};
    node.past.reset();
    node.committed = node.db->clock();
  }

  void lose_power(Node& node) {
    const VersionVector before = node.db->clock();
    node.disk->power_loss(random_());
    node.close();
    open(node);
    expect(before.covers(node.db->clock()), "a clock beyond the one before the power loss");
    expect(node.db->clock().covers(node.durable), "what was durable is lost");
    node.durable = node.db->clock();
  }

  void restart(Node& node) {
    commit(node);
    const VersionVector before = node.db->clock();
    node.close();
    open(node);
    expect(before == node.db->clock(), "a clean restart keeps the clock");
  }

  void restore(Node& node) {
    if (one_in(2) || !backup_) {
      backup_ = node.disk->clone();
      return;
    }
    auto disk = backup_->clone();
    node.close();
    node.disk = std::move(disk);
    open(node);
    node.durable.clear();
  }

  // --- writing ---
  Edit increment(Node& node, const std::string& row_key, std::map<std::string, int64_t>& by) {
    const Lives& row = *must(node.db->read(row_key), "read");
    Edit edit{.target = row_key, .payload = {}, .replaces = std::vector<Dot>{}};
    std::optional<Payload> last;
    Live mine;
    for (const Live& live : row) {
      if (live.dot.actor != node.actor || payload_kind(live.payload) != PayloadKind::kCounter) continue;
      last = decode_payload(live.payload);
      mine = live;
      edit.replaces = {live.dot};
    }
    if (last && last->marks.size() + 1 >= kCounterMarksMax) {
      edit.replaces.reset();
      return edit;
    }
    by[row_key] = static_cast<int64_t>(1 + below(9));
    edit.payload = encode_payload(next_increment(last, mine.dot.counter, mine.reset_at, by[row_key], 0));
    return edit;
  }

  std::vector<Dot> context(Node& node, const std::string& row_key) {
    std::vector<Dot> dots;
    for (const Live& live : *must(any_node().db->read(row_key), "read")) {
      if (node.db->clock().covers(live.dot) && !one_in(4)) dots.push_back(live.dot);
    }
    return dots;
  }

  void write(Node& node) {
    Operation op{.dot = {node.actor, Counter{node.db->clock().get(node.actor).value + 1}},
                 .hlc = Hlc{++hlc_ + (one_in(5) ? 0 : below(50))},
                 .past = nullptr,
                 .edits = {}};
    VersionVector past = node.db->clock();
    past.remove(node.actor);
    if (!node.past || *node.past != past) node.past = std::make_shared<const VersionVector>(past);
    op.past = node.past;
    std::map<std::string, int64_t> by;
    const uint64_t edits = one_in(3) ? 1 + below(4) : 1;
    while (op.edits.size() < edits && by.empty()) {
      const std::string& row = any(state_.row_keys());
      const std::string key = row.substr(0, key_prefix_size(row));
      const std::string value = value_payload("v" + std::to_string(++value_) + std::string(below(40), '.'));
      const uint64_t what = below(100);
      if (what < 25) {
        op.edits.push_back({Edit::Scope::kKey, key, value, {}});
      } else if (what < 40) {
        op.edits.push_back({Edit::Scope::kKey, key, {}, {}});
      } else if (what < 62) {
        op.edits.push_back({Edit::Scope::kRow, row, value, {}});
      } else if (what < 72) {
        op.edits.push_back({Edit::Scope::kRow, row, {}, {}});
      } else if (what < 80) {
        op.edits.push_back(
            {Edit::Scope::kRow, row, one_in(4) ? std::nullopt : std::optional(value), context(node, row)});
      } else if (what < 84) {
        static const std::vector<std::string> prefixes{"", "a", "b", std::string("a\0\xFF", 3)};
        op.edits.push_back({Edit::Scope::kPrefix, any(prefixes), {}, {}});
      } else if (op.edits.empty()) {
        op.edits.push_back(increment(node, row, by));
      }
    }
    expect(!find_fault(op), "an operation without fault");
    state_.add(op, by);
    trace_ += " " + std::to_string(op.dot.counter.value) + "@" + std::to_string(op.dot.actor.value % 97);
    apply(node, op);
  }

  // --- spreading ---
  void apply(Node& node, const Operation& op) {
    must(node.db->apply(op), "apply");
    keep_throughout(node);
  }

  void keep_throughout(Node& node) {
    if (!node.scan) return;
    const auto live = state_.live_keys(node.db->clock());
    std::erase_if(node.scan->throughout, [&](const auto& key) { return !live.contains(key); });
  }

  bool takes(const Node& node, const Operation& op) const {
    if (node.transfer && node.transfer->clock.covers(op.dot)) return false;  // the transfer brings it
    return !node.db->clock().covers(op.dot) && op.ready_at(node.db->clock());
  }

  void deliver(Node& node) {
    std::vector<const Operation*> ready;
    for (const auto& [dot, op] : state_.operations()) {
      if (takes(node, op)) ready.push_back(&op);
    }
    if (!ready.empty()) apply(node, *any(ready));
  }

  // Reads a peer's log chunk by chunk: it holds exactly the operations that the node lacks. Applies some of them.
  void pull(Node& node, Node& peer) {
    VersionVector reached = node.db->clock();
    const bool serves = node.db->clock().covers(peer.db->floor());
    const bool takes_them = one_in(2);
    std::vector<Operation> got;
    for (;;) {
      auto chunk = peer.db->read_log(reached, below(200));
      expect(chunk.has_value() == serves, "the log is refused just where the floor is not covered");
      if (!chunk) return;
      for (const Operation& op : chunk->operations) {
        expect(!reached.covers(op.dot) && op.ready_at(reached),
               "the log in causal order, without what is covered");
        reached.raise(op.dot);
        got.push_back(op);
      }
      if (!chunk->more) break;
      expect(!chunk->operations.empty(), "a chunk that gets on");
    }
    VersionVector whole = node.db->clock();
    whole.join(peer.committed);
    expect(reached == whole, "all that the peer lacks");
    for (const Operation& op : got) {
      expect(op.edits == state_.operations().at(op.dot).edits &&
                 *op.past == *state_.operations().at(op.dot).past,
             "an operation as it was written");
      if (takes_them && !one_in(8) && takes(node, op)) apply(node, op);
    }
  }

  void commit(Node& node) {
    must(node.db->commit(), "commit");
    node.committed = node.db->clock();
  }

  void sync(Node& node) {
    commit(node);
    must(node.store->sync(), "sync");
    node.durable = node.db->clock();
  }

  // --- merging ---
  void merge_step(Node& node) {
    if (!node.merge) {
      commit(node);
      node.merge = node.db->begin_merge();
    } else if (!node.merge_outcome) {
      node.merge_outcome = node.merge->run();
    } else {
      must(node.db->finish_merge(std::move(node.merge), *std::exchange(node.merge_outcome, {})), "merge");
      checker_.check_merged(*node.db->merged());
      if (node.db->merged()->clock.covers(node.durable)) node.durable = node.db->merged()->clock;
    }
  }

  void merge_all(Node& node) {
    while (node.merge) merge_step(node);
    merge_step(node);
    while (node.merge) merge_step(node);
    expect(node.db->nothing_to_merge(), "all is merged");
  }

  // --- transfer ---
  static std::map<std::string, std::string> rows_of(const RowsSnapshot& snapshot) {
    std::map<std::string, std::string> rows;
    auto cursor = snapshot.cursor();
    must(cursor->seek({}), "seek");
    for (; cursor->valid(); must(cursor->next(), "next")) rows.emplace(cursor->key(), cursor->value());
    return rows;
  }

  void begin_transfer(Node& node, Node& source) {
    if (one_in(2)) merge_all(source);
    const auto theirs = source.db->merged();
    if (node.transfer || node.db->clock().covers(theirs->clock)) return;
    node.transfer = Transfer{theirs->clock, {}};
    merge_all(node);
    const auto mine_rows = rows_of(*node.db->merged()->snapshot);
    const auto their_rows = rows_of(*theirs->snapshot);
    for (const auto& row_key : state_.row_keys()) {
      const auto mine = mine_rows.find(row_key);
      const auto other = their_rows.find(row_key);
      if (mine == mine_rows.end() && other == their_rows.end()) continue;
      if (mine != mine_rows.end() && other != their_rows.end() &&
          row_fingerprint(kKey, row_key, mine->second) == row_fingerprint(kKey, row_key, other->second)) {
        continue;
      }
      node.transfer->rows.push_back({row_key, other == their_rows.end() ? std::string() : other->second});
    }
  }

  void finish_transfer(Node& node) {
    commit(node);
    must(node.db->join(node.transfer->clock, node.transfer->rows), "join");
    expect(node.db->clock().covers(node.transfer->clock) && node.db->floor().covers(node.transfer->clock),
           "joined");
    node.committed = node.db->clock();
    node.transfer.reset();
    keep_throughout(node);
  }

  // --- scanning ---
  void scan_step(Node& node) {
    if (!node.scan) {
      static const std::vector<std::string> beginnings{"", "", "a", std::string("a\0", 2)};
      node.scan = Scan{.cursor = {},
                       .beginning = any(beginnings),
                       .throughout = state_.live_keys(node.db->clock()),
                       .seen = {}};
      const std::string escaped_beginning = escaped(node.scan->beginning);
      std::erase_if(node.scan->throughout, [&](const auto& k) { return !k.starts_with(escaped_beginning); });
    }
    Scan& scan = *node.scan;
    const auto live = state_.live_keys(node.db->clock());
    const auto page = must(node.db->scan_keys(scan.cursor, 1 + below(2), scan.beginning), "scan");
    for (const auto& key : page.keys) {
      expect(live.contains(key_prefix(key)) && key.starts_with(scan.beginning), "a scan shows live keys");
      scan.seen.insert(key_prefix(key));
    }
    scan.cursor = page.next;
    if (!page.next.empty()) return;
    expect(std::ranges::includes(scan.seen, scan.throughout), "a scan shows every key that lived throughout");
    node.scan.reset();
  }

  // It does not count at every step, so that a count meets many changes, or few.
  void check(Node& node) {
    checker_.check(*node.db, [this] { return one_in(3); });
  }

  Node& any_node() { return *nodes_[below(nodes_.size())]; }

  void step() {
    Node& node = any_node();
    Node& other = any_node();
    const uint64_t what = below(100);
    trace_ += " " +
              std::to_string(&node == nodes_[0].get()   ? 0
                             : &node == nodes_[1].get() ? 1
                                                        : 2) +
              ":" + std::to_string(what);
    if (what < 26) {
      write(node);
    } else if (what < 46) {
      deliver(node);
    } else if (what < 53) {
      commit(node);
    } else if (what < 56) {
      sync(node);
    } else if (what < 70) {
      merge_step(node);
    } else if (what < 73) {
      lose_power(node);
    } else if (what < 75) {
      restart(node);
    } else if (what < 81) {
      if (&node != &other) pull(node, other);
    } else if (what < 84) {
      const auto cut = node.db->cut_log(one_in(2) ? node.db->clock() : other.db->clock());
      if (cut) must(cut(), "cut");
    } else if (what < 88) {
      if (&node != &other) begin_transfer(node, other);
    } else if (what < 92) {
      if (node.transfer) finish_transfer(node);
    } else if (what < 93) {
      node.transfer.reset();
    } else if (what < 94) {
      restore(node);
    } else {
      scan_step(node);
    }
    check(node);
  }

  // Delivers everything to all nodes: their states must be equal, also after a merge.
  void heal() {
    for (auto& node : nodes_) {
      if (node->transfer) finish_transfer(*node);
      for (bool more = true; more;) {
        more = false;
        for (const auto& [dot, op] : state_.operations()) {
          if (!takes(*node, op)) continue;
          apply(*node, op);
          more = true;
        }
      }
      while (node->scan) scan_step(*node);
      merge_all(*node);
      check(*node);
      expect(node->db->clock() == nodes_[0]->db->clock(), "clocks meet");
      expect(node->db->merged()->fingerprints == nodes_[0]->db->merged()->fingerprints, "states meet");
    }
  }

  static constexpr HashKey kKey{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16};

  std::mt19937_64 random_;
  const NewDisk new_disk_;
  StateDefinition state_;
  StateChecker checker_{state_, kKey, keys()};
  Database::Options options_;
  std::vector<std::unique_ptr<Node>> nodes_;
  std::unique_ptr<ModelDisk> backup_;
  uint64_t last_actor_ = 0, hlc_ = 1000, value_ = 0;
  std::string trace_;
};

}  // namespace tutti
