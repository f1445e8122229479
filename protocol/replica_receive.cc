#include <algorithm>

#include "protocol/replica_impl.h"

namespace tutti {
namespace {

// Names in records are for eyes; longer ones are not taken.
constexpr size_t kNameBytesMax = 256;

Transport::Peer peer_of(const MemberRecord& record) {
  return {.id = record.id, .x25519 = record.x25519, .address = record.address, .keep_stream = true};
}

}  // namespace

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
      r.handle_batch(now, from, m.batch, m.stateful ? r.broadcast.incoming(from) : anew);
    }
    void operator()(ClockMessage& m) {
      r.anti_entropy.handle(now, from, m);
      if (m.clock.covers(r.database.clock())) r.broadcast.resume(from);
    }
    void operator()(PullMessage& m) {
      if (r.failed) return;
      if (r.anti_entropy.handle(now, from, m)) r.broadcast.resume(from);
    }
    void operator()(OperationsMessage& m) {
      PastTable anew;
      if (!m.batch.empty()) r.handle_batch(now, from, m.batch, anew);
      r.anti_entropy.pulled(now, from, m);
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

void Replica::Impl::handle_batch(const Now& now, const NodeId& from, ByteView batch, PastTable& pasts) {
  auto operations = decode_operations(batch, pasts);
  if (!operations) {
    ++bad_messages;
    seldom_event(now, EventKind::kBadMessage, from, operations.error().message);
    return;
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
      apply_remote(now, std::move(operation));
    } else {
      if (!waiting.add(std::move(operation), database.clock())) ++dropped_operations;
      waits = true;
    }
  }
  if (waits) anti_entropy.missing(now, from);
}

// --- probes ---

ProbeMessage Replica::Impl::probe_message(uint64_t sequence, bool answer) {
  const auto merged = database.merged();
  return {.sequence = sequence,
          .answer = answer,
          .clock_hash = database.clock_hash(),
          .members_hash = membership.hash(),
          .merged_clock_hash = merged_clock_hash(),
          .fingerprint = merged->fingerprints.total()};
}

void Replica::Impl::probe(const Now& now) {
  // A small cluster is probed whole.
  const size_t count = std::max(options.probes_per_period, std::min<size_t>(membership.others().size(), 4));
  for (const NodeId& id : membership.next_probes(count, random)) {
    auto* member = membership.find(id);
    member->probe_sequence = ++probe_sequence;
    member->probe_sent = now.mono;
    post.send_small(now, id, probe_message(probe_sequence, false));
  }
}

void Replica::Impl::handle_probe(const Now& now, const NodeId& from, const ProbeMessage& message) {
  if (!message.answer) post.send_small(now, from, probe_message(message.sequence, true));
  if (anti_entropy.probed(now, from, message.clock_hash)) broadcast.resume(from);
  if (message.members_hash != membership.hash()) tell_members(now, from);
  auto* member = membership.find(from);
  if (!member) return;
  if (message.answer && message.sequence == member->probe_sequence)
    member->round_trip = now.mono - member->probe_sent;
  member->probed = true;
  member->clock_hash = message.clock_hash;
  member->merged_clock_hash = message.merged_clock_hash;
  member->fingerprint = message.fingerprint;
  // Every probe at a quiet moment is a check of the whole database (section 6).
  const bool same_clock = message.merged_clock_hash == merged_clock_hash();
  if (same_clock && message.fingerprint != database.merged()->fingerprints.total() &&
      unequal_told.insert(from).second) {
    event(EventKind::kFingerprintUnequal, from,
          "equal clocks, unequal fingerprints: data is damaged here or on " + member->record.name +
              "; run `tutti verify`, and on the node that is wrong move its store directory aside and start "
              "again");
  }
}

// All of them by stream; while there is none, ourselves alone, so that the other side can dial.
void Replica::Impl::tell_members(const Now& now, const NodeId& to) {
  if (post.transport().has_stream(to)) {
    post.send_stream(now, to, MembersMessage{membership.records()});
  } else {
    post.send_small(now, to, MembersMessage{{membership.self()}});
  }
}

void Replica::Impl::heard(const Now& now, const NodeId& from) {
  auto* member = membership.find(from);
  if (!member) return;
  const bool back = member->unreachable;
  member->heard = now.mono;
  member->unreachable = false;
  if (back) event(EventKind::kMemberBack, from, member->record.name + " answers again");
}

void Replica::Impl::check_unreachable(const Now& now) {
  for (const auto& [id, entry] : membership.others()) {
    auto* member = membership.find(id);
    const Instant since = std::max(member->heard.value_or(started), started);
    if (member->unreachable || now.mono - since < options.unreachable_after) continue;
    member->unreachable = true;
    event(EventKind::kMemberUnreachable, id,
          member->record.name + " at " + to_string(member->record.address) + " has been silent for " +
              std::to_string((now.mono - since) / std::chrono::milliseconds(1)) +
              " ms; it is tried for ever");
  }
}

// --- members ---

bool Replica::Impl::adopt_member(const Now& now, const MemberRecord& record) {
  if (record.name.size() > kNameBytesMax) return false;
  if (auto verified = trust.verify(record, now.wall); !verified) {
    seldom_event(now, EventKind::kBadMessage, record.id,
                 "a member record was not taken: " + verified.error().message);
    return false;
  }
  const bool known = membership.find(record.id) != nullptr;
  if (!membership.merge(record)) return false;
  post.transport().set_peer(now, peer_of(record));
  if (!known)
    event(EventKind::kMemberJoined, record.id,
          record.name + " at " + to_string(record.address) + " is a member");
  return true;
}

void Replica::Impl::handle_members(const Now& now, const NodeId& from,
                                   const std::vector<MemberRecord>& records) {
  bool changed = false;
  for (const MemberRecord& record : records) {
    // A restored or copied identity may be remembered with a later incarnation than ours: go past it.
    if (record.id == membership.self().id && record.incarnation > membership.self().incarnation &&
        trust.verify(record, now.wall)) {
      MemberRecord& self = membership.self();
      if (record.address != self.address) {
        event(EventKind::kClone, self.id,
              "another process says that it is this node, at " + to_string(record.address) +
                  ": a data directory was copied. Stop the copy, then start this node again");
      }
      self.incarnation = record.incarnation + 1;
      self.signature = trust.sign(signed_bytes(self));
      changed = true;
      continue;
    }
    const Membership::Member* known = membership.find(record.id);
    if (known && known->record.incarnation >= record.incarnation) continue;
    changed |= adopt_member(now, record);
  }
  if (!changed) return;
  save_members();
  heard(now, from);
}

void Replica::Impl::save_members() {
  if (failed) return;
  if (auto put = database.store().meta_put(kMetaMembers, encode_members(membership.records())); !put)
    fail(put.error());
}

void Replica::Impl::stream_up(const Now& now, const NodeId& peer) {
  heard(now, peer);
  broadcast.stream_up(peer);
  post.send_stream(now, peer, MembersMessage{membership.records()});
  anti_entropy.stream_up(now, peer);
}

void Replica::Impl::stream_down(const Now& now, const NodeId& peer) {
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
    transfer_sink.end(now, false);
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
  transfer_sink.end(now, true);
  for (Operation& ready : waiting.take_all_ready(database.clock())) {
    if (database.clock().covers(ready.dot)) continue;
    if (ready.ready_at(database.clock())) apply_remote(now, std::move(ready));
  }
  anti_entropy.resume(now);
}

}  // namespace tutti
