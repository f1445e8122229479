#include "storage/base/check.h"
#include "storage/model/operation_codec.h"

// Whatever decodes has no fault, and encodes to something that decodes to as many operations with the same
// dots.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto operations = tutti::decode_operations({}, {reinterpret_cast<const char*>(data), size});
  if (!operations) return 0;
  for (const auto& op : *operations) tutti::check(!tutti::find_fault(op), "a decoded operation has no fault");
  std::string bytes;
  tutti::encode_operations({}, *operations, bytes);
  const auto again = tutti::decode_operations({}, bytes);
  tutti::check(again && again->size() == operations->size(), "a decoded batch survives its own encoding");
  for (size_t i = 0; i < again->size(); ++i) {
    tutti::check((*again)[i].dot == (*operations)[i].dot && (*again)[i].edits == (*operations)[i].edits &&
                     *(*again)[i].past == *(*operations)[i].past,
                 "operation by operation");
  }
  return 0;
}
