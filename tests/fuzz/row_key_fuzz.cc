#include "storage/model/row_key.h"
#include "tests/fuzz/fuzz.h"

// Row keys, key prefixes and escaped keys: whatever is taken apart is put together to the same bytes.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace tutti;
  const ByteView bytes = fuzz::view(data, size);
  if (const auto parts = split_row_key(bytes)) {
    const auto key = unescape(parts->prefix);
    check(key.has_value(), "the prefix of a canonical row key is canonical");
    check(row_key(*key, parts->kind, parts->subkey) == bytes, "row keys are canonical");
    check(key_prefix_size(bytes) == parts->prefix.size(), "a row key begins with its key prefix");
  }
  check(key_prefix_size(bytes) <= size, "a prefix lies within its bytes");
  if (const auto key = unescape(bytes)) {
    check(escaped(*key) == bytes || key_prefix(*key) == bytes, "escaped keys are canonical");
  }
  const std::string end = prefix_end(bytes);
  check(end.empty() || ByteView(end) > bytes, "the end of a prefix lies behind it");
  return 0;
}
