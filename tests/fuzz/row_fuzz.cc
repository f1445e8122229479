#include "storage/base/check.h"
#include "storage/model/row.h"

// Rows and payloads as they come from a disk or a transfer.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const tutti::ByteView bytes(reinterpret_cast<const char*>(data), size);
  if (const auto payload = tutti::decode_payload(bytes)) {
    tutti::check(tutti::encode_payload(*payload) == bytes, "payloads are canonical");
  }
  tutti::Lives row;
  if (tutti::decode_row(bytes, row)) {
    std::string again;
    tutti::encode_row(row, again);
    tutti::check(again == bytes, "rows are canonical");
  }
  return 0;
}
