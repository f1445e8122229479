#include "protocol/identity/join_token.h"
#include "storage/crypto/hash.h"
#include "storage/crypto/text_encoding.h"
#include "tests/fuzz/fuzz.h"

// Join tokens: once as text that somebody typed, once as bytes behind a checksum that fits (WIRE.md, "Tokens").
namespace {

void parse(const std::string& text) {
  const auto token = tutti::parse_join_token(text);
  if (!token) return;
  const std::string again = tutti::to_text(*token);
  tutti::check(text.find(again) != std::string::npos, "a token has one text, but for white space around it");
  (void)token->check_expiry(tutti::WallTime{});  // that it does not crash
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace tutti;
  std::string bytes(fuzz::view(data, size));
  parse(bytes);
  const auto sum = blake2b_256(bytes, "tutti token checksum");
  bytes.append(reinterpret_cast<const char*>(sum.data()), 4);
  parse("tutti1-" + to_base64url(bytes));
  return 0;
}
