#include "protocol/messages/message_codec.h"

#include <catch2/catch.hpp>
#include <random>

#include "storage/crypto/text_encoding.h"

using namespace tutti;

namespace {

MemberRecord some_record() {
  MemberRecord record;
  record.id.bytes.fill(7);
  record.x25519.fill(9);
  record.name = "paris";
  record.address = *parse_address("127.0.0.1:4400");
  record.incarnation = 12;
  record.certificate = "certificate";
  record.signature = "signature";
  return record;
}

VersionVector some_clock() {
  VersionVector clock;
  clock.raise({ActorId{5}, Counter{2}});
  clock.raise({ActorId{0xFFFFFFFFFFFFFFFF}, Counter{300}});
  return clock;
}

std::vector<Message> one_of_each() {
  return {ProbeMessage{3, true, {1, 2}, {3, 4}, {5, 6}, {7, 8}, 9},
          PushMessage{7, "batch"},
          ClockMessage{some_clock(), true},
          PullMessage{8, some_clock()},
          OperationsMessage{8, OperationsMessage::Status::kBelowFloor, 9, "more"},
          MembersMessage{{some_record(), some_record()}},
          FingerprintAskMessage{4},
          FingerprintTellMessage{4, {1, 1}, {2, 2}, 3, 4},
          TransferAskMessage{1},
          TransferPinnedMessage{1, true, some_clock(), 60'000},
          TransferPageAskMessage{1, std::string("a\0b", 3)},
          TransferPageMessage{1, {{"row", {1, 2}}}, "next"},
          TransferRowsAskMessage{1, {"row", "other"}},
          TransferRowsMessage{1, {{"row", "bytes"}}},
          TransferEndMessage{1},
          ClockBaseMessage{7, some_clock()}};
}

std::string bytes_of(ByteView hex) { return from_hex(hex).value(); }

}  // namespace

TEST_CASE("a probe tells of its node's health only where something is wrong") {
  const std::string well = encode_message(ProbeMessage{3, true, {1, 2}, {3, 4}, {5, 6}, {7, 8}, 9});
  const std::string ill =
      encode_message(ProbeMessage{3, true, {1, 2}, {3, 4}, {5, 6}, {7, 8}, 9, Health::State::kDiskFailed});
  REQUIRE(ill.size() == well.size() + 1);
  REQUIRE(well[0] == '\x98');
  REQUIRE(ill[0] == '\x99');
  REQUIRE(std::get<ProbeMessage>(decode_message(well).value()).health == Health::State::kWell);
  REQUIRE(std::get<ProbeMessage>(decode_message(ill).value()).health == Health::State::kDiskFailed);
  for (const char health : {'\x00', '\x03'}) {
    std::string wrong = ill;
    wrong.back() = health;
    REQUIRE_FALSE(decode_message(wrong));
  }
}

TEST_CASE("every kind of message comes back as it went") {
  const auto messages = one_of_each();
  REQUIRE(messages.size() == std::variant_size_v<Message>);
  for (size_t i = 0; i < messages.size(); ++i) {
    CAPTURE(i);
    REQUIRE(messages[i].index() == i);
    const std::string bytes = encode_message(messages[i]);
    const auto decoded = decode_message(bytes);
    REQUIRE(decoded);
    REQUIRE(decoded->index() == i);
    REQUIRE(encode_message(*decoded) == bytes);
  }
}

TEST_CASE("messages have the bytes that WIRE.md shows") {
  REQUIRE(encode_message(TransferAskMessage{1}) == bytes_of("920801"));
  VersionVector clock;
  clock.raise({ActorId{5}, Counter{2}});
  REQUIRE(encode_message(ClockMessage{clock, true}) == bytes_of("930293000502c3"));
  REQUIRE(encode_message(PushMessage{0, "abc"}) == bytes_of("930100c403616263"));
}

TEST_CASE("a message cut short, lengthened or of the wrong form is malformed") {
  for (const Message& message : one_of_each()) {
    const std::string bytes = encode_message(message);
    for (size_t size = 0; size < bytes.size(); ++size)
      REQUIRE_FALSE(decode_message(ByteView(bytes).substr(0, size)));
    REQUIRE_FALSE(decode_message(bytes + "x"));
  }
  REQUIRE_FALSE(decode_message(bytes_of("92ccff01")));  // an unknown type
  REQUIRE_FALSE(decode_message(bytes_of("80")));        // a map
}

TEST_CASE("nested counts beyond the bytes there are take no memory") {
  std::string bomb;
  for (int i = 0; i < 15; ++i) bomb += bytes_of("dd00ffffff");
  REQUIRE_FALSE(decode_message(bomb));
}

TEST_CASE("clocks with zeros or out of order are malformed") {
  REQUIRE_FALSE(decode_message(bytes_of("9302920500c3")));
  REQUIRE_FALSE(decode_message(bytes_of("93029405010401c3")));
}

TEST_CASE("damaged messages are refused or read, never worse") {
  std::mt19937_64 random(42);
  for (const Message& message : one_of_each()) {
    const std::string bytes = encode_message(message);
    for (int round = 0; round < 2000; ++round) {
      std::string damaged = bytes;
      for (uint64_t flips = 1 + random() % 3; flips > 0; --flips)
        damaged[random() % damaged.size()] = static_cast<char>(random());
      if (const auto decoded = decode_message(damaged))
        REQUIRE(decoded->index() < std::variant_size_v<Message>);
    }
  }
}
