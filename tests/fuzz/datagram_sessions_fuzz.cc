#include "tests/fuzz/hostile.h"

// Two members talk over datagrams while somebody sends them hostile ones: noise, damaged and repeated packets, and
// what a third member could seal. Whatever it was, afterwards the two still hear each other.
namespace {

using namespace tutti;
using namespace tutti::test;

constexpr size_t kStepsMax = 32;

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  fuzz::Tape tape(data, size);
  const TestCluster cluster;
  MemoryNetwork network(1);
  auto& one = network.add(1, cluster.member(1));
  auto& two = network.add(2, cluster.member(2));
  const NodeKeys third = keys_of(3);
  const fuzz::Insider insider{third, cluster.public_key(), cluster.discovery_secret};
  network.introduce(one, two, false);
  network.introduce(two, one, false);
  // The third member: `one` calls it, and what answers is the fuzzer.
  one.transport->set_peer(network.now(), {third.id(), third.x25519_public, address_of(3), false});

  for (size_t step = 0; step < kStepsMax && !tape.done(); ++step) {
    const uint8_t what = tape.number() % 9;
    switch (what) {
      case 0:
        network.deliver_datagram(address_of(tape.number()), two.address, std::string(tape.bytes()));
        break;
      case 1: {
        std::string packet;
        put_u32(packet, tape.number());
        network.deliver_datagram(address_of(1), two.address, packet.append(tape.bytes()));
        break;
      }
      case 2:
        network.deliver_datagram(address_of(3), two.address,
                                 fuzz::datagram_message1(cluster.discovery_secret, tape.bytes()));
        break;
      case 3: {
        const uint8_t boot = tape.number();
        std::string noise;
        insider.begin(two.x25519, fuzz::payload1(cluster.certify(third), boot, tape.bytes()), noise);
        network.deliver_datagram(address_of(3), two.address,
                                 fuzz::datagram_message1(cluster.discovery_secret, noise));
        break;
      }
      case 4: {  // an earlier one again, perhaps damaged, perhaps cut
        if (network.datagrams_seen.empty()) break;
        const auto& [from, sent] = network.datagrams_seen[tape.number() % network.datagrams_seen.size()];
        std::string bytes = sent.bytes;
        const size_t at = tape.number() | size_t{tape.number()} << 8;
        if (!bytes.empty()) bytes[at % bytes.size()] ^= static_cast<char>(tape.number());
        bytes.resize(std::min<size_t>(bytes.size(), bytes.size() - tape.number() % (bytes.size() + 1)));
        const Address source = from, target = sent.to;  // the list grows
        network.deliver_datagram(source, target, bytes);
        break;
      }
      case 5:
        one.transport->send_datagram(network.now(), (tape.number() & 1) != 0 ? two.id : third.id(),
                                     tape.bytes());
        network.drain(one);
        break;
      case 6: network.run(std::chrono::milliseconds(10) * tape.number()); break;
      case 7:
      case 8: {  // answers the newest message 1 that `one` sent to the third
        const auto seen = std::find_if(network.datagrams_seen.rbegin(), network.datagrams_seen.rend(),
                                       [](const auto& d) { return d.second.to == address_of(3); });
        if (seen == network.datagrams_seen.rend() || seen->second.bytes.size() < 44) break;
        TransportKeys keys;
        const std::string noise = insider.answer(ByteView(seen->second.bytes).substr(40), tape.bytes(), keys);
        std::string packet;
        put_type(packet, what == 7 ? PacketType::kDatagramMessage2 : PacketType::kDatagramOutrun);
        packet += seen->second.bytes.substr(36, 4);
        if (what == 7) put_u32(packet, 0x66666666);
        network.deliver_datagram(address_of(3), one.address, packet + noise);
        break;
      }
    }
  }

  const size_t before = two.received.size();
  for (int i = 0; i < 150 && two.received.size() == before; ++i) {
    one.transport->send_datagram(network.now(), two.id, "hello");
    network.drain(one);
    network.run(std::chrono::milliseconds(100));
  }
  check(two.received.size() > before, "members hear each other whatever strangers sent");
  return 0;
}
