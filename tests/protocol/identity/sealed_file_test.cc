#include "protocol/identity/sealed_file.h"

#include <catch2/catch.hpp>

using namespace tutti;

TEST_CASE("sealed files: every damaged byte behind the first line is noticed") {
  const std::string magic = "tutti-thing-1\n";
  const std::string bytes("some\0bytes", 10);
  const std::string file = seal(magic, bytes);
  CHECK(unseal(magic, file).value() == bytes);
  CHECK(unseal(magic, seal(magic, "")).value().empty());
  for (size_t at = magic.size(); at < file.size(); ++at) {
    std::string damaged = file;
    damaged[at] = static_cast<char>(damaged[at] ^ 1);
    CHECK(unseal(magic, damaged).error().code == ErrorCode::kCorrupt);
  }
  for (size_t size = magic.size(); size < file.size(); ++size)
    CHECK_FALSE(unseal(magic, file.substr(0, size)));
}

TEST_CASE("sealed files: a file from before there were checksums is read as it is") {
  CHECK(unseal("tutti-thing-1\n", "its bytes").value() == "its bytes");
}
