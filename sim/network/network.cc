#include "sim/network/network.h"

#include <utility>

namespace tutti::sim {
namespace {

constexpr uint16_t kPort = 4400;

}  // namespace

Address Network::address_of(size_t node) {
  const size_t host = node + 1;
  Address address;
  address.ip = {0,
                0,
                0,
                0,
                0,
                0,
                0,
                0,
                0,
                0,
                0xFF,
                0xFF,
                10,
                static_cast<uint8_t>(host >> 16),
                static_cast<uint8_t>(host >> 8),
                static_cast<uint8_t>(host)};
  address.port = kPort;
  return address;
}

std::optional<size_t> Network::node_at(const Address& address) const {
  const size_t host =
      static_cast<size_t>(address.ip[13]) << 16 | static_cast<size_t>(address.ip[14]) << 8 | address.ip[15];
  if (host == 0 || host > endpoints_.size() || address != address_of(host - 1)) return std::nullopt;
  return host - 1;
}

void Network::send_datagram(size_t from, const Address& to, std::string bytes) {
  ++datagrams_;
  datagram_bytes_ += bytes.size();
  const auto target = node_at(to);
  if (!target) return;
  recorder_.sent(queue_.now(), from, *target, bytes.size());
  if (links_.duplicates(from, *target)) fly(from, *target, bytes);
  if (disturbances_.duplicates()) fly(from, *target, bytes);
  fly(from, *target, std::move(bytes));
}

void Network::fly(size_t from, size_t to, std::string bytes) {
  const auto leaving = disturbances_.leave(from, bytes.size(), true);
  const auto taken = links_.packet(from, to);
  if (!leaving || !taken) return recorder_.dropped(queue_.now(), from, to, links_.blocked(from, to));
  disturbances_.corrupt(bytes);
  queue_.after(*leaving + *taken + disturbances_.reordering(),
               [this, from, to, bytes = std::move(bytes)]() mutable { arrive(from, to, std::move(bytes)); });
}

void Network::arrive(size_t from, size_t to, std::string bytes) {
  if (disturbances_.clogged(from, to)) {
    disturbances_.hold(from, to, [this, from, to, bytes = std::move(bytes)]() mutable {
      arrive(from, to, std::move(bytes));
    });
  } else if (links_.blocked(from, to)) {
    recorder_.dropped(queue_.now(), from, to, true);
  } else if (endpoints_[to]->up()) {
    recorder_.received(queue_.now(), from, to, bytes.size());
    endpoints_[to]->datagram(address_of(from), bytes);
  }
}

}  // namespace tutti::sim
