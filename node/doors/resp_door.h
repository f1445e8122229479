#pragma once

#include <uv.h>

#include <deque>
#include <memory>
#include <unordered_map>
#include <vector>

#include "node/doors/door.h"
#include "node/doors/resp_client.h"
#include "node/io/tcp_listener.h"

namespace tutti {

// The door for Redis clients: RESP2 and RESP3 over TCP (RULES.md, "Doors").
//
// Commands run as their bytes are read. Their replies go into the client's buffer. end_turn() says which position of
// the log the turn's replies depend on. They are sent, one write for each client, when persisted() has reached that
// position (Durability::kAlways), or at once (kInterval). A client's replies stay in the order of its commands.
class RespDoor final : public Door {
 public:
  // Bytes of one client's unsent replies; above it no input of this client is read or run.
  static constexpr size_t kOutputBytesMax = 64u << 20;
  // Of all its clients together. Above it, a client with more than kOutputBytesShare is neither read nor run: one that
  // reads its replies is served, however many do not.
  static constexpr size_t kOutputBytesTotalMax = 256u << 20;
  static constexpr size_t kOutputBytesShare = 64u << 10;
  // Replies that one client's commands make in a turn; the others have their turns before it goes on.
  static constexpr size_t kOutputBytesPerTurn = 1u << 20;
  // The same of all clients that are resumed in a turn; the sockets are read before the rest go on.
  static constexpr size_t kOutputBytesPerTurnTotal = 8u << 20;
  // A command that misses in memory fetches at most this often, each time 16 times as much. Then it reads the disk on
  // the loop.
  static constexpr unsigned kFetchesMax = 4;
  // When a command must wait, the keys of this many commands after it are fetched too.
  static constexpr size_t kLookAhead = 64;
  // Bytes read from one client at once: bounds its share of a turn.
  static constexpr size_t kReadBytes = 64u << 10;

  // A client beyond the context's clients_max is told so and disconnected.
  explicit RespDoor(DoorContext& context);
  RespDoor(const RespDoor&) = delete;
  RespDoor& operator=(const RespDoor&) = delete;
  ~RespDoor() override;

  Result<> listen(const Address& address) override { return listener_.listen(address); }
  void answer(const Replica::Deferral& deferral) override;
  void fetched(uint64_t token) override;
  void resume() override;
  void end_turn(Position position, Position persisted) override;
  void persisted(Position position) override;
  // The clients of such replies get an error instead, and are disconnected: which of their commands it stands for is
  // not known.
  void drop_unpersisted(const Error& why) override;
  void stop_reading() override;
  void close() override;
  void metrics(const MetricSink& sink) const override;

  // --- from RespClient ---
  uv_buf_t read_buffer();
  void on_bytes(RespClient& client, ByteView bytes);
  void on_end(RespClient& client);  // it sends no more, and may still read
  void on_drained(RespClient& client);
  void on_closed(RespClient* client);

 private:
  struct Held {
    RespClient* client;  // null: closed meanwhile
    uint64_t upto;       // of its written()
  };
  // One turn's replies, waiting for the disk.
  struct HeldTurn {
    Position position;
    std::vector<Held> replies;
  };

  static void on_slowed(uv_timer_t* timer);
  void accept(uv_stream_t* listener);
  // The bytes it consumed.
  size_t run(RespClient& client, ByteView bytes);
  // Runs the request parsed last; `rest` follows it. False: it must run again later.
  bool run_one(RespClient& client, const Now& now, ByteView rest);
  static void look_ahead(const RespClient& client, ByteView bytes, std::vector<std::string>& targets);
  // The client of a deferred command that is over; null: it is gone.
  RespClient* take_deferred(uint64_t token);
  void touch(RespClient& client);
  void send(RespClient& client, uint64_t upto);
  void send_last_error(RespClient& client, const Error& why);
  void drop_input(RespClient& client, size_t consumed);
  size_t output_max() const {
    return output_bytes_ > kOutputBytesTotalMax ? kOutputBytesShare : kOutputBytesMax;
  }
  // Keeps output_bytes_ up to date: after each change of the client's output.
  void count_output(RespClient& client);
  // Near the memory bound of writes: stops reading this turn's clients for a while.
  void slow_down();

  DoorContext& context_;
  TcpListener listener_;
  UvHandle<uv_timer_t> slow_timer_;
  bool stopped_ = false;
  uint64_t accepted_ = 0, turned_away_ = 0;
  std::unordered_map<uint64_t, std::unique_ptr<RespClient>> clients_;  // by id
  std::unordered_map<uint64_t, uint64_t> deferred_;                    // token -> client id
  size_t output_bytes_ = 0;                                            // of all clients
  std::vector<RespClient*> touched_;
  std::vector<uint64_t> to_resume_;       // client ids
  std::vector<uint64_t> slowed_;          // client ids, until the timer fires
  std::deque<HeldTurn> held_;             // ascending positions
  std::vector<std::vector<Held>> spare_;  // emptied lists, for their room
  std::vector<char> read_buffer_;
};

}  // namespace tutti
