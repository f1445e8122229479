#include "protocol/identity/certificate.h"
#include "protocol/identity/identity.h"
#include "protocol/session/admission.h"
#include "storage/crypto/text_encoding.h"
#include "tests/fuzz/fuzz.h"

// Who somebody is: certificates, secret files, what joiners ask and are answered. Signatures are not forged here,
// so a request gets as far as its signature.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace tutti;
  const ByteView bytes = fuzz::view(data, size);
  if (const auto certificate = decode_certificate(bytes)) {
    check(encode_certificate(*certificate) == bytes, "certificates are canonical");
    check(!certificate->verify(Key32{}, WallTime{}), "nobody signs with the key of zeros");
    (void)roles_text(certificate->subject.roles);
  }
  if (const auto keys = decode_node_keys(bytes)) check(encode_node_keys(*keys) == bytes, "and secret files");
  (void)decode_join_request(bytes);  // that it does not crash
  if (const auto answer = decode_join_answer(bytes)) {
    // A refusal is cut to what an answer may hold.
    const auto again = decode_join_answer(encode_join_answer(*answer));
    check(again && (again->refusal == answer->refusal || again->refusal.size() < answer->refusal.size()),
          "a join answer survives its own encoding");
    check(!answer->refusal.empty() || encode_join_answer(*answer) == bytes,
          "and one that lets in is canonical");
  }
  if (const auto raw = from_base64url(bytes))
    check(to_base64url(*raw) == bytes, "one text for the same bytes");
  return 0;
}
