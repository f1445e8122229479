#include "storage/model/row.h"

#include <algorithm>

#include "storage/base/bytes.h"
#include "storage/base/check.h"

namespace tutti {
namespace {

bool is_counter(const Live& live) { return payload_kind(live.payload) == PayloadKind::kCounter; }

bool names(const Edit& edit, Dot dot) {
  return std::ranges::find(*edit.replaces, dot) != edit.replaces->end();
}

// The last counter of `actor`'s chain that the edit, as a reset, had seen.
Counter reset_reach(const Operation& op, const Edit& edit, ActorId actor) {
  if (!edit.resets) return Counter{0};
  if (!edit.replaces) return op.past_of(actor);
  Counter reach{0};
  for (const Dot& dot : *edit.replaces) {
    if (dot.actor == actor) reach = std::max(reach, dot.counter);
  }
  return reach;
}

// An increment replaces its own last dot and continues its chain. If that dot is gone, a reset has removed it.
Counter inherited_reset(const Lives& row, const Edit& edit, ActorId actor) {
  const Counter last = [&] {
    Counter greatest{0};
    if (edit.replaces) {
      for (const Dot& dot : *edit.replaces)
        greatest = std::max(greatest, dot.actor == actor ? dot.counter : Counter{0});
    }
    return greatest;
  }();
  if (last.value == 0) return last;
  for (const Live& live : row) {
    if (live.dot == Dot{actor, last}) return live.reset_at;
  }
  return last;
}

bool increments(const Operation& op, const Edit& edit, bool brings) {
  if (!brings || !edit.payload || !edit.replaces) return false;
  return payload_kind(*edit.payload) == PayloadKind::kCounter &&
         std::ranges::all_of(*edit.replaces, [&](Dot d) { return d.actor == op.dot.actor; });
}

// A live counter's reset_at as the side without it would have it.
Counter reset_seen_by(std::span<const Live> side, const VersionVector& clock, ActorId actor) {
  for (const Live& live : side) {
    if (live.dot.actor == actor && is_counter(live)) return live.reset_at;
  }
  return clock.get(actor);
}

void put_live(std::string& out, const Live& live, Counter reset_at) {
  put_u64(out, live.dot.actor.value);
  put_varint(out, live.dot.counter.value);
  put_u64(out, live.hlc.value);
  put_varint(out, reset_at.value);
  put_bytes(out, live.payload);
}

}  // namespace

void encode_row(std::span<const Live> row, std::string& out) {
  if (row.empty()) return;
  put_varint(out, row.size());
  for (const Live& live : row) put_live(out, live, live.reset_at);
}

bool decode_row(ByteView bytes, Lives& row) {
  row.clear();
  if (bytes.empty()) return true;
  ByteReader in(bytes);
  const uint64_t n = in.count(19);
  row.reserve(n);
  for (uint64_t i = 0; i < n && in.ok(); ++i) {
    Live live;
    live.dot.actor = ActorId{in.u64()};
    live.dot.counter = Counter{in.varint()};
    live.hlc = Hlc{in.u64()};
    live.reset_at = Counter{in.varint()};
    live.payload = in.bytes();
    if (live.payload.empty() || live.dot.counter.value == 0 || (i > 0 && live.dot <= row.back().dot))
      return false;
    row.push_back(live);
  }
  return n > 0 && in.done();
}

void apply_edit(Lives& row, const Operation& op, const Edit& edit, bool brings) {
  const bool increment = increments(op, edit, brings);
  const Counter inherited = increment ? inherited_reset(row, edit, op.dot.actor) : Counter{0};
  std::erase_if(row, [&](const Live& live) {
    // A later edit of an operation replaces the payload of an earlier one as if it were in the past.
    if (live.dot == op.dot) return true;
    return edit.replaces ? names(edit, live.dot) : op.past_covers(live.dot);
  });
  if (!increment) {
    for (Live& live : row) {
      if (is_counter(live)) live.reset_at = std::max(live.reset_at, reset_reach(op, edit, live.dot.actor));
    }
  }
  if (brings && edit.payload) {
    const Live live{op.dot, op.hlc, inherited, *edit.payload};
    row.insert(std::ranges::lower_bound(row, live.dot, {}, &Live::dot), live);
  }
}

void join_row(Lives& mine, const VersionVector& my_clock, std::span<const Live> theirs,
              const VersionVector& their_clock) {
  const auto find = [](std::span<const Live> side, Dot dot) {
    const auto at = std::ranges::lower_bound(side, dot, {}, &Live::dot);
    return at != side.end() && at->dot == dot ? &*at : nullptr;
  };
  Lives joined;
  for (Live live : mine) {
    if (their_clock.covers(live.dot) && !find(theirs, live.dot)) continue;
    if (is_counter(live))
      live.reset_at = std::max(live.reset_at, reset_seen_by(theirs, their_clock, live.dot.actor));
    joined.push_back(live);
  }
  for (Live live : theirs) {
    if (my_clock.covers(live.dot)) continue;
    if (is_counter(live))
      live.reset_at = std::max(live.reset_at, reset_seen_by(mine, my_clock, live.dot.actor));
    joined.push_back(live);
  }
  std::ranges::sort(joined, {}, &Live::dot);
  mine = std::move(joined);
}

Hash128 row_fingerprint(const HashKey& key, ByteView row_key, ByteView row_bytes) {
  std::string canonical;
  canonical.reserve(row_key.size() + row_bytes.size() + 10);
  put_bytes(canonical, row_key);
  Lives row;
  check(decode_row(row_bytes, row) && !row.empty(), "a live row has a fingerprint");
  put_varint(canonical, row.size());
  for (const Live& live : row) {
    Counter mark{0};
    if (is_counter(live)) mark = chosen_mark(*decode_payload(live.payload), live.reset_at);
    put_live(canonical, live, mark);
  }
  return siphash128(key, canonical);
}

}  // namespace tutti
