#include "storage/store/checksum.h"

#include <catch2/catch.hpp>
#include <string>

namespace tutti {
namespace {

TEST_CASE("a checksum tells every single altered bit and every shorter length") {
  std::string bytes;
  for (size_t size = 0; size <= 40; ++size) {
    const uint32_t sum = checksum(bytes);
    for (size_t bit = 0; bit < size * 8; ++bit) {
      std::string other = bytes;
      other[bit / 8] = static_cast<char>(other[bit / 8] ^ 1 << bit % 8);
      REQUIRE(checksum(other) != sum);
    }
    for (size_t shorter = 0; shorter < size; ++shorter)
      REQUIRE(checksum(ByteView(bytes).substr(0, shorter)) != sum);
    bytes.push_back(static_cast<char>(size % 3));
  }
}

}  // namespace
}  // namespace tutti
