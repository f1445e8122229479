#include "protocol/session/session.h"

#include <cstring>

#include "protocol/session/packet_type.h"
#include "storage/base/bytes.h"
#include "storage/base/check.h"

namespace tutti {

Session::Session(const TransportKeys& keys, uint32_t local_index, uint32_t remote_index, Instant born)
    : keys_(keys), local_index_(local_index), remote_index_(remote_index), born_(born) {}

Session::~Session() { secure_zero(&keys_, sizeof keys_); }

std::string Session::seal(ByteView message) {
  check(sent_ < kDeadAfterMessages, "a session used beyond its last message");
  std::string packet;
  packet.reserve(message.size() + kOverheadBytes);
  put_type(packet, PacketType::kData);
  put_u32(packet, remote_index_);
  put_u64(packet, sent_);
  packet.resize(message.size() + kOverheadBytes);
  aead_seal(keys_.send, sent_, ByteView(packet).substr(0, kHeaderBytes), message,
            packet.data() + kHeaderBytes);
  ++sent_;
  return packet;
}

std::optional<Session::Opened> Session::open(ByteView packet) {
  if (packet.size() < kOverheadBytes || !has_type(packet, PacketType::kData)) return std::nullopt;
  if (u32_at(packet, 4) != local_index_) return std::nullopt;
  uint64_t counter;
  std::memcpy(&counter, packet.data() + 8, 8);
  if (counter >= kDeadAfterMessages || !window_.is_fresh(counter)) return std::nullopt;
  Opened opened;
  opened.message.resize(packet.size() - kOverheadBytes);
  if (!aead_open(keys_.receive, counter, packet.substr(0, kHeaderBytes), packet.substr(kHeaderBytes),
                 opened.message.data())) {
    return std::nullopt;
  }
  opened.newest = window_.mark(counter);
  return opened;
}

}  // namespace tutti
