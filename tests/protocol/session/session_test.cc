#include "protocol/session/session.h"

#include <catch2/catch.hpp>

#include "protocol/session/frame_reader.h"
#include "protocol/session/stream_session.h"
#include "tests/protocol/session/memory_network.h"

using namespace tutti;

namespace {

TransportKeys keys_for(bool initiator) {
  Key32 a;
  Key32 b;
  a.fill(1);
  b.fill(2);
  return initiator ? TransportKeys{a, b} : TransportKeys{b, a};
}

struct SessionPair {
  Session one{keys_for(true), 10, 20, Instant{}};
  Session two{keys_for(false), 20, 10, Instant{}};
};

// Feeds bytes in pieces of at most `piece` and gives back the messages.
std::vector<std::string> open_all(StreamSession& session, ByteView bytes, size_t piece) {
  FrameReader reader;
  std::vector<std::string> messages;
  std::string message;
  while (!bytes.empty()) {
    const std::string part(bytes.substr(0, piece));
    bytes.remove_prefix(part.size());
    reader.push(part);
    while (const auto frame = reader.next(FrameReader::kFrameBytesMax)) {
      const auto opened = session.open(*frame, message);
      REQUIRE(opened != StreamSession::Opened::kBad);
      if (opened == StreamSession::Opened::kWhole) messages.push_back(std::exchange(message, {}));
    }
  }
  return messages;
}

}  // namespace

TEST_CASE("a datagram opens once, in any order, and not when changed", "[session]") {
  SessionPair pair;
  const std::string first = pair.one.seal("first");
  const std::string second = pair.one.seal("second");
  CHECK(first.size() == 5 + Session::kOverheadBytes);
  for (size_t i = 0; i < first.size(); ++i) {
    std::string changed = first;
    changed[i] = static_cast<char>(changed[i] ^ 1);
    CHECK_FALSE(pair.two.open(changed));
    CHECK_FALSE(pair.two.open(first.substr(0, i)));
  }
  auto opened = pair.two.open(second);
  REQUIRE(opened);
  CHECK(opened->message == "second");
  CHECK(opened->newest);
  opened = pair.two.open(first);
  REQUIRE(opened);
  CHECK(opened->message == "first");
  CHECK_FALSE(opened->newest);
  CHECK_FALSE(pair.two.open(first));
  CHECK_FALSE(pair.two.open(second));
  CHECK_FALSE(pair.one.open(second));
}

TEST_CASE("a session asks for a new handshake after an hour and ends after an hour and a half", "[session]") {
  const SessionPair pair;
  CHECK_FALSE(pair.one.rekey_due(Instant(std::chrono::minutes(59))));
  CHECK(pair.one.rekey_due(Instant(std::chrono::minutes(60))));
  CHECK_FALSE(pair.one.is_dead(Instant(std::chrono::minutes(89))));
  CHECK(pair.one.is_dead(Instant(std::chrono::minutes(90))));
}

TEST_CASE("stream messages of every size come out whole, however the bytes are cut", "[session]") {
  const size_t part = StreamSession::kPartBytesMax;
  for (const size_t piece : {size_t{1}, size_t{7}, size_t{1000}, size_t{70'000}, size_t{10'000'000}}) {
    StreamSession one(keys_for(true));
    StreamSession two(keys_for(false));
    std::vector<std::string> messages;
    std::string wire;
    for (const size_t size :
         {size_t{0}, size_t{1}, size_t{100}, part - 1, part, part + 1, 2 * part, size_t{300'000}}) {
      messages.emplace_back(size, static_cast<char>('a' + messages.size()));
      const size_t before = wire.size();
      one.seal(messages.back(), wire);
      CHECK(wire.size() - before == StreamSession::sealed_bytes(size));
    }
    CHECK(open_all(two, wire, piece) == messages);
  }
}

TEST_CASE("both ends of a stream change keys at the same frame", "[session]") {
  StreamSession one(keys_for(true), 3);
  StreamSession two(keys_for(false), 3);
  std::string wire;
  std::vector<std::string> messages;
  for (int i = 0; i < 20; ++i) {
    messages.push_back("message " + std::to_string(i));
    one.seal(messages.back(), wire);
  }
  CHECK(open_all(two, wire, 10) == messages);
  StreamSession never(keys_for(true));
  std::string other;
  for (const auto& message : messages) never.seal(message, other);
  CHECK(other.size() == wire.size());
  CHECK(other != wire);
}

TEST_CASE("a frame changed, repeated or left out is noticed", "[session]") {
  StreamSession one(keys_for(true));
  StreamSession two(keys_for(false));
  std::string first;
  std::string second;
  std::string message;
  one.seal("first", first);
  one.seal("second", second);
  const auto frame = [](const std::string& wire) { return ByteView(wire).substr(FrameReader::kLengthBytes); };
  CHECK(two.open(frame(second), message) == StreamSession::Opened::kBad);
  CHECK(two.open(frame(first), message) == StreamSession::Opened::kWhole);
  CHECK(two.open(frame(first), message) == StreamSession::Opened::kBad);
  second.back() = static_cast<char>(second.back() ^ 1);
  CHECK(two.open(frame(second), message) == StreamSession::Opened::kBad);
  CHECK(two.open("", message) == StreamSession::Opened::kBad);
  CHECK(message == "first");
}

TEST_CASE("a frame that announces too much ends the reading", "[session]") {
  FrameReader reader;
  reader.push(ByteView("\x00\x03....", 6));
  CHECK_FALSE(reader.next(512));
  CHECK(reader.is_oversized());
  reader.push("more");
  CHECK_FALSE(reader.next(FrameReader::kFrameBytesMax));
}
