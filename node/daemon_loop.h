#pragma once

#include <uv.h>

#include "node/door_list.h"
#include "node/io/deadline_timer.h"
#include "node/io/loop_turn.h"
#include "node/io/resolver.h"
#include "node/io/tcp_streams.h"
#include "node/io/udp_socket.h"
#include "node/io/uv_handle.h"
#include "node/io/worker.h"
#include "node/setup/descriptors.h"
#include "protocol/replica/replica.h"
#include "storage/base/outcome.h"
#include "storage/store/store.h"

namespace tutti {

// The loop that drives one replica: it feeds in the sockets' input and carries out the outputs. Each iteration is one
// turn of the replica. A turn ends right after the reads (uv_check), so that pushes and replies leave at once. A turn
// that a timer began ends before the loop sleeps (uv_prepare).
class DaemonLoop final : private DatagramSink, private StreamSink {
 public:
  // References outlive this. `password`: of the doors; empty: none.
  DaemonLoop(Replica& replica, Store& store, const std::string& password, const Descriptors& descriptors);
  DaemonLoop(const DaemonLoop&) = delete;
  DaemonLoop& operator=(const DaemonLoop&) = delete;
  ~DaemonLoop() override;

  // kUnreachable: a port is in use, or may not be bound.
  Outcome<> listen(const Address& members, const std::vector<DoorAddress>& doors);
  enum class End : uint8_t {
    kDrained,     // SIGTERM or SIGINT came, and all that could be written is on disk
    kDiskFailed,  // likewise, after an error of the disk
    kReopen,      // the store must be closed and opened anew (Replica::Reopen)
  };
  End run();

 private:
  void on_datagram(const Address& from, ByteView bytes) override;
  void on_stream_opened(StreamId stream, const Address& peer) override;
  void on_stream_bytes(StreamId stream, ByteView bytes) override;
  void on_stream_closed(StreamId stream) override;
  void on_stream_drained(StreamId stream, size_t bytes) override;
  static void on_signal(uv_signal_t* handle, int number);

  void close_turn();
  void carry_out(const Now& now);
  void act(const Now& now, Transport::SendDatagram& datagram);
  void act(const Now& now, Transport::OpenStream& open);
  void act(const Now& now, Transport::SendStream& send);
  void act(const Now& now, Transport::CloseStream& close);
  void act(const Now& now, Replica::RunSync& sync);
  void act(const Now& now, Replica::RunMerge& merge);
  void act(const Now& now, Replica::RunJob& job);
  void act(const Now& now, Replica::RunResume& resume);
  void act(const Now& now, Replica::Reopen& reopen);
  void act(const Now& now, Replica::RunFetch& fetch);
  void act(const Now& now, Replica::Resolve& resolve);
  void act(const Now& now, Replica::Event& event);
  void act(const Now& now, Replica::Deferral& deferral);
  void disk_failed(const Error& why);
  void begin_drain(int signal_number);
  void close_handles();

  Replica& replica_;
  Store& store_;
  uv_loop_t loop_{};
  LoopTurn turn_;
  UdpSocket udp_;
  TcpStreams streams_;
  DoorList doors_;
  Worker worker_;
  Resolver resolver_;
  DeadlineTimer timer_;
  UvHandle<uv_check_t> after_reads_;
  UvHandle<uv_prepare_t> before_sleep_;
  UvHandle<uv_signal_t> terminate_, interrupt_;
  bool draining_ = false;
  bool disk_failed_ = false;
  bool reopen_ = false;
};

}  // namespace tutti
