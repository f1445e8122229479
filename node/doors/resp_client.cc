#include "node/doors/resp_client.h"

#include <algorithm>

#include "node/doors/resp_door.h"

namespace tutti {

namespace {

// The memory of a large reply is freed.
constexpr size_t kOutputKept = 256u << 10;

}  // namespace

RespClient::RespClient(uv_loop_t* loop, RespDoor& door, uint64_t id) : door_(door) {
  session.id = id;
  uv_tcp_init(loop, &handle_);
  handle_.data = this;
  write_.data = this;
}

bool RespClient::accept(uv_stream_t* listener) {
  if (uv_accept(listener, stream()) != 0) return false;
  uv_tcp_nodelay(&handle_, 1);
  return true;
}

void RespClient::read_start() {
  if (reading || closed_) return;
  reading = true;
  uv_read_start(stream(), on_alloc, on_read);
}

void RespClient::read_stop() {
  if (!reading) return;
  reading = false;
  uv_read_stop(stream());
}

void RespClient::close() {
  if (closed_) return;
  closed_ = true;
  reading = false;
  uv_close(reinterpret_cast<uv_handle_t*>(&handle_), on_closed);
}

void RespClient::flush() {
  if (closed_ || !in_flight_.empty() || released_ <= base_) return;
  auto ready = static_cast<size_t>(released_ - base_);
  const uv_buf_t bytes =
      uv_buf_init(output_.data(), static_cast<unsigned>(std::min<size_t>(ready, 1u << 30)));
  const int sent = uv_try_write(stream(), &bytes, 1);
  if (sent < 0 && sent != UV_EAGAIN) return close();
  const size_t done = sent < 0 ? 0 : static_cast<size_t>(sent);
  base_ += done;
  if (done == output_.size()) {
    output_.capacity() > kOutputKept ? output_ = {} : output_.erase();
    return;
  }
  output_.erase(0, done);
  ready -= done;
  if (ready == 0) return;
  // The kernel is full. Released bytes move out of `output_`, which still grows, so that uv_write's bytes do not move.
  if (ready == output_.size()) {
    in_flight_.swap(output_);
  } else {
    in_flight_.assign(output_, 0, ready);
    output_.erase(0, ready);
  }
  base_ += ready;
  const uv_buf_t rest = uv_buf_init(in_flight_.data(), static_cast<unsigned>(in_flight_.size()));
  if (uv_write(&write_, stream(), &rest, 1, on_written) != 0) close();
}

void RespClient::on_alloc(uv_handle_t* handle, size_t, uv_buf_t* out) {
  *out = static_cast<RespClient*>(handle->data)->door_.read_buffer();
}

void RespClient::on_read(uv_stream_t* handle, ssize_t size, const uv_buf_t* bytes) {
  auto& self = *static_cast<RespClient*>(handle->data);
  if (size == UV_EOF) return self.door_.on_end(self);
  if (size < 0) return self.close();
  if (size > 0) self.door_.on_bytes(self, ByteView(bytes->base, static_cast<size_t>(size)));
}

void RespClient::on_written(uv_write_t* request, int failed) {
  auto& self = *static_cast<RespClient*>(request->data);
  self.in_flight_ = {};
  if (self.closed_) return;
  if (failed != 0) return self.close();
  self.flush();
  self.door_.on_drained(self);
}

void RespClient::on_closed(uv_handle_t* handle) {
  auto* self = static_cast<RespClient*>(handle->data);
  self->door_.on_closed(self);
}

}  // namespace tutti
