#pragma once

#include <uv.h>

#include <string>

#include "node/io/loop_turn.h"
#include "protocol/address.h"
#include "protocol/replica/replica.h"

namespace tutti {

// What the doors of a node share. Outlives them. Loop thread only.
struct DoorContext {
  uv_loop_t* loop;
  LoopTurn& turn;
  Replica& replica;
  const std::string password;  // empty: none is needed
  const size_t clients_max;    // of all doors together: each client takes a descriptor
  size_t clients = 0;          // a door counts its own in, from accept to the close callback
  uint64_t last_client_id = 0;
  uint64_t last_token = 0;

  uint64_t new_client_id() { return ++last_client_id; }
  // Hands a command that must wait to the replica. No other command of this process has its token, with which answer()
  // or fetched() is called later.
  uint64_t defer(const Now& now, const Deferred& request) {
    replica.defer(now, request, ++last_token);
    return last_token;
  }
};

// A port that clients speak to (RULES.md, "Doors"). When bytes come it opens the turn and runs commands, with the replica's
// Keys and Admin. It bounds what its clients make it hold. Loop thread only; REQUIRES at its end that the loop ran until
// close() was done.
class Door {
 public:
  virtual ~Door() = default;

  // Once, first. kUnavailable: the port is in use, or may not be bound.
  virtual Result<> listen(const Address& address) = 0;

  // --- commands that wait; tokens that are not of this door are ignored, and those of clients that are gone ---
  virtual void answer(const Replica::Deferral& deferral) = 0;
  // The rows that the command missed are in memory now: it runs again.
  virtual void fetched(uint64_t token) = 0;

  // --- turns ---
  // Every turn, before its end: runs what waited for an answer, for a drained client or for free memory.
  virtual void resume() = 0;
  // The turn ends; with Durability::kAlways its replies go once persisted() has reached `position`.
  virtual void end_turn(Position position, Position persisted) = 0;
  virtual void persisted(Position position) = 0;
  // The disk failed: replies that wait for it must never be sent.
  virtual void drop_unpersisted(const Error& why) = 0;

  // --- the end ---
  // Accepts no more clients and no more commands; replies still go out.
  virtual void stop_reading() = 0;
  virtual void close() = 0;

  // INFO's lines (protocol/part.h).
  virtual void metrics(const MetricSink&) const {}
};

}  // namespace tutti
