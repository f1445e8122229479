#include "protocol/messages/message_codec.h"

#include <algorithm>
#include <memory>
#include <msgpack.hpp>
#include <span>
#include <type_traits>

namespace tutti {
namespace {

// --- writing ---

struct Sink {
  std::string& out;
  void write(const char* data, size_t size) { out.append(data, size); }
};
using Packer = msgpack::packer<Sink>;

void put(Packer& p, uint64_t v) { p.pack_uint64(v); }
void put(Packer& p, bool v) { v ? p.pack_true() : p.pack_false(); }
void put(Packer& p, ByteView v) {
  p.pack_bin(static_cast<uint32_t>(v.size()));
  p.pack_bin_body(v.data(), static_cast<uint32_t>(v.size()));
}
void put(Packer& p, const std::string& v) { put(p, ByteView(v)); }
template <size_t N>
void put(Packer& p, const std::array<uint8_t, N>& v) {
  put(p, ByteView(reinterpret_cast<const char*>(v.data()), N));
}
void put(Packer& p, const Hash128& v) {
  char raw[16];
  std::memcpy(raw, &v.low, 8);
  std::memcpy(raw + 8, &v.high, 8);
  put(p, ByteView(raw, 16));
}
void put(Packer& p, const NodeId& v) { put(p, v.bytes); }
void put(Packer& p, const Address& v) {
  p.pack_array(2);
  put(p, v.ip);
  put(p, static_cast<uint64_t>(v.port));
}
void put(Packer& p, const VersionVector& v) {
  p.pack_array(static_cast<uint32_t>(2 * v.size()));
  for (const auto& e : v.entries()) {
    put(p, e.actor.value);
    put(p, e.counter.value);
  }
}
void put(Packer& p, const ToldClock& v) {
  p.pack_array(static_cast<uint32_t>(1 + 2 * v.entries.size()));
  put(p, v.base);
  for (const auto& e : v.entries) {
    put(p, e.actor.value);
    put(p, e.counter.value);
  }
}
void put(Packer& p, Health::State v) { put(p, static_cast<uint64_t>(v)); }
void put(Packer& p, OperationsMessage::Status v) { put(p, static_cast<uint64_t>(v)); }
template <class T>
void put(Packer& p, const std::vector<T>& v);

// --- fields, in their order on the wire: one list for both ways ---

template <class M, class F>
void fields(M& m, F&& f) {
  using T = std::remove_const_t<M>;
  if constexpr (std::is_same_v<T, ProbeMessage>) {
    // Who is well does not say so: a node that does not know the field reads all other probes.
    if (m.health == Health::State::kWell)
      f(m.sequence, m.answer, m.clock_hash, m.members_hash, m.merged_clock_hash, m.fingerprint, m.wall_ms);
    else
      f(m.sequence, m.answer, m.clock_hash, m.members_hash, m.merged_clock_hash, m.fingerprint, m.wall_ms,
        m.health);
  } else if constexpr (std::is_same_v<T, MemberRecord>)
    f(m.id, m.x25519, m.name, m.address, m.incarnation, m.certificate, m.signature);
  else if constexpr (std::is_same_v<T, RowDigest>)
    f(m.row_key, m.fingerprint);
  else if constexpr (std::is_same_v<T, StagedRow>)
    f(m.row_key, m.row_bytes);
  else
    std::apply([&](auto... field) { f(m.*field...); }, T::kFields);
}

template <class M>
concept Struct =
    std::is_same_v<M, MemberRecord> || std::is_same_v<M, RowDigest> || std::is_same_v<M, StagedRow>;

template <Struct M>
void put(Packer& p, const M& m) {
  fields(m, [&](const auto&... field) {
    p.pack_array(sizeof...(field));
    (put(p, field), ...);
  });
}

template <class T>
void put(Packer& p, const std::vector<T>& v) {
  p.pack_array(static_cast<uint32_t>(v.size()));
  for (const T& item : v) put(p, item);
}

// --- reading: each returns false if the object is not of the wanted form ---

using Object = msgpack::object;

bool get(const Object& o, uint64_t& v) {
  if (o.type != msgpack::type::POSITIVE_INTEGER) return false;
  v = o.via.u64;
  return true;
}
bool get(const Object& o, bool& v) {
  if (o.type != msgpack::type::BOOLEAN) return false;
  v = o.via.boolean;
  return true;
}
bool get(const Object& o, ByteView& v) {
  if (o.type != msgpack::type::BIN) return false;
  v = ByteView(o.via.bin.ptr, o.via.bin.size);
  return true;
}
bool get(const Object& o, std::string& v) {
  ByteView view;
  if (!get(o, view)) return false;
  v = view;
  return true;
}
template <size_t N>
bool get(const Object& o, std::array<uint8_t, N>& v) {
  ByteView view;
  if (!get(o, view) || view.size() != N) return false;
  std::memcpy(v.data(), view.data(), N);
  return true;
}
bool get(const Object& o, Hash128& v) {
  ByteView view;
  if (!get(o, view) || view.size() != 16) return false;
  std::memcpy(&v.low, view.data(), 8);
  std::memcpy(&v.high, view.data() + 8, 8);
  return true;
}
bool get(const Object& o, NodeId& v) { return get(o, v.bytes); }
bool get(const Object& o, Address& v) {
  uint64_t port;
  if (o.type != msgpack::type::ARRAY || o.via.array.size != 2) return false;
  if (!get(o.via.array.ptr[0], v.ip) || !get(o.via.array.ptr[1], port) || port > 0xFFFF) return false;
  v.port = static_cast<uint16_t>(port);
  return true;
}
// Ascending; zeros only where they may be.
bool get_entries(std::span<const Object> items, bool zeros, std::vector<VersionVector::Entry>& entries) {
  if (items.size() % 2 != 0) return false;
  ActorId last{};
  for (size_t i = 0; i < items.size(); i += 2) {
    auto& entry = entries.emplace_back();
    if (!get(items[i], entry.actor.value) || !get(items[i + 1], entry.counter.value)) return false;
    if ((entry.counter.value == 0 && !zeros) || entry.actor <= last) return false;
    last = entry.actor;
  }
  return true;
}
bool get(const Object& o, VersionVector& v) {
  std::vector<VersionVector::Entry> entries;
  if (o.type != msgpack::type::ARRAY || !get_entries({o.via.array.ptr, o.via.array.size}, false, entries))
    return false;
  v = VersionVector(entries);
  return true;
}
bool get(const Object& o, ToldClock& v) {
  if (o.type != msgpack::type::ARRAY || o.via.array.size == 0 || !get(o.via.array.ptr[0], v.base))
    return false;
  return get_entries({o.via.array.ptr + 1, o.via.array.size - 1}, v.base != 0, v.entries);
}
bool get(const Object& o, Health::State& v) {
  uint64_t raw;
  if (!get(o, raw) || raw == 0 || raw > static_cast<uint64_t>(Health::State::kDiskFailed)) return false;
  v = static_cast<Health::State>(raw);
  return true;
}
bool get(const Object& o, OperationsMessage::Status& v) {
  uint64_t raw;
  if (!get(o, raw) || raw > static_cast<uint64_t>(OperationsMessage::Status::kBusy)) return false;
  v = static_cast<OperationsMessage::Status>(raw);
  return true;
}
template <class T>
bool get(const Object& o, std::vector<T>& v);

// An array's items from `first` on, into the fields of `m`.
template <class M>
bool get_fields(const msgpack::object_array& array, uint32_t first, M& m) {
  bool ok = false;
  fields(m, [&](auto&... field) {
    if (array.size != first + sizeof...(field)) return;
    uint32_t i = first;
    ok = (get(array.ptr[i++], field) && ...);
  });
  return ok;
}

template <Struct M>
bool get(const Object& o, M& m) {
  return o.type == msgpack::type::ARRAY && get_fields(o.via.array, 0, m);
}

template <class T>
bool get(const Object& o, std::vector<T>& v) {
  if (o.type != msgpack::type::ARRAY) return false;
  v.resize(o.via.array.size);
  for (uint32_t i = 0; i < o.via.array.size; ++i) {
    if (!get(o.via.array.ptr[i], v[i])) return false;
  }
  return true;
}

template <size_t I = 0>
bool get_message(const msgpack::object_array& array, uint64_t type, Message& message) {
  if constexpr (I < std::variant_size_v<Message>) {
    if (type != I) return get_message<I + 1>(array, type, message);
    auto& m = message.emplace<I>();
    if (get_fields(array, 1, m)) return true;
    if constexpr (std::is_same_v<std::remove_reference_t<decltype(m)>, ProbeMessage>) {
      m.health = Health::State::kDiskFull;  // the longer form
      return get_fields(array, 1, m);
    }
    return false;
  } else {
    return false;
  }
}

constexpr size_t kDepthMax = 16;

// A pass before memory is allocated. Every item needs a byte, so the sum of all counts is at most the message's bytes.
// (msgpack's own limits are per container: sixteen nested containers could each claim all bytes.)
struct CountVisitor : msgpack::null_visitor {
  explicit CountVisitor(size_t bytes) : budget(bytes) {}
  size_t budget;
  bool start_array(uint32_t items) {
    if (items > budget) return false;
    budget -= items;
    return true;
  }
  bool start_map(uint32_t) { return false; }  // no message has one
};

// Where msgpack lays out what it reads. Most messages are a probe's size: its own
// 8 KiB for each cost more than the reading.
constexpr size_t kZoneBytesPerByte = 4;
constexpr size_t kZoneBytesMin = 256;
constexpr size_t kZoneBytesMax = MSGPACK_ZONE_CHUNK_SIZE;

Result<msgpack::object_handle> unpack(ByteView bytes) {
  CountVisitor counts(bytes.size());
  size_t counted = 0;
  if (!msgpack::parse(bytes.data(), bytes.size(), counted, counts))
    return error(ErrorCode::kMalformed, "message: not msgpack within its limits");
  const msgpack::unpack_limit limit(bytes.size(), 0, bytes.size(), bytes.size(), 0, kDepthMax);
  const auto by_reference = [](msgpack::type::object_type, size_t, void*) { return true; };
  try {
    size_t offset = 0;
    bool referenced = false;
    auto zone = std::make_unique<msgpack::zone>(
        std::clamp(kZoneBytesPerByte * bytes.size(), kZoneBytesMin, kZoneBytesMax));
    const msgpack::object object =
        msgpack::unpack(*zone, bytes.data(), bytes.size(), offset, referenced, by_reference, nullptr, limit);
    msgpack::object_handle handle(object, std::move(zone));
    if (offset != bytes.size()) return error(ErrorCode::kMalformed, "message: bytes left over behind it");
    return handle;
  } catch (const msgpack::unpack_error& e) {
    return error(ErrorCode::kMalformed, std::string("message: not msgpack within its limits: ") + e.what());
  }
}

}  // namespace

std::string encode_message(const Message& message) {
  std::string out;
  Sink sink{out};
  Packer packer(sink);
  std::visit(
      [&](const auto& m) {
        fields(m, [&](const auto&... field) {
          packer.pack_array(1 + sizeof...(field));
          put(packer, static_cast<uint64_t>(message.index()));
          (put(packer, field), ...);
        });
      },
      message);
  return out;
}

Result<Message> decode_message(ByteView bytes) {
  auto handle = unpack(bytes);
  if (!handle) return std::unexpected(handle.error());
  const Object& o = handle->get();
  uint64_t type;
  if (o.type != msgpack::type::ARRAY || o.via.array.size == 0 || !get(o.via.array.ptr[0], type))
    return error(ErrorCode::kMalformed, "message: no array that begins with a type");
  Message message;
  if (!get_message(o.via.array, type, message))
    return error(ErrorCode::kMalformed,
                 "message: type " + std::to_string(type) + " is unknown, or its fields are not of its form");
  return message;
}

std::string encode_members(const std::vector<MemberRecord>& records) {
  std::string out;
  Sink sink{out};
  Packer packer(sink);
  put(packer, records);
  return out;
}

Result<std::vector<MemberRecord>> decode_members(ByteView bytes) {
  auto handle = unpack(bytes);
  if (!handle) return std::unexpected(handle.error());
  std::vector<MemberRecord> records;
  if (!get(handle->get(), records))
    return error(ErrorCode::kMalformed, "member list: not an array of records");
  return records;
}

}  // namespace tutti
