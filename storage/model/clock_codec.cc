#include "storage/model/clock_codec.h"

namespace tutti {

void put_clock(std::string& out, const VersionVector& clock) {
  put_varint(out, clock.size());
  for (const auto& e : clock.entries()) {
    put_u64(out, e.actor.value);
    put_varint(out, e.counter.value);
  }
}

VersionVector get_clock(ByteReader& in) {
  std::vector<VersionVector::Entry> entries(in.count(9));
  for (size_t i = 0; i < entries.size() && in.ok(); ++i) {
    entries[i] = {ActorId{in.u64()}, Counter{in.varint()}};
    if (entries[i].counter.value == 0 || (i > 0 && entries[i].actor <= entries[i - 1].actor)) in.fail();
  }
  return in.ok() ? VersionVector(entries) : VersionVector();
}

}  // namespace tutti
