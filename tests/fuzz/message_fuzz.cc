#include "protocol/messages/message_codec.h"
#include "storage/base/check.h"

// Whatever decodes must encode to something that decodes to the same.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto message = tutti::decode_message({reinterpret_cast<const char*>(data), size});
  if (!message) return 0;
  const std::string bytes = tutti::encode_message(*message);
  const auto again = tutti::decode_message(bytes);
  tutti::check(again && tutti::encode_message(*again) == bytes,
               "a decoded message survives its own encoding");
  return 0;
}
