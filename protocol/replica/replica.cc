#include "protocol/replica/replica.h"

#include <algorithm>
#include <utility>

#include "protocol/replica/replica_impl.h"
#include "storage/base/check.h"

namespace tutti {
namespace {

// The periodic part: reachability, sweeps, an idle node's merge.
constexpr Duration kTickEvery = std::chrono::milliseconds(500);
// A node that has applied nothing for so long merges, so that its fingerprint is of now.
constexpr Duration kIdleBeforeMerge = std::chrono::seconds(2);
constexpr Duration kSeldom = std::chrono::seconds(10);
// The log waits for an unreachable member for so long, however short it is to be.
constexpr Duration kSilenceBeforeCut = std::chrono::seconds(60);

}  // namespace

Replica::Impl::Impl(ReplicaOptions o, Database& d, Transport& t, const MemberTrust& tr, Random& r,
                    Authority a)
    : options(std::move(o)),
      database(d),
      random(r),
      trust(tr),
      authority(std::move(a)),
      messenger(t),
      membership(options.self, d.key()),
      neighbours({options.mesh_members_max, options.neighbours_wanted}, membership, d.key()),
      waiting(options.waiting_operations_max, options.waiting_bytes_max),
      anti_entropy({options.clock_grace, options.pull_timeout, options.pull_chunk_bytes}, d, messenger),
      broadcast({options.push_backlog_bytes_max}, messenger),
      transfer_source({options.transfer_page_bytes, options.transfer_rows_bytes}, d, messenger),
      transfer_sink(
          {options.transfer_timeout, options.transfer_rows_per_ask, options.transfer_cache_bytes_max}, d,
          messenger),
      expirer(d),
      verification(d, membership, messenger) {}

Result<> Replica::Impl::start(const Now& now) {
  started = last_turn = next_probe = next_tick = last_applied = now.mono;
  next_sync = now.mono + options.sync_interval;
  hlc.observe(now, database.last_hlc());
  // What a killed process appended may stand in the log without having been synced: nothing of it is shown as
  // durable before a sync of our own.
  committed = database.store().last_position();
  if (database.broken()) failed = *database.broken();
  want_sync();

  if (auto begun = begin_members(now); !begun) return begun;
  if (failed && !database.broken()) return std::unexpected(*failed);
  return {};
}

void Replica::Impl::fail(const Error& why) {
  if (failed) return;
  failed = why;
  event(EventKind::kDiskFailed, membership.self().id,
        why.message + "; this node takes no more writes until it is restarted");
}

void Replica::Impl::seldom_event(const Now& now, EventKind kind, const NodeId& peer, std::string text) {
  const auto [at, first] = last_told.try_emplace(kind, now.mono);
  if (!first && now.mono - at->second < kSeldom) return;
  at->second = now.mono;
  event(kind, peer, std::move(text));
}

void Replica::Impl::want_sync() {
  if (sync_out || failed || persisted >= committed) return;
  sync_out = true;
  outputs.push_back(RunSync{committed});
}

Result<Position> Replica::Impl::end_turn(const Now& now) {
  // A client's read may have found damage where no operation of ours came by.
  if (!failed && database.broken()) fail(*database.broken());
  if (failed) return std::unexpected(*failed);
  if (applied_in_turn) {
    auto position = database.commit();
    if (!position) {
      fail(position.error());
      return std::unexpected(*failed);
    }
    committed = *position;
    push_turn(now);
    applied_in_turn = false;
    minted_in_turn = 0;
    last_applied = now.mono;
    if (options.durability == Durability::kAlways) want_sync();
  }
  merge_if_wanted(now);
  if (const auto source = anti_entropy.wants_transfer(); source && !transfer_sink.active() && !failed) {
    anti_entropy.pause();
    transfer_sink.begin(now, *source);
    event(EventKind::kTransferBegun, *source, "no log reaches back far enough: a transfer begins");
  }
  return committed;
}

// What was written here and, where not everybody is a neighbour, what was pushed here for the first time.
// What was pulled goes on by pulling.
void Replica::Impl::push_turn(const Now& now) {
  const auto all = database.last_committed();
  const auto relayed = std::exchange(relayed_in_turn, {});
  const auto by = std::exchange(pushed_in_turn, {});
  const bool by_one_alone = by && !std::exchange(pushed_by_several, false) && minted_in_turn == 0;
  const NodeId* except = by_one_alone ? &*by : nullptr;
  if (minted_in_turn + relayed.size() == 0) return;
  if (minted_in_turn + relayed.size() == all.size()) return broadcast.push(now, all, except);
  std::vector<Operation> some;
  auto next = relayed.begin();
  for (const Operation& op : all) {
    const bool own = actor && op.dot.actor == *actor;
    const bool was_pushed = next != relayed.end() && *next == op.dot;
    if (was_pushed) ++next;
    if (own || was_pushed) some.push_back(op);
  }
  broadcast.push(now, some, except);
}

void Replica::Impl::merged(const Now& now) {
  verification.merged(now);
  if (!transfer_sink.wants_merge()) return;
  transfer_sink.merged(now);
  transfer_step(now, true);
}

void Replica::Impl::merge_if_wanted(const Now& now) {
  const bool asked = merge_wanted || verification.wants_merge() || transfer_sink.wants_merge();
  if (asked && !database.merging() && !applied_in_turn && database.nothing_to_merge()) {
    merge_wanted = false;
    merged(now);
    return;
  }
  if (failed || database.merging() || applied_in_turn || !(asked || database.merge_due())) return;
  merge_wanted = false;
  outputs.push_back(RunMerge{database.begin_merge()});
}

Hash128 Replica::Impl::merged_clock_hash() {
  const auto merged = database.merged();
  if (merged != hashed_merged) {
    hashed_merged = merged;
    hashed_clock = tutti::clock_hash(database.key(), merged->clock);
  }
  return hashed_clock;
}

void Replica::Impl::pump(const Now& now) {
  while (auto output = messenger.transport().poll_output()) {
    if (auto* received = std::get_if<Transport::Received>(&*output)) {
      receive(now, *received);
    } else if (auto* up = std::get_if<Transport::StreamUp>(&*output)) {
      stream_up(now, up->peer);
    } else if (auto* down = std::get_if<Transport::StreamDown>(&*output)) {
      stream_down(now, down->peer);
    } else if (auto* join = std::get_if<Transport::JoinRequested>(&*output)) {
      if (authority.admit) {
        messenger.transport().answer_join(now, join->stream,
                                          authority.admit(now, join->request, membership.records()));
      }
    } else if (auto* datagram = std::get_if<Transport::SendDatagram>(&*output)) {
      outputs.push_back(std::move(*datagram));
    } else if (auto* open = std::get_if<Transport::OpenStream>(&*output)) {
      outputs.push_back(std::move(*open));
    } else if (auto* send = std::get_if<Transport::SendStream>(&*output)) {
      outputs.push_back(std::move(*send));
    } else if (auto* close = std::get_if<Transport::CloseStream>(&*output)) {
      outputs.push_back(std::move(*close));
    }
  }
}

void Replica::Impl::tick(const Now& now) {
  check_unreachable(now);
  update_neighbours(now);
  if (members_unsaved) save_members();
  expire(now);
  transfer_source.handle_timeout(now);
  const bool idle = now.mono - last_applied >= kIdleBeforeMerge;
  if (idle && !database.nothing_to_merge()) merge_wanted = true;
  // Never what a member with us still lacks, up to a limit: a log shorter than a transfer takes never lets it
  // end. A stream alone does not say that its member is still there: on an idle one nobody finds out.
  const auto with_us = [&](const NodeId& id) {
    const auto* contact = membership.contacted(id);
    return !contact || !contact->unreachable ||
           now.mono - contact->heard.value_or(started) < kSilenceBeforeCut;
  };
  const bool beyond = database.store().log_bytes() > options.log_bytes_hard_max;
  if (auto cut = database.cut_log(beyond ? database.clock() : anti_entropy.held_by_all(with_us)))
    outputs.push_back(RunJob{std::move(cut)});
}

std::optional<Instant> Replica::Impl::next_deadline() const {
  Instant next = std::min(next_probe, next_tick);
  if (options.durability == Durability::kInterval) next = std::min(next, next_sync);
  const auto sooner = [&](std::optional<Instant> at) {
    if (at) next = std::min(next, *at);
  };
  sooner(anti_entropy.next_deadline());
  sooner(transfer_sink.next_deadline());
  sooner(verification.next_deadline());
  sooner(messenger.transport().next_deadline());
  return next;
}

// --- the public face ---

Replica::Replica(ReplicaOptions options, Database& database, Transport& transport, const MemberTrust& trust,
                 Random& random, Authority authority)
    : impl_(std::make_unique<Impl>(std::move(options), database, transport, trust, random,
                                   std::move(authority))) {}
Replica::~Replica() = default;

Result<> Replica::start(const Now& now) { return impl_->start(now); }

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
  check(now.mono >= r.last_turn, "time does not go back");
  r.last_turn = now.mono;
  r.messenger.transport().handle_timeout(now);
  r.pump(now);
  if (now.mono >= r.next_probe) {
    r.next_probe = now.mono + r.options.probe_period;
    r.probe(now);
  }
  if (now.mono >= r.next_tick) {
    r.next_tick = now.mono + kTickEvery;
    r.tick(now);
  }
  if (r.options.durability == Durability::kInterval && now.mono >= r.next_sync) {
    r.next_sync = now.mono + r.options.sync_interval;
    r.want_sync();
  }
  r.anti_entropy.handle_timeout(now);
  r.verification.handle_timeout(now);
  if (r.transfer_sink.timed_out(now)) r.transfer_step(now, false);
}

void Replica::persisted(const Now&, Position position) {
  Impl& r = *impl_;
  r.sync_out = false;
  r.persisted = std::max(r.persisted, position);
  if (r.options.durability == Durability::kAlways) r.want_sync();
}

void Replica::merge_finished(const Now& now, std::unique_ptr<Database::Merge> merge, Result<> outcome) {
  Impl& r = *impl_;
  auto finished = r.database.finish_merge(std::move(merge), std::move(outcome));
  if (!finished) {
    r.fail(finished.error());
    return;
  }
  r.merged(now);
}

void Replica::disk_failed(const Now&, Error why) {
  impl_->sync_out = false;
  impl_->fail(why);
}

Result<Position> Replica::end_turn(const Now& now) {
  auto position = impl_->end_turn(now);
  impl_->pump(now);
  return position;
}
Position Replica::persisted_position() const { return impl_->persisted; }

std::optional<Replica::Output> Replica::poll_output() {
  Impl& r = *impl_;
  if (auto answer = r.verification.poll()) {
    return std::visit([&](auto& a) { return Output(Deferral{answer->token, std::move(a)}); }, answer->answer);
  }
  if (r.outputs.empty()) return std::nullopt;
  Output output = std::move(r.outputs.front());
  r.outputs.pop_front();
  return output;
}
std::optional<Instant> Replica::next_deadline() const { return impl_->next_deadline(); }

bool Replica::drain(const Now& now) {
  Impl& r = *impl_;
  if (r.failed) return true;
  if (!r.database.nothing_to_merge()) r.merge_wanted = true;
  (void)r.end_turn(now);  // a failure shows in `failed`, asked above the next time
  r.want_sync();
  return r.database.nothing_to_merge() && !r.database.merging() && r.persisted >= r.committed && !r.sync_out;
}

size_t Replica::waiting_operations() const { return impl_->waiting.operations(); }
size_t Replica::waiting_bytes() const { return impl_->waiting.bytes(); }
size_t Replica::transfer_cache_bytes() const { return impl_->transfer_sink.cache_bytes(); }
bool Replica::transferring() const { return impl_->transfer_sink.active(); }

}  // namespace tutti
