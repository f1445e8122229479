#pragma once

#include <uv.h>

#include <string>

#include "protocol/commands/command.h"
#include "protocol/resp/resp_parser.h"
#include "storage/base/ids.h"

namespace tutti {

class RespDoor;

// The bytes of one client's connection: what came in and was not yet run, what is to go out and may or may
// not yet. Replies are written into output(); release() says how much of all ever written may go. RespDoor
// decides when. Loop thread only; lives from its accept until its handle's close callback.
class RespClient {
 public:
  RespClient(uv_loop_t* loop, RespDoor& door, uint64_t id);
  RespClient(const RespClient&) = delete;
  RespClient& operator=(const RespClient&) = delete;

  // --- the connection ---
  bool accept(uv_stream_t* listener);
  void read_start();
  void read_stop();
  // Closes; the door hears on_closed() from the loop, once. What was not released is never sent.
  void close();
  bool closed() const { return closed_; }

  // --- output ---
  std::string& output() { return output_; }
  // Replies ever written, and of these how many may go.
  uint64_t written() const { return base_ + output_.size(); }
  uint64_t released() const { return released_; }
  void release(uint64_t upto) { released_ = upto; }
  // Sends what is released, straight to the kernel where it takes it. Closes on a broken connection.
  void flush();
  size_t output_bytes() const { return output_.size() + in_flight_.size(); }
  bool all_sent() const { return output_.empty() && in_flight_.empty(); }

  // --- what the door keeps of it ---
  Client session;  // as commands see it
  RespParser parser;
  std::string input;      // begun and not finished, or not yet run
  uint64_t deferred = 0;  // a command of this token is out: nothing further runs before its answer
  unsigned fetches = 0;   // for the command at the beginning of `input`
  bool reading = false;
  bool stalled = false;  // too much output is waiting for it: neither read nor run
  bool touched = false;  // has replies of this turn
  bool ended = false;    // a protocol error or QUIT: closes once all is sent

 private:
  static void on_alloc(uv_handle_t* handle, size_t suggested, uv_buf_t* out);
  static void on_read(uv_stream_t* handle, ssize_t size, const uv_buf_t* bytes);
  static void on_written(uv_write_t* request, int failed);
  static void on_closed(uv_handle_t* handle);
  uv_stream_t* stream() { return reinterpret_cast<uv_stream_t*>(&handle_); }

  uv_tcp_t handle_{};
  uv_write_t write_{};
  RespDoor& door_;
  bool closed_ = false;
  // Replies ever written, of which the first base_ were taken away: [in_flight_ | output_].
  std::string output_;
  uint64_t base_ = 0;
  uint64_t released_ = 0;
  std::string in_flight_;  // given to uv_write; must not move until it is done
};

}  // namespace tutti
