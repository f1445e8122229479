#include "protocol/messages/message_codec.h"
#include "storage/base/check.h"

// Messages, and lists of members alone: whatever decodes encodes to something that decodes to the same.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const tutti::ByteView given(reinterpret_cast<const char*>(data), size);
  if (const auto members = tutti::decode_members(given)) {
    const std::string bytes = tutti::encode_members(*members);
    const auto again = tutti::decode_members(bytes);
    tutti::check(again && tutti::encode_members(*again) == bytes, "and a list of members");
  }
  const auto message = tutti::decode_message(given);
  if (!message) return 0;
  const std::string bytes = tutti::encode_message(*message);
  const auto again = tutti::decode_message(bytes);
  tutti::check(again && tutti::encode_message(*again) == bytes,
               "a decoded message survives its own encoding");
  return 0;
}
