#include "node/io/udp_socket.h"

#include "node/io/socket_address.h"

namespace tutti {

namespace {

constexpr size_t kDatagramsPerRead = 20;  // libuv's own limit of one recvmmsg
constexpr size_t kSliceBytes = 64u << 10;
// Each way; beyond it datagrams are lost, and anti-entropy brings the rest.
constexpr int kKernelBufferBytes = 4 << 20;

}  // namespace

UdpSocket::UdpSocket(uv_loop_t* loop, DatagramSink& sink)
    : loop_(loop), sink_(sink), buffer_(kDatagramsPerRead * kSliceBytes) {}

Result<> UdpSocket::bind(const Address& address) {
  const sockaddr_storage at = system_address(address);
  v6_ = at.ss_family == AF_INET6;
  auto made = std::make_unique<uv_udp_t>();
  const unsigned flags = static_cast<unsigned>(at.ss_family) | UV_UDP_RECVMMSG;
  if (const int failed = uv_udp_init_ex(loop_, made.get(), flags)) {
    return error(ErrorCode::kUnavailable, std::string("no UDP socket: ") + uv_strerror(failed));
  }
  handle_.reset(made.release());
  handle_->data = this;
  if (const int failed = uv_udp_bind(handle_.get(), reinterpret_cast<const sockaddr*>(&at), 0)) {
    return error(ErrorCode::kUnavailable, "UDP " + to_string(address) + ": " + uv_strerror(failed));
  }
  int size = kKernelBufferBytes;  // the kernel takes what it allows
  uv_recv_buffer_size(reinterpret_cast<uv_handle_t*>(handle_.get()), &size);
  size = kKernelBufferBytes;
  uv_send_buffer_size(reinterpret_cast<uv_handle_t*>(handle_.get()), &size);
  if (const int failed = uv_udp_recv_start(handle_.get(), on_alloc, on_receive)) {
    return error(ErrorCode::kUnavailable, "UDP " + to_string(address) + ": " + uv_strerror(failed));
  }
  return {};
}

void UdpSocket::send(const Address& to, ByteView bytes) {
  if (!handle_) return;
  const sockaddr_storage at = v6_ ? system_address_v6(to) : system_address(to);
  const uv_buf_t buffer = uv_buf_init(const_cast<char*>(bytes.data()), static_cast<unsigned>(bytes.size()));
  uv_udp_try_send(handle_.get(), &buffer, 1, reinterpret_cast<const sockaddr*>(&at));
}

void UdpSocket::on_alloc(uv_handle_t* handle, size_t, uv_buf_t* out) {
  auto& buffer = static_cast<UdpSocket*>(handle->data)->buffer_;
  *out = uv_buf_init(buffer.data(), static_cast<unsigned>(buffer.size()));
}

void UdpSocket::on_receive(uv_udp_t* handle, ssize_t size, const uv_buf_t* bytes, const sockaddr* from,
                           unsigned flags) {
  // No sender: the end of a batch. An error is about an earlier send (port unreachable), and is ignored.
  if (size < 0 || from == nullptr || (flags & UV_UDP_PARTIAL) != 0) return;
  auto* self = static_cast<UdpSocket*>(handle->data);
  self->sink_.on_datagram(address_of(from), ByteView(bytes->base, static_cast<size_t>(size)));
}

}  // namespace tutti
