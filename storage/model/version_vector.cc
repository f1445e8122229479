#include "storage/model/version_vector.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <utility>

#include "storage/base/bytes.h"

namespace tutti {
namespace {

using Entry = VersionVector::Entry;
using Entries = std::vector<Entry>;

constexpr size_t kLeafMax = 32;
// A branch divides by the next two bits of the actor, highest first: its children are in order of actor. Actors are drawn
// at random, so the tree is even. Of actors that somebody chose it is at most 32 deep.
constexpr unsigned kBits = 2;
constexpr size_t kChildren = 1u << kBits;

size_t child_of(ActorId actor, unsigned depth) {
  return static_cast<size_t>(actor.value >> (64 - kBits * (depth + 1))) & (kChildren - 1);
}

// Where the actor is in ascending entries, or belongs.
auto find(auto& entries, ActorId actor) {
  return std::lower_bound(entries.begin(), entries.end(), actor,
                          [](const Entry& e, ActorId a) { return e.actor < a; });
}

// Where two ascending lists differ.
void differences_of(const Entries& before, const Entries& after, const VersionVector::Difference& visit) {
  auto x = before.begin();
  auto y = after.begin();
  while (x != before.end() || y != after.end()) {
    if (y == after.end() || (x != before.end() && x->actor < y->actor)) {
      visit(x->actor, x->counter, Counter{});
      ++x;
    } else if (x == before.end() || y->actor < x->actor) {
      visit(y->actor, Counter{}, y->counter);
      ++y;
    } else {
      if (x->counter != y->counter) visit(x->actor, x->counter, y->counter);
      ++x, ++y;
    }
  }
}

}  // namespace

// A leaf of up to kLeafMax entries, or a branch over more: the form follows from the entries alone.
struct VersionVector::Node {
  Node() = default;
  Node(const Node& other) : count(other.count), entries(other.entries), children(other.children) {}
  Node& operator=(const Node&) = delete;

  std::atomic<uint32_t> owners{1};
  size_t count = 0;           // of the entries below
  Entries entries;            // a leaf's, ascending
  std::vector<Ref> children;  // a branch's
  bool leaf() const { return children.empty(); }
};

VersionVector::Ref::Ref(const Ref& other) : node_(other.node_) {
  if (node_) node_->owners.fetch_add(1, std::memory_order_relaxed);
}

VersionVector::Ref::~Ref() {
  if (node_ && node_->owners.fetch_sub(1, std::memory_order_acq_rel) == 1) delete node_;
}

VersionVector::Node& VersionVector::Ref::own() {
  if (node_->owners.load(std::memory_order_acquire) != 1) *this = Ref(new Node(*node_));
  return *node_;
}

struct VersionVector::Trie {
  static Ref build(std::span<const Entry> sorted, unsigned depth) {
    if (sorted.empty()) return {};
    Ref ref(new Node);
    Node& node = ref.own();
    node.count = sorted.size();
    if (sorted.size() <= kLeafMax) {
      node.entries.assign(sorted.begin(), sorted.end());
      return ref;
    }
    node.children.resize(kChildren);
    for (size_t i = 0; i < kChildren; ++i) {
      size_t end = 0;
      while (end < sorted.size() && child_of(sorted[end].actor, depth) == i) ++end;
      node.children[i] = build(sorted.first(end), depth + 1);
      sorted = sorted.subspan(end);
    }
    return ref;
  }

  static void list(const Ref& ref, Entries& out) {
    if (!ref) return;
    out.insert(out.end(), ref->entries.begin(), ref->entries.end());
    for (const Ref& child : ref->children) list(child, out);
  }
  static Entries list(const Ref& ref) {
    Entries out;
    out.reserve(count(ref));
    list(ref, out);
    return out;
  }
  static size_t count(const Ref& ref) { return ref ? ref->count : 0; }

  static Counter get(const Ref& ref, ActorId actor, unsigned depth) {
    const Ref* at = &ref;
    while (*at && !(*at)->leaf()) at = &(*at)->children[child_of(actor, depth++)];
    if (!*at) return {};
    const auto entry = find((*at)->entries, actor);
    return entry != (*at)->entries.end() && entry->actor == actor ? entry->counter : Counter{};
  }

  // REQUIRES that the entry changes something.
  static void set(Ref& ref, Entry entry, unsigned depth) {
    if (!ref) ref = Ref(new Node);
    Node& node = ref.own();
    if (node.leaf()) {
      const auto at = find(node.entries, entry.actor);
      const bool known = at != node.entries.end() && at->actor == entry.actor;
      if (entry.counter.value == 0) {
        node.entries.erase(at);
      } else if (known) {
        at->counter = entry.counter;
      } else {
        node.entries.insert(at, entry);
      }
      node.count = node.entries.size();
      if (node.count > kLeafMax) ref = build(node.entries, depth);
    } else {
      Ref& child = node.children[child_of(entry.actor, depth)];
      node.count -= count(child);
      set(child, entry, depth + 1);
      node.count += count(child);
      if (node.count <= kLeafMax) ref = build(list(ref), depth);
    }
    if (count(ref) == 0) ref = {};
  }

  static bool covers(const Ref& a, const Ref& b, unsigned depth) {
    if (a == b || !b) return true;
    if (count(a) < b->count) return false;
    if (b->leaf()) {
      return std::ranges::all_of(b->entries,
                                 [&](const Entry& e) { return get(a, e.actor, depth) >= e.counter; });
    }
    for (size_t i = 0; i < kChildren; ++i) {
      if (!covers(a->children[i], b->children[i], depth + 1)) return false;
    }
    return true;
  }

  static bool equal(const Ref& a, const Ref& b) {
    if (a == b) return true;
    if (!a || !b || a->count != b->count) return false;
    if (a->leaf()) return a->entries == b->entries;
    return std::ranges::equal(a->children, b->children, equal);
  }

  // A branch of these children, or what became of it. `like`, where it has the very same.
  static Ref branch(std::array<Ref, kChildren> children, const Ref& like, const Ref& or_like,
                    unsigned depth) {
    for (const Ref* same : {&like, &or_like}) {
      if (*same && std::ranges::equal((*same)->children, children)) return *same;
    }
    Ref ref(new Node);
    Node& node = ref.own();
    for (const Ref& child : children) node.count += count(child);
    if (node.count == 0) return {};
    node.children.assign(std::make_move_iterator(children.begin()), std::make_move_iterator(children.end()));
    return node.count <= kLeafMax ? build(list(ref), depth) : ref;
  }

  static Ref join(const Ref& a, const Ref& b, unsigned depth) {
    if (a == b || !b) return a;
    if (!a) return b;
    if (a->leaf() || b->leaf()) {
      const bool into_a = a->count >= b->count;
      Ref joined = into_a ? a : b;
      for (const Entry& e : (into_a ? b : a)->entries) {
        if (get(joined, e.actor, depth) < e.counter) set(joined, e, depth);
      }
      return joined;
    }
    std::array<Ref, kChildren> children;
    for (size_t i = 0; i < kChildren; ++i) children[i] = join(a->children[i], b->children[i], depth + 1);
    return branch(std::move(children), a, b, depth);
  }

  static Ref meet(const Ref& a, const Ref& b, unsigned depth) {
    if (a == b) return a;
    if (!a || !b) return {};
    if (a->leaf() || b->leaf()) {
      const bool of_a = a->leaf();
      const Ref& few = of_a ? a : b;
      Entries both;
      for (const Entry& e : few->entries) {
        const Counter counter = std::min(e.counter, get(of_a ? b : a, e.actor, depth));
        if (counter.value != 0) both.push_back({e.actor, counter});
      }
      return both == few->entries ? few : build(both, depth);
    }
    std::array<Ref, kChildren> children;
    for (size_t i = 0; i < kChildren; ++i) children[i] = meet(a->children[i], b->children[i], depth + 1);
    return branch(std::move(children), a, b, depth);
  }

  static void differences(const Ref& a, const Ref& b, const Difference& visit) {
    if (a == b) return;
    if (a && b && !a->leaf() && !b->leaf()) {
      for (size_t i = 0; i < kChildren; ++i) differences(a->children[i], b->children[i], visit);
      return;
    }
    if (a && b && a->leaf() && b->leaf()) return differences_of(a->entries, b->entries, visit);
    differences_of(list(a), list(b), visit);
  }

  static void share(Ref& mine, const Ref& like) {
    if (mine == like || !mine || !like) return;
    if (mine->leaf() || like->leaf()) {
      if (equal(mine, like)) mine = like;
      return;
    }
    Node& node = mine.own();
    for (size_t i = 0; i < kChildren; ++i) share(node.children[i], like->children[i]);
    if (node.children == like->children) mine = like;
  }
};

VersionVector::VersionVector(std::span<const Entry> entries) {
  // Sorted at once, not raised one by one: a peer chooses the order.
  Entries sorted(entries.begin(), entries.end());
  std::ranges::sort(sorted, [](const Entry& a, const Entry& b) {
    return a.actor != b.actor ? a.actor < b.actor : a.counter > b.counter;
  });
  const auto again = std::ranges::unique(sorted, {}, &Entry::actor);
  sorted.erase(again.begin(), again.end());
  std::erase_if(sorted, [](const Entry& e) { return e.counter.value == 0; });
  root_ = Trie::build(sorted, 0);
}

Counter VersionVector::get(ActorId actor) const { return Trie::get(root_, actor, 0); }

bool VersionVector::covers(const VersionVector& other) const { return Trie::covers(root_, other.root_, 0); }

void VersionVector::raise(Dot dot) {
  if (get(dot.actor) < dot.counter) Trie::set(root_, {dot.actor, dot.counter}, 0);
}

void VersionVector::set(Entry entry) {
  if (get(entry.actor) != entry.counter) Trie::set(root_, entry, 0);
}

void VersionVector::join(const VersionVector& other) { root_ = Trie::join(root_, other.root_, 0); }

void VersionVector::meet(const VersionVector& other) { root_ = Trie::meet(root_, other.root_, 0); }

size_t VersionVector::size() const { return Trie::count(root_); }

std::vector<VersionVector::Entry> VersionVector::entries() const { return Trie::list(root_); }

void VersionVector::differences(const VersionVector& before, const VersionVector& after,
                                const Difference& visit) {
  Trie::differences(before.root_, after.root_, visit);
}

void VersionVector::share(const VersionVector& like) { Trie::share(root_, like.root_); }

bool VersionVector::operator==(const VersionVector& other) const { return Trie::equal(root_, other.root_); }

namespace {

Hash128 entry_hash(const HashKey& key, ActorId actor, Counter counter) {
  const uint64_t both[] = {actor.value, counter.value};  // as everywhere: little-endian
  return siphash128(key, {reinterpret_cast<const char*>(both), sizeof both});
}

}  // namespace

Hash128 ClockHash::of(const VersionVector& clock) {
  VersionVector::differences(clock_, clock, [&](ActorId actor, Counter before, Counter after) {
    if (before.value != 0) sum_ -= entry_hash(key_, actor, before);
    if (after.value != 0) sum_ += entry_hash(key_, actor, after);
  });
  clock_ = clock;
  return sum_;
}

Hash128 clock_hash(const HashKey& key, const VersionVector& clock) { return ClockHash(key).of(clock); }

}  // namespace tutti
