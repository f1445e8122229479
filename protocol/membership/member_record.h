#pragma once

#include <string>

#include "protocol/address.h"
#include "protocol/node_id.h"
#include "storage/base/result.h"
#include "storage/base/time.h"

namespace tutti {

// What a member says of itself. Gossip spreads it; the newest incarnation replaces older ones.
struct MemberRecord {
  NodeId id;
  std::array<uint8_t, 32> x25519{};  // its public key for handshakes
  std::string name;                  // for people; need not be unique
  Address address;                   // where it listens, UDP and TCP
  uint64_t incarnation = 0;          // wall milliseconds at its start
  std::string certificate;           // certificate.h; opaque here
  std::string signature;             // of signed_bytes() by the subject's Ed25519 key

  bool operator==(const MemberRecord&) const = default;
};

// Whether `record` replaces `known`, a record of the same member. Two processes of one identity may have the same
// incarnation; then the address decides, so that all nodes agree.
inline bool replaces(const MemberRecord& record, const MemberRecord& known) {
  if (record.incarnation != known.incarnation) return record.incarnation > known.incarnation;
  return record.address > known.address;
}

// The bytes that the signature covers: every field before it.
std::string signed_bytes(const MemberRecord& record);

// Decides who is a member. The daemon checks certificates and signatures; a simulator may trust everybody.
class MemberTrust {
 public:
  virtual ~MemberTrust() = default;
  virtual Result<> verify(const MemberRecord& record, WallTime now) const = 0;
  virtual std::string sign(ByteView bytes) const = 0;  // as this node
};

}  // namespace tutti
