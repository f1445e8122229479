#pragma once

#include <uv.h>

#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "node/io/tcp_listener.h"
#include "protocol/address.h"
#include "protocol/node_id.h"
#include "storage/base/ids.h"
#include "storage/base/result.h"

namespace tutti {

// Receives the events of TcpStreams. Views are valid during the call; the call may call open, send and close.
class StreamSink {
 public:
  virtual ~StreamSink() = default;
  virtual void on_stream_opened(StreamId stream, const Address& peer) = 0;
  virtual void on_stream_bytes(StreamId stream, ByteView bytes) = 0;
  virtual void on_stream_closed(StreamId stream) = 0;  // by the peer, or an error; not after close()
  virtual void on_stream_drained(StreamId stream, size_t bytes) = 0;
};

// The TCP connections between members, dialled and accepted, on one port. flush() writes the bytes of one turn in one
// write, straight to the kernel if it takes them. Loop thread only.
class TcpStreams {
 public:
  // Of one stream, more than the largest message; beyond it the stream is closed.
  static constexpr size_t kPendingBytesMax = 1u << 30;
  // Sent and not acknowledged, or not taken by a peer that does not read: the stream is dead. What was sent on it is lost,
  // and pulled anew on the next one.
  static constexpr unsigned kUnackedMillisMax = 10'000;

  // Beyond `accepted_max` streams that others opened, further ones are closed at once.
  TcpStreams(uv_loop_t* loop, StreamSink& sink, size_t accepted_max);
  TcpStreams(const TcpStreams&) = delete;
  TcpStreams& operator=(const TcpStreams&) = delete;
  // REQUIRES close_all(), and that the loop ran until all closes were done.
  ~TcpStreams();

  Result<> listen(const Address& address) { return listener_.listen(address); }
  // Dials; on_stream_opened or on_stream_closed follows, the latter perhaps at once.
  void open(StreamId stream, const Address& to);
  void send(StreamId stream, std::string bytes);
  // Bytes sent before still go out; no callback follows.
  void close(StreamId stream);
  // Writes the bytes sent since the last flush.
  void flush();
  void close_all();

 private:
  struct Stream;
  struct Write;

  Stream& make(StreamId id);
  void accept(uv_stream_t* listener);
  void begin_reading(Stream& stream);
  void write_out(Stream& stream);
  bool hand_over(Stream& stream);  // gives the bytes left to libuv; false: the connection is broken
  void drop(Stream& stream);       // closes the handle and forgets it; no callback
  void fail(Stream& stream);       // drop(), then on_stream_closed
  void finish_closing(Stream& stream);
  static void on_connect(uv_connect_t* request, int failed);
  static void on_alloc(uv_handle_t* handle, size_t suggested, uv_buf_t* out);
  static void on_read(uv_stream_t* handle, ssize_t size, const uv_buf_t* bytes);
  static void on_written(uv_write_t* request, int failed);
  static void on_closed(uv_handle_t* handle);

  uv_loop_t* loop_;
  StreamSink& sink_;
  TcpListener listener_;
  uint64_t accepted_ids_ = 0;  // with the top bit set they are the StreamIds of accepted streams
  const size_t accepted_max_;
  size_t accepted_now_ = 0;
  std::unordered_map<StreamId, Stream*> streams_;  // freed in on_closed
  std::vector<StreamId> to_flush_;
  std::vector<char> read_buffer_;
};

}  // namespace tutti
