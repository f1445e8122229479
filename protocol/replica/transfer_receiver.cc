#include "protocol/replica/transfer_receiver.h"

#include <string>

namespace tutti {

// What this process has written it knows best: a clock that says more is damaged or forged, and joining it would take the
// dots that the next writes get.
void TransferReceiver::handle(const Now& now, const NodeId& from, const TransferPinnedMessage& message) {
  const bool mine = sink_.active() && sink_.source() == from;
  if (const auto actor = writer_.actor(); mine && actor) {
    const Counter written = writer_.database().clock().get(*actor);
    if (const Counter claimed = message.clock.get(*actor); claimed > written) {
      delivery_.unreadable(
          now, from,
          {ErrorCode::kRefused,
           "its transfer was refused: it claims " + std::to_string(claimed.value) +
               " writes of this process, which has written " + std::to_string(written.value) +
               ". Its data is damaged or forged; or this machine was copied while it ran: then "
               "restart this node"});
      return step(now, false);
    }
  }
  step(now, sink_.handle(now, from, message));
}

void TransferReceiver::turn_ended(const Now& now) {
  const auto source = anti_entropy_.wants_transfer();
  if (!source || sink_.active() || turns_.trouble() || !doubt_.may_ask(now, *source)) return;
  anti_entropy_.pause();
  sink_.begin(now, *source);
  outputs_.event(Outputs::EventKind::kTransferBegun, *source,
                 "no log reaches back far enough: a transfer begins");
}

void TransferReceiver::merged(const Now& now) {
  if (!sink_.wants_merge()) return;
  sink_.merged(now);
  step(now, true);
}

void TransferReceiver::stream_down(const Now& now, const NodeId& peer) {
  if (sink_.active() && sink_.source() == peer) give_up(now);
}

void TransferReceiver::handle_timeout(const Now& now) {
  if (sink_.timed_out(now)) give_up(now);
}

void TransferReceiver::step(const Now& now, bool going_on) {
  if (!sink_.active()) return;
  if (!going_on) return give_up(now);
  if (sink_.wants_merge()) {
    delivery_.leave_to_transfer(sink_.clock());
    turns_.want_merge();
  }
  if (sink_.ready() && believed(now)) join(now);
}

bool TransferReceiver::believed(const Now& now) {
  const TransferDoubt::Case asked{sink_.source(), sink_.rows_deleted(), sink_.rows_before()};
  if (doubt_.believes(now, asked)) return true;
  outputs_.event(
      Outputs::EventKind::kTransferDoubted, asked.source,
      "a transfer would delete " + std::to_string(asked.deletes) + " of the " + std::to_string(asked.rows) +
          " rows here. It was not joined, and waits for another member that says the same. Is it right? "
          "`tutti transfer allow`; if not, `tutti transfer deny`, and look at that member");
  give_up(now);
  return false;
}

void TransferReceiver::give_up(const Now& now) {
  const NodeId source = sink_.source();
  sink_.end(now);
  delivery_.transfer_over();
  outputs_.event(Outputs::EventKind::kTransferGivenUp, source,
                 "a transfer was given up; nothing has changed, another peer is tried");
  anti_entropy_.transfer_failed(source);
  anti_entropy_.resume(now);
}

void TransferReceiver::join(const Now& now) {
  if (turns_.failed()) return;
  if (turns_.trouble()) return give_up(now);
  const NodeId source = sink_.source();
  if (auto turn = turns_.end_turn(now); !turn) return;  // the join is a record of its own
  const auto rows = sink_.take_rows();
  if (!turns_.join(now, sink_.clock(), rows)) return give_up(now);
  writer_.joined(now, rows);
  outputs_.event(Outputs::EventKind::kTransferDone, source,
                 "a transfer is done: " + std::to_string(sink_.rows_compared()) + " rows compared, " +
                     std::to_string(rows.size()) + " taken over");
  sink_.end(now);
  doubt_.joined();
  delivery_.transfer_over();
  delivery_.joined(now);
  anti_entropy_.resume(now);
}

void TransferReceiver::metrics(const MetricSink& sink) const {
  sink("replication", "transferring", sink_.active() ? 1 : 0);
  sink("replication", "transfer_doubted", doubt_.waiting() ? 1 : 0);
}

}  // namespace tutti
