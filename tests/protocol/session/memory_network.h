#pragma once

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "protocol/session/admission.h"
#include "protocol/session/noise_transport.h"
#include "storage/crypto/ed25519.h"

namespace tutti::test {

// Randomness that repeats: splitmix64 from a seed.
class SeededRandom final : public Random {
 public:
  explicit SeededRandom(uint64_t seed) : state_(seed) {}
  void fill(std::span<uint8_t> out) override {
    for (uint8_t& byte : out) {
      uint64_t z = state_ += 0x9E3779B97F4A7C15ull;
      z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ull;
      z = (z ^ (z >> 27)) * 0x94D049BB133111EBull;
      byte = static_cast<uint8_t>(z >> 32);
    }
  }

 private:
  uint64_t state_;
};

inline NodeKeys keys_of(uint64_t seed) {
  SeededRandom random(seed);
  std::array<uint8_t, 64> bytes;
  random.fill(bytes);
  return NodeKeys::from_random(bytes);
}

inline Address address_of(uint8_t host) {
  return parse_address("10.0.0." + std::to_string(host) + ":4400").value();
}

// The wall clock begins here; certificates of test clusters hold for a year.
constexpr uint64_t kWallStartMs = 1'700'000'000'000;
constexpr uint64_t kYearMs = 365ull * 24 * 3600 * 1000;

// One cluster's secrets, and members of it.
struct TestCluster {
  Key32 seed{};
  Key32 discovery_secret{};

  explicit TestCluster(uint8_t number = 1) {
    seed.fill(number);
    discovery_secret.fill(static_cast<uint8_t>(number + 100));
  }
  Key32 public_key() const { return ed25519_public_of(seed); }
  Certificate certify(const NodeKeys& keys, uint64_t expires_ms = kWallStartMs + kYearMs,
                      Roles roles = static_cast<Roles>(Role::kReplica)) const {
    return issue_certificate(seed, {keys.x25519_public, keys.ed25519_public, roles, expires_ms, 1});
  }
  NoiseOptions member(uint64_t number, uint64_t boot = 1) const {
    const NodeKeys keys = keys_of(number);
    return {keys, certify(keys), public_key(), discovery_secret, boot};
  }
};

// A network on virtual time. Datagrams: each is lost, doubled or delayed on its own, as set below. Streams: in order,
// whole, equally slow in both directions; both ends learn of a close. Never: changed bytes.
class MemoryNetwork {
 public:
  struct Host {
    Address address;
    std::unique_ptr<SeededRandom> random;
    std::unique_ptr<NoiseTransport> transport;
    NodeId id;
    Key32 x25519;
    std::vector<Transport::Received> received;
    std::vector<NodeId> ups;
    std::vector<NodeId> downs;
    std::vector<Transport::JoinRequested> joins;
    std::vector<NodeId> outruns;
    std::vector<Transport::Greeted> greeted;
    uint64_t dials = 0;
  };

  unsigned loss_percent = 0;
  unsigned double_percent = 0;
  Duration delay_min = std::chrono::milliseconds(1);
  Duration delay_max = std::chrono::milliseconds(1);
  // Every datagram on its way: for tests that replay one.
  std::vector<std::pair<Address, Transport::SendDatagram>> datagrams_seen;

  explicit MemoryNetwork(uint64_t seed) : random_(seed) {
    now_.wall = WallTime(std::chrono::milliseconds(kWallStartMs));
  }

  const Now& now() const { return now_; }
  Host& add(uint8_t number, const NoiseOptions& options) {
    auto& host = hosts_[address_of(number)];
    host = std::make_unique<Host>();
    host->address = address_of(number);
    host->random = std::make_unique<SeededRandom>(1000 + number + 7919 * options.boot_counter);
    host->transport = std::make_unique<NoiseTransport>(options, *host->random);
    host->id = options.keys.id();
    host->x25519 = options.keys.x25519_public;
    return *host;
  }
  // A process ends: its connections break, its datagrams go nowhere.
  void remove(uint8_t number) {
    const Address address = address_of(number);
    std::vector<End> ends;
    for (const auto& [end, other] : pipes_) {
      if (end.first == address) ends.push_back(end);
    }
    for (const End& end : ends) break_pipe(end);
    hosts_.erase(address);
  }
  void introduce(Host& a, Host& b, bool keep_stream = true) {
    a.transport->set_peer(now_, {b.id, b.x25519, b.address, keep_stream});
    drain(a);
  }
  void introduce_both(Host& a, Host& b) {
    introduce(a, b);
    introduce(b, a);
  }
  // Breaks every connection of a host, on both sides.
  void break_streams(const Host& host) {
    std::vector<End> ends;
    for (const auto& [end, other] : pipes_) {
      if (end.first == host.address) ends.push_back(end);
    }
    for (const End& end : ends) break_pipe(end, true);
  }
  size_t connections() const { return pipes_.size() / 2; }

  // Carries out the outputs of a host's transport; call it after every call to the transport.
  void drain(Host& host) {
    while (auto output = host.transport->poll_output()) {
      std::visit([&](auto& what) { carry_out(host, what); }, *output);
    }
  }

  // True as soon as the condition holds; false: it did not within `limit` of virtual time.
  bool run_until(const std::function<bool()>& condition, Duration limit) {
    const Instant end = now_.mono + limit;
    while (!condition()) {
      if (!step(end)) return condition();
    }
    return true;
  }
  void run(Duration limit) {
    run_until([] { return false; }, limit);
  }
  void at(Duration after, std::function<void()> what) { events_.emplace(now_.mono + after, std::move(what)); }
  void advance_to(Instant at) {
    now_.wall += std::chrono::duration_cast<std::chrono::milliseconds>(at - start_) -
                 std::chrono::duration_cast<std::chrono::milliseconds>(now_.mono - start_);
    now_.mono = at;
  }
  void deliver_datagram(const Address& from, const Address& to, const std::string& bytes) {
    const auto it = hosts_.find(to);
    if (it == hosts_.end()) return;
    it->second->transport->handle_datagram(now_, from, bytes);
    drain(*it->second);
  }

  // A stranger's raw connection to a host; the host's bytes are appended to `heard`.
  struct Stranger {
    StreamId stream;
    std::string heard;
    bool closed = false;
  };
  std::shared_ptr<Stranger> connect_stranger(Host& host) {
    auto stranger = std::make_shared<Stranger>();
    stranger->stream = StreamId{kIncoming | ++incoming_};
    strangers_[{host.address, stranger->stream}] = stranger;
    host.transport->handle_stream_opened(now_, stranger->stream, address_of(250));
    drain(host);
    return stranger;
  }
  void say(Host& host, const Stranger& stranger, const std::string& bytes) {
    host.transport->handle_stream(now_, stranger.stream, bytes);
    drain(host);
  }

 private:
  using End = std::pair<Address, StreamId>;
  static constexpr uint64_t kIncoming = uint64_t{1} << 63;

  bool step(Instant end) {
    std::optional<Instant> next;
    if (!events_.empty()) next = events_.begin()->first;
    for (const auto& [address, host] : hosts_) {
      const auto deadline = host->transport->next_deadline();
      if (deadline && (!next || *deadline < *next)) next = deadline;
    }
    if (!next || *next > end) {
      advance_to(end);
      return false;
    }
    advance_to(std::max(*next, now_.mono));
    while (!events_.empty() && events_.begin()->first <= now_.mono) {
      auto what = std::move(events_.begin()->second);
      events_.erase(events_.begin());
      what();
    }
    for (auto& [address, host] : hosts_) {
      const auto deadline = host->transport->next_deadline();
      if (!deadline || *deadline > now_.mono) continue;
      host->transport->handle_timeout(now_);
      drain(*host);
    }
    return true;
  }

  void carry_out(Host& host, Transport::SendDatagram& send) {
    datagrams_seen.emplace_back(host.address, send);
    const int copies = random_.below(100) < double_percent ? 2 : 1;
    for (int i = 0; i < copies; ++i) {
      if (random_.below(100) < loss_percent) continue;
      const auto spread = static_cast<uint64_t>((delay_max - delay_min).count());
      const Duration delay = delay_min + Duration(random_.below(spread + 1));
      at(delay, [this, from = host.address, send] { deliver_datagram(from, send.to, send.bytes); });
    }
  }
  void carry_out(Host& host, Transport::OpenStream& open) {
    ++host.dials;
    const End dialler(host.address, open.stream);
    at(delay_min, [this, dialler, to = open.to] {
      const auto from = hosts_.find(dialler.first);
      if (from == hosts_.end() || closed_unopened_.erase(dialler) != 0) return;
      const auto target = hosts_.find(to);
      if (target == hosts_.end()) {
        from->second->transport->handle_stream_closed(now_, dialler.second);
        return drain(*from->second);
      }
      const End accepted(to, StreamId{kIncoming | ++incoming_});
      pipes_[dialler] = accepted;
      pipes_[accepted] = dialler;
      target->second->transport->handle_stream_opened(now_, accepted.second, dialler.first);
      drain(*target->second);
      from->second->transport->handle_stream_opened(now_, dialler.second, to);
      drain(*from->second);
    });
  }
  void carry_out(Host& host, Transport::SendStream& send) {
    const End end(host.address, send.stream);
    if (const auto it = strangers_.find(end); it != strangers_.end()) {
      it->second->heard += send.bytes;
      host.transport->handle_stream_drained(now_, send.stream, send.bytes.size());
      return;
    }
    at(delay_min, [this, end, bytes = std::move(send.bytes)] {
      const auto sender = hosts_.find(end.first);
      if (sender != hosts_.end()) {
        sender->second->transport->handle_stream_drained(now_, end.second, bytes.size());
        drain(*sender->second);
      }
      const auto pipe = pipes_.find(end);
      if (pipe == pipes_.end()) return;
      const End to = pipe->second;
      Host& receiver = *hosts_.at(to.first);
      // In pieces, as the kernel hands them out.
      for (size_t from = 0; from < bytes.size();) {
        const size_t size = std::min<size_t>(bytes.size() - from, 1 + random_.below(100'000));
        receiver.transport->handle_stream(now_, to.second, ByteView(bytes).substr(from, size));
        from += size;
      }
      drain(receiver);
    });
  }
  void carry_out(Host& host, Transport::CloseStream& close) {
    const End end(host.address, close.stream);
    if (const auto it = strangers_.find(end); it != strangers_.end()) it->second->closed = true;
    const bool ours = (close.stream.value & kIncoming) == 0;
    if (ours && !pipes_.contains(end)) closed_unopened_.insert(end);
    at(delay_min, [this, end] { break_pipe(end); });
  }
  void carry_out(Host& host, Transport::Received& received) { host.received.push_back(std::move(received)); }
  void carry_out(Host& host, Transport::StreamUp& up) { host.ups.push_back(up.peer); }
  void carry_out(Host& host, Transport::StreamDown& down) { host.downs.push_back(down.peer); }
  void carry_out(Host& host, Transport::Greeted& greeted) { host.greeted.push_back(greeted); }
  void carry_out(Host& host, Transport::JoinRequested& join) { host.joins.push_back(std::move(join)); }
  void carry_out(Host& host, const Transport::Outrun& outrun) { host.outruns.push_back(outrun.by); }

  void tell_closed(const End& end) {
    const auto host = hosts_.find(end.first);
    if (host == hosts_.end()) return;
    host->second->transport->handle_stream_closed(now_, end.second);
    drain(*host->second);
  }
  // The end's other side is told; with `both`, the end itself too.
  void break_pipe(const End& end, bool both = false) {
    const auto it = pipes_.find(end);
    if (it == pipes_.end()) return;
    const End other = it->second;
    pipes_.erase(it);
    pipes_.erase(other);
    tell_closed(other);
    if (both) tell_closed(end);
  }

  Now now_;
  Instant start_{};
  SeededRandom random_;
  std::map<Address, std::unique_ptr<Host>> hosts_;
  std::multimap<Instant, std::function<void()>> events_;
  std::map<End, End> pipes_;
  std::set<End> closed_unopened_;
  std::map<End, std::shared_ptr<Stranger>> strangers_;
  uint64_t incoming_ = 0;
};

}  // namespace tutti::test
