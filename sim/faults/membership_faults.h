#pragma once

#include <vector>

#include "sim/faults/fault.h"

namespace tutti::sim {

// Amount: how many spare machines join; they stay. Each knows one or two members.
class JoinStorm final : public Fault {
 public:
  void begin(FaultContext& context, size_t target, double amount) override;
  void end(FaultContext&) override {}
};

// Amount: how many stop.
class LeaveStorm final : public Fault {
 public:
  void begin(FaultContext& context, size_t target, double amount) override;
  void end(FaultContext& context) override;

 private:
  std::vector<size_t> left_;
};

// A copy of the target's disk starts on a spare machine, beside the original, and is ended and erased. Then
// the original is started again; without cipher, every other time.
class CopiedDisk final : public Fault {
 public:
  void begin(FaultContext& context, size_t target, double amount) override;
  void end(FaultContext& context) override;

 private:
  size_t target_ = 0;
  SimNode* copy_ = nullptr;
};

}  // namespace tutti::sim
