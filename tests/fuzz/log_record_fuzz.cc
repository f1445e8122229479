#include "storage/log/log_record.h"
#include "tests/fuzz/fuzz.h"

// A record of the log. Joins are canonical; a batch of operations may come with its actors in another order, and
// then means the same.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace tutti;
  const ByteView bytes = fuzz::view(data, size);
  const auto record = decode_log_record({}, bytes);
  if (!record) return 0;
  const auto* join = std::get_if<JoinRecord>(&*record);
  check(joined_clock(bytes).has_value() == (join != nullptr), "a record's first byte names its kind");
  if (join) {
    check(encode_log_record(*join) == bytes, "joins are canonical");
    return 0;
  }
  const std::string once = encode_log_record({}, std::get<std::vector<Operation>>(*record));
  const auto again = decode_log_record({}, once);
  check(again.has_value(), "an encoded batch decodes");
  check(encode_log_record({}, std::get<std::vector<Operation>>(*again)) == once,
        "and encodes to the same bytes");
  return 0;
}
