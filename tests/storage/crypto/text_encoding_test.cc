#include "storage/crypto/text_encoding.h"

#include <catch2/catch.hpp>

using namespace tutti;

TEST_CASE("hex has two lower-case digits a byte", "[crypto]") {
  CHECK(to_hex(std::string_view("\x00\x7f\xff\x0a", 4)) == "007fff0a");
  CHECK(to_hex(std::string_view()).empty());
  CHECK(to_hex(uint64_t{0x0102030405060708}) == "0102030405060708");
  CHECK(to_hex(Hash128{.low = 0xAB, .high = 1}) == "000000000000000100000000000000ab");
}

TEST_CASE("hex is read back in its one form alone", "[crypto]") {
  CHECK(from_hex("007fff0a") == std::string("\x00\x7f\xff\x0a", 4));
  CHECK(from_hex("") == "");
  for (const char* wrong : {"0", "007", "0G", "FF", "0 0", "00:00", " 00", "00 "}) {
    CAPTURE(wrong);
    CHECK_FALSE(from_hex(wrong));
  }
}

TEST_CASE("base64url agrees with RFC 4648, section 10, without its padding", "[crypto]") {
  const std::pair<const char*, const char*> vectors[] = {
      {"", ""},           {"f", "Zg"},          {"fo", "Zm8"},          {"foo", "Zm9v"},
      {"foob", "Zm9vYg"}, {"fooba", "Zm9vYmE"}, {"foobar", "Zm9vYmFy"}, {"\xfb\xff", "-_8"}};
  for (const auto& [bytes, text] : vectors) {
    CHECK(to_base64url(bytes) == text);
    CHECK(from_base64url(text) == bytes);
  }
}

TEST_CASE("base64url is read back in its one form alone", "[crypto]") {
  // Padding, the other alphabet, white space, bits behind the last byte, a lone digit, bytes that are no ASCII.
  for (const char* wrong : {"Zg==", "Zm8=", "+/8", "Zm 9v", "Zm9v\n", "Zh", "Zm9", "Z", "Zm9vY", "\xff\xff",
                            "\xff\xff\xff\xff", "Zm\xd6v"}) {
    CAPTURE(wrong);
    CHECK_FALSE(from_base64url(wrong));
  }
}
