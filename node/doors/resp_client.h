#pragma once

#include <uv.h>

#include <string>

#include "protocol/commands/command.h"
#include "protocol/resp/resp_parser.h"
#include "storage/base/ids.h"

namespace tutti {

class RespDoor;

// The bytes of one client's connection: input that was not run yet, and replies that were not sent yet. Replies are
// written into output(); release() says how many of the bytes ever written may be sent. RespDoor decides when. Loop
// thread only; lives from its accept until its handle's close callback.
class RespClient {
 public:
  RespClient(uv_loop_t* loop, RespDoor& door, uint64_t id);
  RespClient(const RespClient&) = delete;
  RespClient& operator=(const RespClient&) = delete;

  // --- the connection ---
  bool accept(uv_stream_t* listener);
  void read_start();
  void read_stop();
  // Closes; the loop calls the door's on_closed() once. Bytes that were not released are never sent.
  void close();
  bool closed() const { return closed_; }

  // --- output ---
  std::string& output() { return output_; }
  // Bytes of replies ever written, and the number of them that may be sent.
  uint64_t written() const { return base_ + output_.size(); }
  uint64_t released() const { return released_; }
  void release(uint64_t upto) { released_ = upto; }
  // Forgets the bytes that were not released.
  void drop_unreleased() { output_.resize(released_ > base_ ? static_cast<size_t>(released_ - base_) : 0); }
  // Sends the released bytes, straight to the kernel if it takes them. Closes a broken connection.
  void flush();
  size_t output_bytes() const { return output_.size() + in_flight_.size(); }
  bool all_sent() const { return output_.empty() && in_flight_.empty(); }

  // --- the door's state of this client ---
  Client session;  // for the commands
  RespParser parser;
  std::string input;      // requests that are unfinished or not run yet
  uint64_t deferred = 0;  // the token of a deferred command: no other runs before its answer; 0: none
  unsigned fetches = 0;   // for the command at the beginning of `input`
  bool reading = false;
  bool stalled = false;  // too much output is waiting for it: neither read nor run
  bool yielded = false;  // has made its replies of this turn: neither read nor run before the next
  size_t counted = 0;    // output bytes that the door has counted
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
