#include "sim/checkers/deliveries.h"

#include "storage/crypto/hash.h"

namespace tutti::sim {
namespace {

std::string name_of(const NodeId& from, const NodeId& to, Deliveries::Channel channel, ByteView message) {
  std::string all;
  all.append(reinterpret_cast<const char*>(from.bytes.data()), from.bytes.size());
  all.append(reinterpret_cast<const char*>(to.bytes.data()), to.bytes.size());
  all.push_back(static_cast<char>(channel));
  all.append(message);
  const Hash128 hash = siphash128(HashKey{}, all);
  std::string name(reinterpret_cast<const char*>(&hash.high), sizeof hash.high);
  return name.append(reinterpret_cast<const char*>(&hash.low), sizeof hash.low);
}

}  // namespace

void Deliveries::sent(const NodeId& from, const NodeId& to, Channel channel, ByteView message) {
  ++under_way_[name_of(from, to, channel, message)];
}

std::string Deliveries::received(const NodeId& from, const NodeId& to, Channel channel, ByteView message) {
  const auto at = under_way_.find(name_of(from, to, channel, message));
  if (at == under_way_.end()) {
    return std::string("a ") + (channel == Channel::kDatagram ? "datagram" : "stream message") + " of " +
           std::to_string(message.size()) +
           " bytes is taken more often than its sender gave it to be sent: a repetition got through";
  }
  if (--at->second == 0) under_way_.erase(at);
  return {};
}

}  // namespace tutti::sim
