#pragma once

#include "protocol/part.h"
#include "protocol/repair/anti_entropy.h"
#include "protocol/repair/transfer_doubt.h"
#include "protocol/repair/transfer_sink.h"
#include "protocol/replica/delivery.h"
#include "protocol/replica/local_writer.h"
#include "protocol/replica/turn_pipeline.h"

namespace tutti {

// Runs transfers to this node (rule 8): begins one when no log reaches back far enough, and joins it when all
// is staged. One that comes to nothing is given up, and nothing has changed.
class TransferReceiver final : public Part {
 public:
  TransferReceiver(const ReplicaOptions& options, Database& database, Messenger& messenger,
                   TurnPipeline& turns, LocalWriter& writer, Delivery& delivery, AntiEntropy& anti_entropy,
                   Outputs& outputs)
      : turns_(turns),
        writer_(writer),
        delivery_(delivery),
        anti_entropy_(anti_entropy),
        outputs_(outputs),
        doubt_({options.transfer_deletes_max, options.transfer_deletes_share_max}),
        sink_({options.transfer_timeout, options.transfer_rows_per_ask, options.transfer_cache_bytes_max},
              database, messenger) {}

  // Any other message that TransferSink handles.
  template <class M>
  requires requires(TransferSink& sink, const Now& now, const NodeId& from, const M& message) {
    sink.handle(now, from, message);
  }
  void handle(const Now& now, const NodeId& from, const M& message) {
    step(now, sink_.handle(now, from, message));
  }
  void handle(const Now& now, const NodeId& from, const TransferPinnedMessage& message);

  void turn_ended(const Now& now) override;
  bool wants_merge() const override { return sink_.wants_merge(); }
  void merged(const Now& now) override;
  void stream_down(const Now& now, const NodeId& peer) override;
  void handle_timeout(const Now& now) override;
  std::optional<Instant> next_deadline() const override { return sink_.next_deadline(); }
  void metrics(const MetricSink& sink) const override;

  bool active() const { return sink_.active(); }
  size_t cache_bytes() const { return sink_.cache_bytes(); }
  TransferDoubt& doubt() { return doubt_; }

 private:
  // After every word of the source's; false: it is over without a join.
  void step(const Now& now, bool going_on);
  void give_up(const Now& now);
  // All is staged: whether it is to be joined. If not, it was given up.
  bool believed(const Now& now);
  void join(const Now& now);

  TurnPipeline& turns_;
  LocalWriter& writer_;
  Delivery& delivery_;
  AntiEntropy& anti_entropy_;
  Outputs& outputs_;
  TransferDoubt doubt_;
  TransferSink sink_;
};

}  // namespace tutti
