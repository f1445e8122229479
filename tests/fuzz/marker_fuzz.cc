#include "storage/base/bytes.h"
#include "storage/log/marker.h"
#include "storage/model/clock_codec.h"
#include "tests/fuzz/fuzz.h"

// What a node keeps about its log: markers, floors and the clocks in both.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace tutti;
  const ByteView bytes = fuzz::view(data, size);
  if (const auto marker = decode_marker(bytes))
    check(encode_marker(*marker) == bytes, "markers are canonical");
  if (const auto floor = decode_floor(bytes)) check(encode_floor(*floor) == bytes, "floors are canonical");
  ByteReader in(bytes);
  const VersionVector clock = get_clock(in);
  if (!in.done()) return 0;
  std::string again;
  put_clock(again, clock);
  check(again == bytes, "clocks are canonical");
  return 0;
}
