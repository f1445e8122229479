#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "protocol/node_id.h"
#include "storage/base/ids.h"
#include "storage/base/time.h"

namespace tutti {

struct Turn;          // protocol/delivery/turn.h
class VersionVector;  // storage/model/version_vector.h

// Called with every metric of a part. `group`: INFO's section, lower case; `name`: lower_case_words.
using MetricSink = std::function<void(ByteView group, ByteView name, uint64_t value)>;

// A part of a replica: it owns the state of one concern, and hears what happens to the node. The replica calls its
// parts in the order of its list, the same for every call: a part may rely on what the parts before it have done.
// A part sends with the Messenger or the outputs that it was made with. One thread.
class Part {
 public:
  virtual ~Part() = default;

  // Once, first.
  virtual void start(const Now&) {}

  // --- peers ---
  // The stream to a peer begins anew, or is gone.
  virtual void stream_up(const Now&, const NodeId& /*peer*/) {}
  virtual void stream_down(const Now&, const NodeId& /*peer*/) {}
  // Drops the state of a peer that stream_down() keeps. stream_down() is called first.
  virtual void forget(const NodeId& /*peer*/) {}

  // --- turns ---
  // The turn is in the log. `turn` is valid during the call.
  virtual void committed(const Now&, const Turn& /*turn*/) {}
  // Every turn's end, whether it applied anything or not.
  virtual void turn_ended(const Now&) {}
  // The log is synced up to here.
  virtual void persisted(Position) {}

  // --- merges ---
  // True: the part waits for a merge of everything applied so far.
  virtual bool wants_merge() const { return false; }
  // A merge has finished, or there was nothing to merge.
  virtual void merged(const Now&) {}

  // --- time ---
  // Called when next_deadline() has come, and at other times as well.
  virtual void handle_timeout(const Now&) {}
  virtual std::optional<Instant> next_deadline() const { return std::nullopt; }
  // Called every half second, for work that needs no exact time.
  virtual void tick(const Now&) {}

  // Lowers `held` to the clock up to which this part allows the log to be cut.
  virtual void log_needed(const Now&, VersionVector& /*held*/) const {}

  virtual void metrics(const MetricSink&) const {}
};

using Parts = std::vector<Part*>;

}  // namespace tutti
