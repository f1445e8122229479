#include "sim/kernel/seeded_random.h"

#include <bit>
#include <cmath>
#include <cstring>

namespace tutti::sim {
namespace {

uint64_t splitmix64(uint64_t& state) {
  uint64_t z = state += 0x9E3779B97F4A7C15ull;
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ull;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBull;
  return z ^ (z >> 31);
}

}  // namespace

SeededRandom::SeededRandom(uint64_t seed, std::string_view purpose, uint64_t index) {
  uint64_t mix = seed;
  for (const char c : purpose) mix = splitmix64(mix) ^ static_cast<uint8_t>(c);
  mix = splitmix64(mix) ^ index;
  for (uint64_t& word : state_) word = splitmix64(mix);
}

uint64_t SeededRandom::next() {
  auto& s = state_;
  const uint64_t result = std::rotl(s[1] * 5, 7) * 9;
  const uint64_t t = s[1] << 17;
  s[2] ^= s[0];
  s[3] ^= s[1];
  s[1] ^= s[2];
  s[0] ^= s[3];
  s[2] ^= t;
  s[3] = std::rotl(s[3], 45);
  return result;
}

void SeededRandom::fill(std::span<uint8_t> out) {
  while (!out.empty()) {
    const uint64_t word = next();
    const size_t n = out.size() < sizeof word ? out.size() : sizeof word;
    std::memcpy(out.data(), &word, n);
    out = out.subspan(n);
  }
}

Duration SeededRandom::between(Duration low, Duration high) {
  return low + Duration(static_cast<int64_t>(unit() * static_cast<double>((high - low).count())));
}

double SeededRandom::log_between(double low, double high) { return low * std::pow(high / low, unit()); }

Duration SeededRandom::exponential(Duration mean) {
  return Duration(static_cast<int64_t>(-std::log1p(-unit()) * static_cast<double>(mean.count())));
}

}  // namespace tutti::sim
