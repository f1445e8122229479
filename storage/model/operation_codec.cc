#include "storage/model/operation_codec.h"

#include <algorithm>
#include <memory>
#include <unordered_map>
#include <utility>

#include "storage/base/bytes.h"
#include "storage/base/check.h"

namespace tutti {
namespace {

enum class PastForm : uint8_t { kAsKnown = 0, kDiffers = 1 };

constexpr uint8_t kHasPayload = 0x10;
constexpr uint8_t kNamesDots = 0x20;
constexpr uint8_t kExpired = 0x40;
constexpr uint8_t kResetsNone = 0x80;

// The actors of a batch, in order of first appearance.
class ActorIndex {
 public:
  uint64_t of(ActorId actor) {
    // Usually one writer has many operations in a row.
    if (!order_.empty() && order_[last_] == actor) return last_;
    const auto [at, fresh] = index_.try_emplace(actor, order_.size());
    if (fresh) order_.push_back(actor);
    return last_ = at->second;
  }
  std::span<const ActorId> order() const { return order_; }

 private:
  std::vector<ActorId> order_;
  std::unordered_map<ActorId, uint64_t> index_;
  uint64_t last_ = 0;
};

void put_entries(std::string& out, std::span<const VersionVector::Entry> entries, ActorIndex& actors) {
  put_varint(out, entries.size());
  for (const auto& e : entries) {
    put_varint(out, actors.of(e.actor));
    put_varint(out, e.counter.value);
  }
}

void put_edit(std::string& out, const Edit& edit, ActorIndex& actors) {
  put_u8(out, static_cast<uint8_t>(static_cast<uint8_t>(edit.scope) | (edit.payload ? kHasPayload : 0) |
                                   (edit.replaces ? kNamesDots : 0) | (edit.expired ? kExpired : 0) |
                                   (edit.resets ? 0 : kResetsNone)));
  put_bytes(out, edit.target);
  if (edit.payload) put_bytes(out, *edit.payload);
  if (edit.replaces) {
    put_varint(out, edit.replaces->size());
    for (const Dot& dot : *edit.replaces) {
      put_varint(out, actors.of(dot.actor));
      put_varint(out, dot.counter.value);
    }
  }
}

using Actors = std::vector<ActorId>;

ActorId get_actor(ByteReader& in, const Actors& actors) {
  const uint64_t index = in.varint();
  if (index >= actors.size()) {
    in.fail();
    return {};
  }
  return actors[index];
}

std::vector<VersionVector::Entry> get_entries(ByteReader& in, const Actors& actors) {
  std::vector<VersionVector::Entry> entries(in.count(2));
  for (auto& e : entries) {
    e.actor = get_actor(in, actors);
    e.counter = Counter{in.varint()};
  }
  return entries;
}

// What a reader of the batch knows where a past begins: the clock that both ends knew, and all that came since.
class KnownPasts {
 public:
  using Past = std::shared_ptr<const VersionVector>;

  explicit KnownPasts(VersionVector known) : known_(std::move(known)) {}

  void put(std::string& out, const Operation& op, ActorIndex& actors) {
    const Past* before = of(op.dot.actor);
    const bool same = before && (*before == op.past || **before == *op.past);
    std::vector<VersionVector::Entry> differing;
    if (!same) {
      VersionVector::differences(known_, *op.past, [&](ActorId actor, Counter, Counter past) {
        if (actor != op.dot.actor) differing.push_back({actor, past});
      });
    }
    const bool as_known = same || (!before && differing.empty());
    put_u8(out, static_cast<uint8_t>(as_known ? PastForm::kAsKnown : PastForm::kDiffers));
    if (!as_known) put_entries(out, differing, actors);
    passed(op.dot, op.past, same);
  }

  // Null: the reader has failed.
  Past get(ByteReader& in, const Actors& actors, const Dot& dot) {
    const auto form = static_cast<PastForm>(in.u8());
    const Past* before = of(dot.actor);
    if (form == PastForm::kAsKnown && before) {
      Past past = *before;
      passed(dot, past, true);
      return past;
    }
    if (form > PastForm::kDiffers) in.fail();
    auto past = std::make_shared<VersionVector>(known_);
    past->remove(dot.actor);
    if (form == PastForm::kDiffers) {
      for (const auto& e : get_entries(in, actors)) past->set(e);
    }
    if (!in.ok()) return nullptr;
    passed(dot, past, false);
    return past;
  }

 private:
  const Past* of(ActorId actor) const {
    const auto at = last_.find(actor);
    return at == last_.end() ? nullptr : &at->second;
  }
  void passed(const Dot& dot, const Past& past, bool same) {
    if (!same) {
      known_.join(*past);
      last_[dot.actor] = past;
    }
    known_.raise(dot);
  }

  VersionVector known_;
  std::unordered_map<ActorId, Past> last_;  // of the actors of this batch
};

Edit get_edit(ByteReader& in, const Actors& actors) {
  Edit edit;
  const uint8_t head = in.u8();
  constexpr int kFlags = kHasPayload | kNamesDots | kExpired | kResetsNone;
  if ((head & ~kFlags) > static_cast<int>(Edit::Scope::kPrefix)) in.fail();
  edit.scope = static_cast<Edit::Scope>(head & 0x0F);
  edit.expired = (head & kExpired) != 0;
  edit.resets = (head & kResetsNone) == 0;
  edit.target = in.bytes();
  if (head & kHasPayload) edit.payload = std::string(in.bytes());
  if (head & kNamesDots) {
    edit.replaces.emplace(in.count(2));
    for (Dot& dot : *edit.replaces) {
      dot.actor = get_actor(in, actors);
      dot.counter = Counter{in.varint()};
    }
  }
  return edit;
}

}  // namespace

void encode_operations(VersionVector known, std::span<const Operation> operations, std::string& out) {
  KnownPasts pasts(std::move(known));
  ActorIndex actors;
  std::string body;
  body.reserve(operations.size() * 160);
  put_varint(body, operations.size());
  uint64_t hlc = 0;
  for (const Operation& op : operations) {
    put_varint(body, actors.of(op.dot.actor));
    put_varint(body, op.dot.counter.value);
    put_varint(body, zigzag(static_cast<int64_t>(op.hlc.value - hlc)));
    hlc = op.hlc.value;
    pasts.put(body, op, actors);
    put_varint(body, op.edits.size());
    for (const Edit& edit : op.edits) put_edit(body, edit, actors);
  }
  out.reserve(out.size() + body.size() + 9 * actors.order().size() + 10);
  put_varint(out, actors.order().size());
  for (const ActorId actor : actors.order()) put_u64(out, actor.value);
  out.append(body);
}

Result<std::vector<Operation>> decode_operations(VersionVector known, ByteView bytes) {
  KnownPasts pasts(std::move(known));
  ByteReader in(bytes);
  Actors actors(in.count(8));
  for (ActorId& actor : actors) actor = ActorId{in.u64()};
  // No reserve(): a hostile count may promise far more operations than the bytes hold.
  std::vector<Operation> operations;
  uint64_t hlc = 0;
  for (uint64_t left = in.count(5); left > 0; --left) {
    Operation& op = operations.emplace_back();
    op.dot = {get_actor(in, actors), Counter{in.varint()}};
    op.hlc = Hlc{hlc + static_cast<uint64_t>(in.signed_varint())};
    hlc = op.hlc.value;
    op.past = pasts.get(in, actors, op.dot);
    for (uint64_t edits = in.count(2); edits > 0 && in.ok(); --edits)
      op.edits.push_back(get_edit(in, actors));
    if (!in.ok()) break;
    if (const auto fault = find_fault(op)) return error(ErrorCode::kMalformed, "operation batch: " + *fault);
  }
  if (!in.done()) return error(ErrorCode::kMalformed, "operation batch: cut short, or bytes left over");
  return operations;
}

}  // namespace tutti
