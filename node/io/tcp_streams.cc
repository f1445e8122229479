#include "node/io/tcp_streams.h"

#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <memory>
#include <utility>

#include "node/io/socket_address.h"

namespace tutti {

namespace {

constexpr size_t kReadBytes = 256u << 10;
constexpr size_t kPiecesPerWrite = 64;  // of one writev
constexpr uint64_t kAcceptedBit = uint64_t{1} << 63;

}  // namespace

struct TcpStreams::Stream {
  uv_tcp_t handle{};
  uv_connect_t connect{};
  TcpStreams* owner = nullptr;
  StreamId id{};
  Address peer;
  bool accepted = false;
  bool connected = false;
  bool closing = false;          // close() was asked for: goes once nothing is in flight
  bool listed = false;           // stands in to_flush_
  std::vector<std::string> out;  // not yet given to the kernel
  size_t out_bytes = 0;          // of `out` and of writes in flight
  size_t in_flight = 0;          // uv_write requests
};

struct TcpStreams::Write {
  uv_write_t request{};
  Stream* stream = nullptr;
  std::vector<std::string> pieces;
  size_t bytes = 0;
};

TcpStreams::TcpStreams(uv_loop_t* loop, StreamSink& sink, size_t accepted_max)
    : loop_(loop),
      sink_(sink),
      listener_(loop, [this](uv_stream_t* listener) { accept(listener); }),
      accepted_max_(accepted_max),
      read_buffer_(kReadBytes) {}

TcpStreams::~TcpStreams() = default;

TcpStreams::Stream& TcpStreams::make(StreamId id) {
  auto* stream = new Stream;
  stream->owner = this;
  stream->id = id;
  uv_tcp_init(loop_, &stream->handle);
  stream->handle.data = stream;
  streams_.emplace(id, stream);
  return *stream;
}

void TcpStreams::open(StreamId id, const Address& to) {
  Stream& stream = make(id);
  stream.peer = to;
  stream.connect.data = &stream;
  const sockaddr_storage at = system_address(to);
  const int failed =
      uv_tcp_connect(&stream.connect, &stream.handle, reinterpret_cast<const sockaddr*>(&at), on_connect);
  if (failed != 0) fail(stream);
}

void TcpStreams::on_connect(uv_connect_t* request, int failed) {
  if (failed == UV_ECANCELED) return;  // closed meanwhile
  auto& stream = *static_cast<Stream*>(request->data);
  if (failed != 0) return stream.owner->fail(stream);
  stream.owner->begin_reading(stream);
  stream.owner->sink_.on_stream_opened(stream.id, stream.peer);
}

void TcpStreams::accept(uv_stream_t* listener) {
  Stream& stream = make(StreamId{kAcceptedBit | ++accepted_ids_});
  stream.accepted = true;
  ++accepted_now_;
  auto* handle = reinterpret_cast<uv_stream_t*>(&stream.handle);
  sockaddr_storage peer{};
  int size = sizeof peer;
  if (uv_accept(listener, handle) != 0 || accepted_now_ > accepted_max_ ||
      uv_tcp_getpeername(&stream.handle, reinterpret_cast<sockaddr*>(&peer), &size) != 0) {
    return drop(stream);
  }
  stream.peer = address_of(reinterpret_cast<const sockaddr*>(&peer));
  begin_reading(stream);
  sink_.on_stream_opened(stream.id, stream.peer);
}

void TcpStreams::begin_reading(Stream& stream) {
  stream.connected = true;
  uv_tcp_nodelay(&stream.handle, 1);
  uv_os_fd_t fd;
  if (uv_fileno(reinterpret_cast<uv_handle_t*>(&stream.handle), &fd) == 0) {
    setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &kUnackedMillisMax, sizeof kUnackedMillisMax);
  }
  uv_read_start(reinterpret_cast<uv_stream_t*>(&stream.handle), on_alloc, on_read);
}

void TcpStreams::on_alloc(uv_handle_t* handle, size_t, uv_buf_t* out) {
  // One buffer for all streams: a read is handed on before the next one.
  auto& buffer = static_cast<Stream*>(handle->data)->owner->read_buffer_;
  *out = uv_buf_init(buffer.data(), static_cast<unsigned>(buffer.size()));
}

void TcpStreams::on_read(uv_stream_t* handle, ssize_t size, const uv_buf_t* bytes) {
  auto& stream = *static_cast<Stream*>(handle->data);
  if (size < 0) return stream.owner->fail(stream);
  if (size > 0)
    stream.owner->sink_.on_stream_bytes(stream.id, ByteView(bytes->base, static_cast<size_t>(size)));
}

void TcpStreams::send(StreamId id, std::string bytes) {
  const auto found = streams_.find(id);
  if (found == streams_.end() || found->second->closing) return;
  Stream& stream = *found->second;
  stream.out_bytes += bytes.size();
  stream.out.push_back(std::move(bytes));
  if (!std::exchange(stream.listed, true)) to_flush_.push_back(id);
}

void TcpStreams::flush() {
  // By index: a callback for a drained stream may send more.
  for (size_t i = 0; i < to_flush_.size(); ++i) {
    const auto found = streams_.find(to_flush_[i]);
    if (found == streams_.end()) continue;
    found->second->listed = false;
    if (found->second->connected) write_out(*found->second);
  }
  to_flush_.clear();
}

void TcpStreams::write_out(Stream& stream) {
  if (stream.out.empty()) return;
  const StreamId id = stream.id;
  auto* handle = reinterpret_cast<uv_stream_t*>(&stream.handle);
  std::array<uv_buf_t, kPiecesPerWrite> pieces;
  size_t drained = 0;
  // Bytes in flight go first, so try to write only if there are none.
  while (stream.in_flight == 0 && !stream.out.empty()) {
    const size_t count = std::min(stream.out.size(), pieces.size());
    size_t offered = 0;
    for (size_t i = 0; i < count; ++i) {
      pieces[i] = uv_buf_init(stream.out[i].data(), static_cast<unsigned>(stream.out[i].size()));
      offered += stream.out[i].size();
    }
    const int written = uv_try_write(handle, pieces.data(), static_cast<unsigned>(count));
    if (written < 0 && written != UV_EAGAIN) break;  // the read side tells of the end
    size_t left = written < 0 ? 0 : static_cast<size_t>(written);
    drained += left;
    size_t whole = 0;
    while (whole < count && stream.out[whole].size() <= left) left -= stream.out[whole++].size();
    stream.out.erase(stream.out.begin(), stream.out.begin() + static_cast<std::ptrdiff_t>(whole));
    if (!stream.out.empty() && left > 0) stream.out.front().erase(0, left);
    if (written < 0 || static_cast<size_t>(written) < offered) break;
  }
  stream.out_bytes -= drained;
  if (stream.out_bytes > kPendingBytesMax) return fail(stream);
  if (!hand_over(stream)) return fail(stream);
  if (drained > 0) sink_.on_stream_drained(id, drained);
}

bool TcpStreams::hand_over(Stream& stream) {
  if (stream.out.empty()) return true;
  auto write = std::make_unique<Write>();
  write->stream = &stream;
  write->pieces = std::exchange(stream.out, {});
  std::vector<uv_buf_t> pieces;
  for (std::string& piece : write->pieces) {
    pieces.push_back(uv_buf_init(piece.data(), static_cast<unsigned>(piece.size())));
    write->bytes += piece.size();
  }
  write->request.data = write.get();
  if (uv_write(&write->request, reinterpret_cast<uv_stream_t*>(&stream.handle), pieces.data(),
               static_cast<unsigned>(pieces.size()), on_written) != 0) {
    return false;
  }
  ++stream.in_flight;
  (void)write.release();  // on_written frees it
  return true;
}

void TcpStreams::on_written(uv_write_t* request, int failed) {
  const std::unique_ptr<Write> write(static_cast<Write*>(request->data));
  Stream& stream = *write->stream;
  --stream.in_flight;
  stream.out_bytes -= write->bytes;
  if (uv_is_closing(reinterpret_cast<uv_handle_t*>(&stream.handle)) != 0) return;
  TcpStreams& self = *stream.owner;
  if (stream.closing) return self.finish_closing(stream);
  if (failed != 0) return self.fail(stream);
  self.sink_.on_stream_drained(stream.id, write->bytes);
}

void TcpStreams::close(StreamId id) {
  const auto found = streams_.find(id);
  if (found == streams_.end() || found->second->closing) return;
  Stream& stream = *found->second;
  if (stream.connected) {
    uv_read_stop(reinterpret_cast<uv_stream_t*>(&stream.handle));
    if (!hand_over(stream)) return drop(stream);
  }
  stream.closing = true;
  finish_closing(stream);
}

void TcpStreams::finish_closing(Stream& stream) {
  if (stream.in_flight == 0) drop(stream);
}

void TcpStreams::drop(Stream& stream) {
  if (stream.accepted) --accepted_now_;
  streams_.erase(stream.id);
  uv_close(reinterpret_cast<uv_handle_t*>(&stream.handle), on_closed);
}

void TcpStreams::fail(Stream& stream) {
  const StreamId id = stream.id;
  const bool told = stream.closing;
  drop(stream);
  if (!told) sink_.on_stream_closed(id);
}

void TcpStreams::on_closed(uv_handle_t* handle) { delete static_cast<Stream*>(handle->data); }

void TcpStreams::close_all() {
  while (!streams_.empty()) drop(*streams_.begin()->second);
  listener_.close();
}

}  // namespace tutti
