#include <deque>

#include "protocol/messages/message_codec.h"
#include "protocol/replica/replica.h"
#include "storage/model/operation_codec.h"
#include "storage/model/payload.h"
#include "storage/model/row_key.h"
#include "storage/store/memory_store.h"
#include "tests/fuzz/fuzz.h"
#include "tests/protocol/idle_transport.h"
#include "tests/protocol/session/memory_network.h"

// A member that has gone mad: authenticated, it sends a replica any message at any time, and operations that are
// well formed but of any dot, past and time. The replica neither stops nor breaks its data: it takes writes
// afterwards, and its disk opens again.
namespace {

using namespace tutti;

constexpr size_t kStepsMax = 64;

NodeId id_of(uint8_t number) {
  NodeId id;
  id.bytes[0] = number;
  return id;
}
MemberRecord record_of(uint8_t number) {
  MemberRecord record;
  record.id = id_of(number);
  record.address.port = number;
  return record;
}

class TrustsEverybody final : public MemberTrust {
 public:
  Result<> verify(const MemberRecord&, WallTime) const override { return {}; }
  std::string sign(ByteView) const override { return {}; }
};

// Takes whatever the replica says, and hands it what was put into `outputs`.
class Mouthpiece final : public IdleTransport {
 public:
  std::deque<Output> outputs;
  bool up = false;

  bool send_datagram(const Now&, const NodeId&, ByteView message) override {
    return message.size() <= kDatagramMessageBytesMax;
  }
  bool send_stream(const Now&, const NodeId&, ByteView) override { return up; }
  bool has_stream(const NodeId&) const override { return up; }
  std::optional<Output> poll_output() override {
    if (outputs.empty()) return {};
    Output next = std::move(outputs.front());
    outputs.pop_front();
    return next;
  }
};

// Few actors, counters and keys, so that they meet.
Operation any_operation(fuzz::Tape& tape) {
  const auto actor = [&] { return ActorId{100 + tape.number() % 3u}; };
  const auto counter = [&] { return Counter{1 + tape.number() % 4u}; };
  const Dot dot{actor(), counter()};
  auto past = std::make_shared<VersionVector>();
  for (uint8_t n = tape.number() % 3; n > 0; --n) past->raise({actor(), counter()});
  past->remove(dot.actor);
  const std::string key(1, static_cast<char>('a' + tape.number() % 3));
  Edit edit{Edit::Scope::kKey, key_prefix(key), value_payload("v"), {}};
  const uint8_t kind = tape.number() % 5;
  if (kind == 1) edit.payload.reset();
  if (kind == 2) edit = {Edit::Scope::kPrefix, escaped(key), {}, {}};
  if (kind == 3) {
    edit = {Edit::Scope::kRow, row_key(key, RowKind::kSetMember, "m"), member_payload(),
            std::vector<Dot>{{dot.actor, Counter{dot.counter.value - 1}}}};
    if (dot.counter.value == 1) edit.replaces->clear();
  }
  if (kind == 4) {
    const Payload one = next_increment({}, {}, {}, tape.number(), 0);
    edit = {Edit::Scope::kRow, row_key(key, RowKind::kRegister), encode_payload(one), std::vector<Dot>{}};
  }
  const Hlc hlc{(1'700'000'000'000ull + (uint64_t{tape.number()} << (tape.number() % 40))) << 16};
  return {dot, hlc, std::move(past), {std::move(edit)}};
}

std::string any_batch(fuzz::Tape& tape) {
  std::vector<Operation> operations;
  for (uint8_t n = 1 + tape.number() % 3; n > 0; --n) {
    operations.push_back(any_operation(tape));
    if (find_fault(operations.back())) operations.pop_back();
  }
  std::string batch;
  encode_operations({}, operations, batch);
  return batch;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  fuzz::Tape tape(data, size);
  const auto disk = std::make_shared<MemoryDisk>();
  MemoryStore store(disk);
  auto database = Database::open(store, HashKey{1}, {});
  check(database.has_value(), "an empty disk opens");
  Mouthpiece transport;
  const TrustsEverybody trust;
  test::SeededRandom random(1);
  ReplicaOptions options;
  options.self = record_of(1);
  options.seeds = make_member_list({record_of(2)});
  Replica replica(options, **database, transport, trust, random, {});
  Now now{Instant{std::chrono::seconds(1)}, WallTime(std::chrono::milliseconds(1'700'000'000'000))};
  check(replica.start(now).has_value(), "a replica starts");

  const auto turn = [&] {
    check(replica.end_turn(now).has_value(), "the disk is good");
    while (auto output = replica.poll_output()) {
      if (auto* sync = std::get_if<Replica::RunSync>(&*output)) {
        check(store.sync().has_value(), "the disk syncs");
        replica.persisted(now, sync->position);
      } else if (auto* merge = std::get_if<Replica::RunMerge>(&*output)) {
        auto outcome = merge->merge->run();
        check(outcome.has_value(), "a merge succeeds");
        replica.merge_finished(now, std::move(merge->merge), std::move(outcome));
      } else if (auto* job = std::get_if<Replica::RunJob>(&*output)) {
        check(job->job().has_value(), "a job succeeds");
      }
    }
  };
  const auto say = [&](Transport::Channel channel, std::string message) {
    transport.outputs.push_back(Transport::Received{id_of(2), channel, std::move(message)});
    replica.handle_datagram(now, {}, {});
  };
  const auto write = [&](ByteView key) {
    return replica.keys().write(now, {Edit{Edit::Scope::kKey, key_prefix(key), value_payload("mine"), {}}});
  };

  for (size_t step = 0; step < kStepsMax && !tape.done(); ++step) {
    const uint8_t how = tape.number();
    const auto channel = (how & 8) != 0 ? Transport::Channel::kStream : Transport::Channel::kDatagram;
    switch (how % 8) {
      case 0:
      case 1: say(channel, std::string(tape.bytes())); break;
      case 2: say(channel, encode_message(PushMessage{uint64_t{how} & 16, any_batch(tape)})); break;
      case 3: {
        const std::string batch = any_batch(tape);
        const auto status = static_cast<OperationsMessage::Status>(tape.number() % 4);
        say(channel, encode_message(OperationsMessage{tape.number(), status, 0, batch}));
        break;
      }
      case 4:
        transport.up = !transport.up;
        if (transport.up) {
          transport.outputs.push_back(Transport::StreamUp{id_of(2), {}});
        } else {
          transport.outputs.push_back(Transport::StreamDown{id_of(2)});
        }
        replica.handle_datagram(now, {}, {});
        break;
      case 5: {
        const auto pause = std::chrono::milliseconds(20) * tape.number();
        now.mono += pause;
        now.wall += pause;
        replica.handle_timeout(now);
        break;
      }
      case 6: (void)write(ByteView("abc").substr(tape.number() % 3, 1)); break;  // checked below
      case 7: replica.defer(now, FingerprintRequest{}, tape.number()); break;
    }
    turn();
  }

  check(write("a").has_value(), "a node takes writes whatever a member sent");
  turn();
  MemoryStore again(disk);
  check(Database::open(again, HashKey{1}, {}).has_value(), "its disk opens again");
  return 0;
}
