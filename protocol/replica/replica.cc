#include "protocol/replica/replica.h"

#include <algorithm>
#include <type_traits>
#include <utility>

#include "protocol/delivery/broadcast.h"
#include "protocol/messages/clock_bases.h"
#include "protocol/repair/transfer_source.h"
#include "protocol/repair/verification.h"
#include "protocol/replica/administration.h"
#include "protocol/replica/delivery.h"
#include "protocol/replica/fetcher.h"
#include "protocol/replica/housekeeping.h"
#include "protocol/replica/member_gossip.h"
#include "protocol/replica/prober.h"
#include "protocol/replica/rendezvous.h"
#include "protocol/replica/transfer_receiver.h"
#include "storage/base/check.h"

namespace tutti {

// The parts, and what joins them.
class Replica::Impl {
 public:
  Impl(ReplicaOptions o, Database& d, Transport& t, const MemberTrust& trust, Random& random, Authority a)
      : options(std::move(o)),
        database(d),
        authority(std::move(a)),
        messenger(t),
        membership(options.self, d.key()),
        neighbours({options.mesh_members_max, options.neighbours_wanted}, membership, d.key()),
        introducer(membership, neighbours, t),
        prober(options, d, membership, neighbours, introducer, messenger, clocks, health, random, outputs),
        turns(options, d, outputs, health, parts),
        gossip(d, membership, neighbours, introducer, prober, messenger, trust, turns, outputs),
        rendezvous(options.seed_endpoints, membership, introducer, prober, messenger, outputs),
        bases({options.clock_base_entries}, d.key(), d.clock(), messenger),
        broadcast({options.push_backlog_bytes_max}, bases, messenger),
        writer(options, d, turns, membership, clocks, random, outputs),
        anti_entropy({options.clock_grace, options.pull_timeout, options.pull_chunk_bytes}, d, membership,
                     bases, messenger),
        delivery(options, d, neighbours, turns, writer, anti_entropy, outputs),
        housekeeping(options.log_bytes_hard_max, d, outputs, parts),
        fetcher(d, outputs),
        transfer_source({options.transfer_page_bytes, options.transfer_rows_bytes, options.transfer_idle}, d,
                        messenger),
        verification(d, membership, messenger),
        transfer_receiver(options, d, messenger, turns, writer, delivery, anti_entropy, outputs),
        administration(options.cluster_id, d, membership, t, turns, transfer_receiver.doubt(), parts,
                       authority.invite) {
    health.lost = options.lost;
    // Probes before verdicts, verdicts before neighbours are chosen, all that is timed by ticks before repair. A base
    // before the messages that name it.
    parts = {&outputs, &prober,       &introducer,      &neighbours,   &gossip,           &rendezvous,
             &bases,   &broadcast,    &writer,          &delivery,     &housekeeping,     &fetcher,
             &turns,   &anti_entropy, &transfer_source, &verification, &transfer_receiver};
  }

  struct Dispatch;
  // Takes what the transport has for us.
  void pump(const Now& now);
  void receive(const Now& now, const Transport::Received& received);
  // The peer has everything committed here, or is about to.
  void resume_pushes(const NodeId& to) {
    if (neighbours.mesh() || messenger.transport().has_stream(to)) broadcast.resume(to);
  }

  const ReplicaOptions options;
  Database& database;
  Authority authority;
  Messenger messenger;
  Outputs outputs;
  Membership membership;
  Health health;
  Parts parts;

  Neighbours neighbours;
  Introducer introducer;
  WallClocks clocks;
  Prober prober;
  TurnPipeline turns;
  MemberGossip gossip;
  Rendezvous rendezvous;
  ClockBases bases;
  Broadcast broadcast;
  LocalWriter writer;
  AntiEntropy anti_entropy;
  Delivery delivery;
  Housekeeping housekeeping;
  Fetcher fetcher;
  TransferSource transfer_source;
  Verification verification;
  TransferReceiver transfer_receiver;
  Administration administration;

  Instant last_timeout{};
};

template <class P, class M>
concept Handles = requires(P& part, const Now& now, const NodeId& from, const M& message) {
  part.handle(now, from, message);
};

// Which messages concern which parts, and in which order.
struct Replica::Impl::Dispatch {
  Impl& r;
  const Now& now;
  const NodeId& from;

  void operator()(const ProbeMessage& m) {
    r.prober.handle(now, from, m);
    // Repair goes along streams: in a large cluster whoever is no neighbour is repaired by its own.
    if (r.neighbours.mesh() || r.messenger.transport().has_stream(from)) {
      if (r.anti_entropy.probed(now, from, m.clock_hash)) r.resume_pushes(from);
    }
    r.gossip.compare(now, from, m.members_hash);
  }
  void operator()(const PushMessage& m) {
    // A datagram may come before the base that it names. What it brings is repaired like what is lost.
    if (const auto* base = r.bases.find(from, m.base))
      r.delivery.handle_batch(now, from, *base, m.batch, true);
  }
  void operator()(const ClockMessage& m) {
    const auto clock = r.bases.resolve(from, m.clock);
    if (!clock) return;
    r.anti_entropy.told(now, from, *clock, m.wants_answer);
    if (clock->covers(r.database.clock())) r.resume_pushes(from);
  }
  void operator()(const ClockBaseMessage& m) {
    if (!r.bases.handle(from, m))
      r.delivery.unreadable(now, from, {ErrorCode::kMalformed, "clock base: not what its name says"});
  }
  void operator()(const PullMessage& m) {
    if (r.turns.failed()) return;
    const auto clock = r.bases.resolve(from, m.clock);
    if (clock && r.anti_entropy.asked(now, from, m.id, *clock)) r.resume_pushes(from);
  }
  void operator()(const OperationsMessage& m) {
    // What cannot be applied now is asked for again, not at once.
    if (r.turns.trouble()) {
      OperationsMessage later = m;
      if (later.status != OperationsMessage::Status::kBelowFloor)
        later.status = OperationsMessage::Status::kBusy;
      return r.anti_entropy.pulled(now, from, later);
    }
    const auto* known = r.anti_entropy.asked_after(m.base);
    if (known && !m.batch.empty()) r.delivery.handle_batch(now, from, *known, m.batch, false);
    r.anti_entropy.pulled(now, from, m);
    // What was pulled is not pushed on: the neighbours are told that it is here.
    const bool news = r.turns.has_applied() && m.status == OperationsMessage::Status::kDone;
    if (news && !r.neighbours.mesh()) r.anti_entropy.announce(now, from);
  }
  // Any other goes to the parts that handle it.
  template <class M>
  void operator()(const M& m) {
    give(m, r.prober, r.introducer, r.neighbours, r.gossip, r.broadcast, r.writer, r.delivery, r.housekeeping,
         r.fetcher, r.turns, r.anti_entropy, r.transfer_source, r.verification, r.transfer_receiver);
  }

 private:
  template <class M, class... P>
  void give(const M& m, P&... all) {
    static_assert((Handles<P, M> || ...), "a part handles every message");
    const auto give_one = [&](auto& part) {
      if constexpr (Handles<std::remove_reference_t<decltype(part)>, M>) part.handle(now, from, m);
    };
    (give_one(all), ...);
  }
};

void Replica::Impl::receive(const Now& now, const Transport::Received& received) {
  prober.heard(now, received.from);
  const auto message = decode_message(received.message);
  if (!message) return delivery.unreadable(now, received.from, message.error());
  std::visit(Dispatch{*this, now, received.from}, *message);
}

void Replica::Impl::pump(const Now& now) {
  struct Visitor {
    Impl& r;
    const Now& now;

    void operator()(Transport::Received& received) { r.receive(now, received); }
    void operator()(Transport::StreamUp& up) {
      for (Part* part : r.parts) part->stream_up(now, up.peer);
    }
    void operator()(Transport::StreamDown& down) {
      for (Part* part : r.parts) part->stream_down(now, down.peer);
    }
    void operator()(Transport::JoinRequested& join) {
      if (!r.authority.admit) return;
      r.messenger.transport().answer_join(now, join.stream,
                                          r.authority.admit(now, join.request, r.membership.records()));
    }
    void operator()(const Transport::Outrun& outrun) {
      const MemberRecord* by = r.membership.find(outrun.by);
      r.outputs.seldom_event(
          now, Outputs::EventKind::kClone, r.membership.self().id,
          (by ? by->name : short_name(outrun.by)) +
              " has heard a later start of this node than this process: its data directory "
              "was copied and the copy runs or ran, or the wall clock was set back. Stop "
              "the copy, if there is one; this process goes on");
    }
    void operator()(Transport::Greeted& greeted) { r.rendezvous.greeted(now, greeted); }
    void operator()(Transport::SendDatagram& send) { r.outputs.push(std::move(send)); }
    void operator()(Transport::OpenStream& open) { r.outputs.push(std::move(open)); }
    void operator()(Transport::SendStream& send) { r.outputs.push(std::move(send)); }
    void operator()(Transport::CloseStream& close) { r.outputs.push(std::move(close)); }
  };
  while (auto output = messenger.transport().poll_output()) std::visit(Visitor{*this, now}, *output);
}

// --- the public face ---

Replica::Replica(ReplicaOptions options, Database& database, Transport& transport, const MemberTrust& trust,
                 Random& random, Authority authority)
    : impl_(std::make_unique<Impl>(std::move(options), database, transport, trust, random,
                                   std::move(authority))) {}
Replica::~Replica() = default;

Result<> Replica::start(const Now& now) {
  Impl& r = *impl_;
  r.last_timeout = now.mono;
  for (Part* part : r.parts) part->start(now);
  if (auto begun = r.gossip.begin(now, r.options.seeds); !begun) return begun;
  if (r.turns.failed() && !r.database.broken()) return std::unexpected(*r.turns.failed());
  return {};
}

void Replica::handle_datagram(const Now& now, const Address& from, ByteView bytes) {
  impl_->messenger.transport().handle_datagram(now, from, bytes);
  impl_->pump(now);
}
void Replica::handle_stream_opened(const Now& now, StreamId stream, const Address& peer) {
  impl_->messenger.transport().handle_stream_opened(now, stream, peer);
  impl_->pump(now);
}
void Replica::handle_stream(const Now& now, StreamId stream, ByteView bytes) {
  impl_->messenger.transport().handle_stream(now, stream, bytes);
  impl_->pump(now);
}
void Replica::handle_stream_closed(const Now& now, StreamId stream) {
  impl_->messenger.transport().handle_stream_closed(now, stream);
  impl_->pump(now);
}
void Replica::handle_stream_drained(const Now& now, StreamId stream, size_t bytes) {
  impl_->messenger.transport().handle_stream_drained(now, stream, bytes);
}

void Replica::handle_timeout(const Now& now) {
  Impl& r = *impl_;
  check(now.mono >= r.last_timeout, "time does not go back");
  r.last_timeout = now.mono;
  r.messenger.transport().handle_timeout(now);
  r.pump(now);
  for (Part* part : r.parts) part->handle_timeout(now);
}

std::optional<Instant> Replica::next_deadline() const {
  std::optional<Instant> next = impl_->messenger.transport().next_deadline();
  for (const Part* part : impl_->parts) {
    const auto at = part->next_deadline();
    if (at && (!next || *at < *next)) next = at;
  }
  return next;
}

void Replica::persisted(const Now&, Position position) {
  for (Part* part : impl_->parts) part->persisted(position);
}
void Replica::merge_finished(const Now& now, std::unique_ptr<Database::Merge> merge, Result<> outcome) {
  impl_->turns.merge_finished(now, std::move(merge), std::move(outcome));
}
void Replica::disk_failed(const Now&, const Error& error) { impl_->turns.disk_failed(error); }
void Replica::job_failed(const Now&, const Error& error) { impl_->turns.refuse(error); }
void Replica::resolved(const Now& now, const std::string& endpoint,
                       const Result<std::vector<Address>>& addresses) {
  impl_->rendezvous.resolved(now, endpoint, addresses);
  impl_->pump(now);
}
void Replica::resume_finished(const Now&, const Result<>& outcome) { impl_->turns.resume_finished(outcome); }

Result<Position> Replica::end_turn(const Now& now) {
  auto position = impl_->turns.end_turn(now);
  impl_->pump(now);
  return position;
}
Position Replica::persisted_position() const { return impl_->turns.persisted_position(); }
bool Replica::drain(const Now& now) { return impl_->turns.drain(now); }

std::optional<Replica::Output> Replica::poll_output() {
  if (auto answer = impl_->verification.poll()) {
    return std::visit([&](auto& a) { return Output(Deferral{answer->token, std::move(a)}); }, answer->answer);
  }
  return impl_->outputs.poll();
}

void Replica::defer(const Now& now, const Deferred& request, uint64_t token) {
  struct Visitor {
    Impl& r;
    const Now& now;
    uint64_t token;

    void operator()(const FetchRequest& request) { r.fetcher.fetch(request, token); }
    void operator()(const MeetRequest& request) { r.rendezvous.meet(now, request.endpoint, token); }
    void operator()(const FingerprintRequest&) { r.verification.ask_fingerprint(token); }
    void operator()(const VerifyRequest&) {
      r.introducer.acquaint_all(now);
      r.verification.ask_all(now, token);
    }
  };
  // A node that takes no more writes is read all the same, and finds others.
  const bool read =
      std::holds_alternative<FetchRequest>(request) || std::holds_alternative<MeetRequest>(request);
  const auto& trouble = impl_->turns.trouble();
  if (trouble && !read) return impl_->outputs.push(Deferral{token, *trouble});
  std::visit(Visitor{*impl_, now, token}, request);
}

void Replica::forget(const Now& now, const NodeId& id) {
  impl_->messenger.transport().forget_peer(now, id);
  impl_->pump(now);
  for (Part* part : impl_->parts) {
    part->stream_down(now, id);
    part->forget(id);
  }
}

void Replica::add_part(Part& part) { impl_->parts.push_back(&part); }

Keys& Replica::keys() { return impl_->writer; }
Admin& Replica::admin() { return impl_->administration; }

size_t Replica::waiting_operations() const { return impl_->delivery.waiting_operations(); }
size_t Replica::waiting_bytes() const { return impl_->delivery.waiting_bytes(); }
size_t Replica::transfer_cache_bytes() const { return impl_->transfer_receiver.cache_bytes(); }
bool Replica::transferring() const { return impl_->transfer_receiver.active(); }

}  // namespace tutti
