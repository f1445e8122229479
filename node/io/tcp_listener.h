#pragma once

#include <functional>
#include <utility>

#include "node/io/uv_handle.h"
#include "protocol/address.h"
#include "storage/base/result.h"

namespace tutti {

// A TCP port that accepts connections. Loop thread only.
class TcpListener {
 public:
  // `arrived`: a connection waits for uv_accept() on the handle given. It may close the listener.
  using Arrived = std::function<void(uv_stream_t* listener)>;
  TcpListener(uv_loop_t* loop, Arrived arrived) : loop_(loop), arrived_(std::move(arrived)) {}
  TcpListener(const TcpListener&) = delete;
  TcpListener& operator=(const TcpListener&) = delete;

  // kUnavailable: the port is in use, or may not be bound.
  Result<> listen(const Address& address);
  // Stops accepting. May be called several times.
  void close() { handle_.reset(); }

 private:
  uv_loop_t* loop_;
  Arrived arrived_;
  UvHandle<uv_tcp_t> handle_;  // null: does not listen
};

}  // namespace tutti
