#include "protocol/replica/replica_impl.h"

namespace tutti {
void Replica::Impl::receive(const Now& now, const Transport::Received& received) {
  heard(now, received.from);
  auto message = decode_message(received.message);
  if (!message) {
    ++bad_messages;
    seldom_event(now, EventKind::kBadMessage, received.from, message.error().message);
    return;
  }
  dispatch(now, received.from, received.channel, *message);
}

void Replica::Impl::dispatch(const Now& now, const NodeId& from, Transport::Channel channel,
                             Message& message) {
  struct Visitor {
    Impl& r;
    const Now& now;
    const NodeId& from;
    Transport::Channel channel;

    void operator()(ProbeMessage& m) { r.handle_probe(now, from, m); }
    void operator()(PushMessage& m) {
      PastTable anew;
      // What changed on a stream means nothing off it.
      if (m.stateful && channel != Transport::Channel::kStream) return;
      r.handle_batch(now, from, m.batch, m.stateful ? r.broadcast.incoming(from) : anew, true);
    }
    void operator()(ClockMessage& m) {
      r.anti_entropy.handle(now, from, m);
      if (m.clock.covers(r.database.clock())) r.resume_pushes(from);
    }
    void operator()(PullMessage& m) {
      if (r.failed) return;
      if (r.anti_entropy.handle(now, from, m)) r.resume_pushes(from);
    }
    void operator()(OperationsMessage& m) {
      PastTable anew;
      if (!m.batch.empty()) r.handle_batch(now, from, m.batch, anew, false);
      r.anti_entropy.pulled(now, from, m);
      // What was pulled is not pushed on: the neighbours are told that it is here.
      const bool news = r.applied_in_turn && m.status == OperationsMessage::Status::kDone;
      if (news && !r.neighbours.mesh()) r.anti_entropy.announce(now, from);
    }
    void operator()(MembersMessage& m) { r.handle_members(now, from, m.records); }
    void operator()(FingerprintAskMessage& m) { r.verification.handle(now, from, m); }
    void operator()(FingerprintTellMessage& m) { r.verification.handle(from, m); }
    void operator()(TransferAskMessage& m) { r.transfer_source.handle(now, from, m); }
    void operator()(TransferPageAskMessage& m) { r.transfer_source.handle(now, from, m); }
    void operator()(TransferRowsAskMessage& m) { r.transfer_source.handle(now, from, m); }
    void operator()(TransferPinnedMessage& m) { r.transfer_step(now, r.transfer_sink.handle(now, from, m)); }
    void operator()(TransferPageMessage& m) { r.transfer_step(now, r.transfer_sink.handle(now, from, m)); }
    void operator()(TransferRowsMessage& m) { r.transfer_step(now, r.transfer_sink.handle(now, from, m)); }
    void operator()(TransferEndMessage& m) {
      r.transfer_source.handle(from, m);
      r.transfer_step(now, r.transfer_sink.handle(from, m));
    }
  };
  std::visit(Visitor{*this, now, from, channel}, message);
}

void Replica::Impl::handle_batch(const Now& now, const NodeId& from, ByteView batch, PastTable& pasts,
                                 bool pushed) {
  auto operations = decode_operations(batch, pasts);
  if (!operations) {
    ++bad_messages;
    seldom_event(now, EventKind::kBadMessage, from, operations.error().message);
    return;
  }
  const bool relay = pushed && !neighbours.mesh();
  if (relay) {
    pushed_by_several |= pushed_in_turn && *pushed_in_turn != from;
    pushed_in_turn = from;
  }
  bool waits = false;
  for (Operation& operation : *operations) {
    if (failed) return;
    // The transfer under way brings what its clock covers (rule 8).
    const VersionVector* owned = transfer_sink.owned();
    if (owned && owned->covers(operation.dot)) continue;
    if (database.clock().covers(operation.dot)) {
      ++duplicate_operations;
    } else if (operation.ready_at(database.clock())) {
      apply_remote(now, std::move(operation), relay);
    } else {
      if (!waiting.add(std::move(operation), database.clock())) ++dropped_operations;
      waits = true;
    }
  }
  if (waits) anti_entropy.missing(now, from);
}

void Replica::Impl::stream_up(const Now& now, const NodeId& peer) {
  heard(now, peer);
  neighbours.stream_up(peer);
  broadcast.stream_up(peer);
  if (neighbours.mesh()) {
    messenger.send_stream(now, peer, MembersMessage{membership.records()});
  } else {
    // A thousand records for every stream would drown the rest: the probe's hash says whether they differ.
    messenger.send_stream(now, peer, MembersMessage{{membership.self()}});
    probe(now, peer);
  }
  anti_entropy.stream_up(now, peer);
}

void Replica::Impl::stream_down(const Now& now, const NodeId& peer) {
  neighbours.stream_down(now, peer);
  members_unlike_since.erase(peer);
  broadcast.stream_down(peer);
  anti_entropy.stream_down(now, peer);
  transfer_source.stream_down(peer);
  if (transfer_sink.active() && transfer_sink.source() == peer) transfer_step(now, false);
}

// --- transfer, the receiving side ---

void Replica::Impl::transfer_step(const Now& now, bool going_on) {
  if (!transfer_sink.active()) return;
  if (!going_on) {
    const NodeId source = transfer_sink.source();
    transfer_sink.end(now);
    event(EventKind::kTransferGivenUp, source,
          "a transfer was given up; nothing has changed, another peer is tried");
    anti_entropy.transfer_failed(source);
    anti_entropy.resume(now);
    return;
  }
  if (const VersionVector* owned = transfer_sink.owned()) waiting.drop_covered(*owned);
  if (transfer_sink.wants_merge()) merge_wanted = true;
  if (transfer_sink.ready()) join_transfer(now);
}

void Replica::Impl::join_transfer(const Now& now) {
  if (failed) return;
  const NodeId source = transfer_sink.source();
  if (auto turn = end_turn(now); !turn) return;  // the join is a record of its own
  const auto rows = transfer_sink.take_rows();
  auto joined = database.join(transfer_sink.clock(), rows);
  if (!joined) {
    fail(joined.error());
    return;
  }
  committed = *joined;
  run_past.reset();
  last_applied = now.mono;
  want_sync();
  event(EventKind::kTransferDone, source,
        "a transfer is done: " + std::to_string(transfer_sink.rows_compared()) + " rows compared, " +
            std::to_string(rows.size()) + " taken over");
  transfer_sink.end(now);
  for (Operation& ready : waiting.take_all_ready(database.clock())) {
    if (database.clock().covers(ready.dot)) continue;
    if (ready.ready_at(database.clock())) apply_remote(now, std::move(ready), false);
  }
  anti_entropy.resume(now);
}

}  // namespace tutti
