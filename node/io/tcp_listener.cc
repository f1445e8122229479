#include "node/io/tcp_listener.h"

#include "node/io/socket_address.h"

namespace tutti {

namespace {

constexpr int kBacklog = 511;

}  // namespace

Result<> TcpListener::listen(const Address& address) {
  handle_.reset(new uv_tcp_t);
  uv_tcp_init(loop_, handle_.get());
  handle_->data = this;
  const sockaddr_storage at = system_address(address);
  int failed = uv_tcp_bind(handle_.get(), reinterpret_cast<const sockaddr*>(&at), 0);
  if (failed == 0) {
    failed = uv_listen(reinterpret_cast<uv_stream_t*>(handle_.get()), kBacklog,
                       [](uv_stream_t* listener, int status) {
                         if (status == 0) static_cast<TcpListener*>(listener->data)->arrived_(listener);
                       });
  }
  if (failed != 0)
    return error(ErrorCode::kUnavailable, "TCP " + to_string(address) + ": " + uv_strerror(failed));
  return {};
}

}  // namespace tutti
