#include "storage/log/marker.h"

#include "storage/base/bytes.h"
#include "storage/model/clock_codec.h"

namespace tutti {
namespace {

constexpr uint8_t kMarkerVersion = 1;

// Encodes a sample as its difference from the one before it.
void put_sample(std::string& out, const LogSample& sample, const LogSample& before) {
  put_varint(out, sample.position.value - before.position.value);
  put_varint(out, sample.log_bytes - before.log_bytes);
  std::vector<VersionVector::Entry> changed;
  VersionVector::differences(before.clock, sample.clock, [&](ActorId actor, Counter, Counter after) {
    changed.push_back({actor, after});
  });
  put_clock(out, VersionVector(changed));
}

LogSample get_sample(ByteReader& in, const LogSample& before) {
  LogSample sample;
  sample.position = Position{before.position.value + in.varint()};
  sample.log_bytes = before.log_bytes + in.varint();
  sample.clock = before.clock;
  const VersionVector changed = get_clock(in);
  for (const auto& e : changed.entries()) {
    if (before.clock.get(e.actor) >= e.counter) in.fail();
  }
  sample.clock.join(changed);
  if (sample.position <= before.position || sample.log_bytes < before.log_bytes) in.fail();
  return sample;
}

}  // namespace

std::string encode_marker(const Marker& marker) {
  std::string out;
  put_u8(out, kMarkerVersion);
  put_varint(out, marker.position.value);
  put_varint(out, marker.log_bytes);
  put_clock(out, marker.clock);
  put_clock(out, marker.joined);
  put_u64(out, marker.last_hlc.value);
  put_varint(out, marker.rows);
  put_varint(out, marker.keys);
  for (size_t i = 0; i < Fingerprints::kRanges; ++i) {
    put_u64(out, marker.fingerprints.range(i).low);
    put_u64(out, marker.fingerprints.range(i).high);
  }
  put_varint(out, marker.samples.size());
  LogSample before;
  for (const LogSample& sample : marker.samples) {
    put_sample(out, sample, before);
    before = sample;
  }
  return out;
}

Result<Marker> decode_marker(ByteView bytes) {
  ByteReader in(bytes);
  const uint8_t version = in.u8();
  if (version > kMarkerVersion)
    return error(ErrorCode::kUnsupported, "marker: written by a newer version of tutti");
  if (version < kMarkerVersion) in.fail();
  Marker marker;
  marker.position = Position{in.varint()};
  marker.log_bytes = in.varint();
  marker.clock = get_clock(in);
  marker.joined = get_clock(in);
  marker.last_hlc = Hlc{in.u64()};
  marker.rows = in.varint();
  marker.keys = in.varint();
  for (size_t i = 0; i < Fingerprints::kRanges; ++i) {
    marker.fingerprints.range(i).low = in.u64();
    marker.fingerprints.range(i).high = in.u64();
  }
  LogSample before;
  for (uint64_t left = in.count(3); left > 0 && in.ok(); --left) {
    marker.samples.push_back(get_sample(in, before));
    before = marker.samples.back();
  }
  if (before.position > marker.position || before.log_bytes > marker.log_bytes) in.fail();
  if (!in.done()) return error(ErrorCode::kCorrupt, "marker: its bytes are damaged");
  return marker;
}

std::string encode_floor(const LogSample& floor) {
  std::string out;
  put_varint(out, floor.position.value);
  put_varint(out, floor.log_bytes);
  put_clock(out, floor.clock);
  return out;
}

Result<LogSample> decode_floor(ByteView bytes) {
  ByteReader in(bytes);
  LogSample floor;
  floor.position = Position{in.varint()};
  floor.log_bytes = in.varint();
  floor.clock = get_clock(in);
  if (!in.done()) return error(ErrorCode::kCorrupt, "floor of the log: its bytes are damaged");
  return floor;
}

}  // namespace tutti
