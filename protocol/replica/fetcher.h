#pragma once

#include "protocol/commands/command.h"
#include "protocol/part.h"
#include "protocol/replica/outputs.h"
#include "storage/database.h"

namespace tutti {

// Reads of the disk for commands that may not wait for it: off the loop, into memory, where the command, given
// again, finds what it missed.
class Fetcher final : public Part {
 public:
  // References outlive this.
  Fetcher(Database& database, Outputs& outputs) : database_(database), outputs_(outputs) {}

  void fetch(const FetchRequest& request, uint64_t token);
  void metrics(const MetricSink& sink) const override;

 private:
  Database& database_;
  Outputs& outputs_;
  uint64_t fetches_ = 0;
};

}  // namespace tutti
