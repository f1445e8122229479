#include "storage/model/payload.h"

#include "storage/base/bytes.h"
#include "storage/base/check.h"

namespace tutti {
namespace {

// Totals wrap like the machine's: every node computes the same, whatever concurrent increments add up to.
int64_t wrapping_add(int64_t a, int64_t b) {
  return static_cast<int64_t>(static_cast<uint64_t>(a) + static_cast<uint64_t>(b));
}
int64_t wrapping_sub(int64_t a, int64_t b) {
  return static_cast<int64_t>(static_cast<uint64_t>(a) - static_cast<uint64_t>(b));
}

void thin(std::vector<CounterMark>& marks) {
  while (marks.size() > kCounterMarksMax) {
    size_t victim = 1;
    for (size_t i = 2; i <= kCounterMarksMax / 2; ++i) {
      const auto gap = [&](size_t j) { return marks[j + 1].counter.value - marks[j - 1].counter.value; };
      if (gap(i) < gap(victim)) victim = i;
    }
    marks.erase(marks.begin() + static_cast<ptrdiff_t>(victim));
  }
}

const CounterMark* largest_mark(const Payload& payload, Counter reset_at) {
  const CounterMark* best = nullptr;
  for (const CounterMark& mark : payload.marks) {
    if (mark.counter > reset_at) break;
    best = &mark;
  }
  return best;
}

bool get_saved(ByteReader& in, Payload& payload) {
  SavedFrom& from = payload.saved.emplace();
  from.hlc = Hlc{in.u64()};
  from.dot.actor = ActorId{in.u64()};
  from.dot.counter = Counter{in.varint()};
  from.kind = static_cast<PayloadKind>(in.u8());
  switch (from.kind) {
    case PayloadKind::kValue: payload.value = in.raw(in.left()); return true;
    case PayloadKind::kCounter: payload.total = in.signed_varint(); return true;
    case PayloadKind::kMember: return true;
    default: return false;
  }
}

void put_saved(std::string& out, const Payload& payload) {
  put_u64(out, payload.saved->hlc.value);
  put_u64(out, payload.saved->dot.actor.value);
  put_varint(out, payload.saved->dot.counter.value);
  put_u8(out, static_cast<uint8_t>(payload.saved->kind));
  if (payload.saved->kind == PayloadKind::kValue) out.append(payload.value);
  if (payload.saved->kind == PayloadKind::kCounter) put_varint(out, zigzag(payload.total));
}

}  // namespace

std::optional<Payload> decode_payload(ByteView bytes) {
  ByteReader in(bytes);
  Payload payload;
  payload.kind = static_cast<PayloadKind>(in.u8());
  payload.expires_ms = in.varint();
  switch (payload.kind) {
    case PayloadKind::kValue: payload.value = in.raw(in.left()); break;
    case PayloadKind::kCounter: {
      payload.total = in.signed_varint();
      const uint64_t n = in.count(2);
      if (n > kCounterMarksMax) return std::nullopt;
      for (uint64_t i = 0; i < n; ++i) {
        const CounterMark mark{Counter{in.varint()}, in.signed_varint()};
        if (mark.counter <= (i == 0 ? Counter{0} : payload.marks.back().counter)) return std::nullopt;
        payload.marks.push_back(mark);
      }
      break;
    }
    case PayloadKind::kMember: break;
    case PayloadKind::kExpiry:
      if (in.left() == 0) break;
      payload.since_ms = in.varint();
      if (payload.since_ms == 0) return std::nullopt;
      if (in.left() == 0) break;
      payload.from.value = in.u64();
      if (payload.from == Hlc{}) return std::nullopt;
      break;
    case PayloadKind::kSaved:
      if (!get_saved(in, payload)) return std::nullopt;
      break;
    default: return std::nullopt;
  }
  if (!in.done()) return std::nullopt;
  return payload;
}

std::string encode_payload(const Payload& payload) {
  std::string out;
  put_u8(out, static_cast<uint8_t>(payload.kind));
  put_varint(out, payload.expires_ms);
  if (payload.kind == PayloadKind::kValue) out.append(payload.value);
  if (payload.kind == PayloadKind::kCounter) {
    put_varint(out, zigzag(payload.total));
    put_varint(out, payload.marks.size());
    for (const CounterMark& mark : payload.marks) {
      put_varint(out, mark.counter.value);
      put_varint(out, zigzag(mark.total));
    }
  }
  if (payload.kind == PayloadKind::kExpiry && payload.since_ms != 0) {
    put_varint(out, payload.since_ms);
    if (payload.from != Hlc{}) put_u64(out, payload.from.value);
  }
  if (payload.kind == PayloadKind::kSaved) put_saved(out, payload);
  return out;
}

PayloadKind payload_kind(ByteView bytes) {
  check(!bytes.empty(), "a payload has a kind");
  return static_cast<PayloadKind>(bytes[0]);
}

uint64_t payload_expires_ms(ByteView bytes) {
  ByteReader in(bytes);
  in.u8();
  return in.varint();
}

ByteView payload_value(ByteView bytes) {
  ByteReader in(bytes);
  check(static_cast<PayloadKind>(in.u8()) == PayloadKind::kValue, "a payload with a value");
  in.varint();
  return in.raw(in.left());
}

std::string value_payload(ByteView value, uint64_t expires_ms) {
  std::string out;
  out.reserve(value.size() + 2);
  put_u8(out, static_cast<uint8_t>(PayloadKind::kValue));
  put_varint(out, expires_ms);
  out.append(value);
  return out;
}

std::string member_payload(uint64_t expires_ms) {
  Payload payload;
  payload.kind = PayloadKind::kMember;
  payload.expires_ms = expires_ms;
  return encode_payload(payload);
}

std::string expiry_payload(uint64_t expires_ms, uint64_t since_ms, Hlc from) {
  Payload payload;
  payload.kind = PayloadKind::kExpiry;
  payload.expires_ms = expires_ms;
  payload.since_ms = since_ms;
  if (since_ms != 0) payload.from = from;
  return encode_payload(payload);
}

int64_t counter_worth(const Payload& payload, Counter reset_at) {
  const CounterMark* mark = largest_mark(payload, reset_at);
  return mark ? wrapping_sub(payload.total, mark->total) : payload.total;
}

Counter chosen_mark(const Payload& payload, Counter reset_at) {
  const CounterMark* mark = largest_mark(payload, reset_at);
  return mark ? mark->counter : Counter{0};
}

Payload next_increment(const std::optional<Payload>& last, Counter last_counter, Counter reset_at, int64_t by,
                       uint64_t expires_ms) {
  Payload next;
  next.kind = PayloadKind::kCounter;
  next.expires_ms = expires_ms;
  next.total = by;
  if (!last) return next;
  next.total = wrapping_add(last->total, by);
  // Every resets known here is in the new operation's past: marks before the chosen one can never be chosen again.
  const Counter chosen = chosen_mark(*last, reset_at);
  for (const CounterMark& mark : last->marks) {
    if (mark.counter >= chosen) next.marks.push_back(mark);
  }
  next.marks.push_back({last_counter, last->total});
  thin(next.marks);
  return next;
}

}  // namespace tutti
