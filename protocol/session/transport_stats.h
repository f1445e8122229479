#pragma once

#include <cstdint>

namespace tutti {

// A NoiseTransport's counters since its start; they only grow.
struct TransportStats {
  uint64_t datagrams_in = 0;
  uint64_t datagrams_out = 0;
  uint64_t datagram_bytes_in = 0;
  uint64_t datagram_bytes_out = 0;
  uint64_t stream_bytes_in = 0;
  uint64_t stream_bytes_out = 0;
  uint64_t messages_in = 0;
  uint64_t messages_out = 0;
  uint64_t streams_up = 0;
  uint64_t streams_down = 0;
  uint64_t dials = 0;
  uint64_t handshakes_started = 0;       // first messages sent
  uint64_t handshakes_done = 0;          // sessions and streams with a proven peer
  uint64_t handshakes_refused = 0;       // authentic, but of no member, not fresh, or revoked
  uint64_t dropped_unauthenticated = 0;  // noise, strangers, forgeries, repetitions
  uint64_t dropped_overloaded = 0;       // a named bound was reached
  uint64_t cookies_sent = 0;
  uint64_t joins_requested = 0;
};

}  // namespace tutti
