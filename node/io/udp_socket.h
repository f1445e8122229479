#pragma once

#include <memory>
#include <vector>

#include "node/io/uv_handle.h"
#include "protocol/address.h"
#include "storage/base/ids.h"
#include "storage/base/result.h"

namespace tutti {

// Receives the datagrams of a UdpSocket.
class DatagramSink {
 public:
  virtual ~DatagramSink() = default;
  virtual void on_datagram(const Address& from, ByteView bytes) = 0;  // valid during the call
};

// One UDP socket on the loop. Reads many datagrams in one system call (recvmmsg). Sends at once or drops the datagram:
// the protocol survives that, as it survives a loss in the network. Loop thread only.
class UdpSocket {
 public:
  UdpSocket(uv_loop_t* loop, DatagramSink& sink);
  UdpSocket(const UdpSocket&) = delete;
  UdpSocket& operator=(const UdpSocket&) = delete;

  Result<> bind(const Address& address);
  void send(const Address& to, ByteView bytes);
  // Stops receiving and sending. May be called several times.
  void close() { handle_.reset(); }

 private:
  static void on_alloc(uv_handle_t* handle, size_t suggested, uv_buf_t* out);
  static void on_receive(uv_udp_t* handle, ssize_t size, const uv_buf_t* bytes, const sockaddr* from,
                         unsigned flags);

  uv_loop_t* loop_;
  DatagramSink& sink_;
  UvHandle<uv_udp_t> handle_;  // null: closed
  bool v6_ = false;
  // libuv hands out one 64 KiB slice of it for each datagram of a batch.
  std::vector<char> buffer_;
};

}  // namespace tutti
