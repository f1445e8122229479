#pragma once

#include <compare>
#include <cstdint>
#include <functional>
#include <string_view>

namespace tutti {

// Bytes that somebody else owns; valid as long as that owner says.
using ByteView = std::string_view;

// An integer that cannot be mixed up with another.
template <class Tag, class T>
struct Strong {
  T value{};
  constexpr auto operator<=>(const Strong&) const = default;
};

// One writer's life: drawn at random at a process start's first write, never used again (rule 9).
using ActorId = Strong<struct ActorTag, uint64_t>;
// An actor's operations count 1, 2, 3, ... without gaps; 0 means none.
using Counter = Strong<struct CounterTag, uint64_t>;
// Where a record stands in this node's own log: 1, 2, 3, ...; 0 means before the first.
using Position = Strong<struct PositionTag, uint64_t>;

// The name of one operation, cluster-wide and for ever.
struct Dot {
  ActorId actor;
  Counter counter;
  constexpr auto operator<=>(const Dot&) const = default;
};

}  // namespace tutti

template <class Tag, class T>
struct std::hash<tutti::Strong<Tag, T>> {
  size_t operator()(const tutti::Strong<Tag, T>& id) const noexcept {
    return static_cast<size_t>(static_cast<uint64_t>(id.value) * 0x9E3779B97F4A7C15ull);
  }
};
template <>
struct std::hash<tutti::Dot> {
  size_t operator()(const tutti::Dot& dot) const noexcept {
    return static_cast<size_t>((dot.actor.value ^ (dot.counter.value << 17)) * 0x9E3779B97F4A7C15ull);
  }
};
