#pragma once

#include <cstdint>

#include "protocol/delivery/causal_buffer.h"
#include "protocol/membership/neighbours.h"
#include "protocol/part.h"
#include "protocol/repair/anti_entropy.h"
#include "protocol/replica/local_writer.h"
#include "protocol/replica/turn_pipeline.h"
#include "storage/model/operation_codec.h"

namespace tutti {

// Takes in the operations of other nodes: each is applied once its whole past is (rule 3), and waits in the
// causal buffer until then.
class Delivery final : public Part {
 public:
  Delivery(const ReplicaOptions& options, Database& database, const Neighbours& neighbours,
           TurnPipeline& turns, LocalWriter& writer, AntiEntropy& anti_entropy, Outputs& outputs)
      : database_(database),
        neighbours_(neighbours),
        turns_(turns),
        writer_(writer),
        anti_entropy_(anti_entropy),
        outputs_(outputs),
        waiting_(options.waiting_operations_max, options.waiting_bytes_max) {}

  // A batch, after the clock that is known where it begins. `pushed`: it came unasked, and is pushed on where pushes are
  // relayed.
  void handle_batch(const Now& now, const NodeId& from, const VersionVector& known, ByteView batch,
                    bool pushed);
  // What an authenticated peer sent cannot be read: dropped.
  void unreadable(const Now& now, const NodeId& from, const Error& why);

  // The transfer under way brings what `clock` covers (rule 8): it is not applied here, until transfer_over().
  void leave_to_transfer(const VersionVector& clock);
  void transfer_over() { left_ = {}; }
  // Applies what waited for what a transfer has brought.
  void joined(const Now& now);

  size_t waiting_operations() const { return waiting_.operations(); }
  size_t waiting_bytes() const { return waiting_.bytes(); }
  void metrics(const MetricSink& sink) const override;

 private:
  void apply(const Now& now, Operation operation, Turn::Origin origin);

  Database& database_;
  const Neighbours& neighbours_;
  TurnPipeline& turns_;
  LocalWriter& writer_;
  AntiEntropy& anti_entropy_;
  Outputs& outputs_;
  CausalBuffer waiting_;
  VersionVector left_;
  uint64_t received_ = 0, duplicates_ = 0, dropped_ = 0, bad_messages_ = 0;
};

}  // namespace tutti
