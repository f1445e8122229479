#pragma once

#include "sim/faults/fault.h"

namespace tutti::sim {

// Processes that end and come back when the fault does. Where the target is down already, nothing happens.

class Kill final : public Fault {
 public:
  void begin(FaultContext& context, size_t target, double amount) override;
  void end(FaultContext& context) override;

 private:
  size_t target_ = 0;
};

class Stop final : public Fault {
 public:
  void begin(FaultContext& context, size_t target, double amount) override;
  void end(FaultContext& context) override;

 private:
  size_t target_ = 0;
};

class Pause final : public Fault {
 public:
  void begin(FaultContext& context, size_t target, double amount) override;
  void end(FaultContext& context) override;

 private:
  size_t target_ = 0;
};

// Amount: milliseconds.
class SlowNode final : public Fault {
 public:
  void begin(FaultContext& context, size_t target, double amount) override;
  void end(FaultContext& context) override;

 private:
  size_t target_ = 0;
};

// Amount: milliseconds.
class WallOffset final : public Fault {
 public:
  void begin(FaultContext& context, size_t target, double amount) override;
  void end(FaultContext& context) override;

 private:
  size_t target_ = 0;
  std::chrono::milliseconds offset_{0};
};

// Amount: parts in a million.
class Drift final : public Fault {
 public:
  void begin(FaultContext& context, size_t target, double amount) override;
  void end(FaultContext& context) override;

 private:
  size_t target_ = 0;
};

// Amount: milliseconds.
class WallJump final : public Fault {
 public:
  void begin(FaultContext& context, size_t target, double amount) override;
  void end(FaultContext&) override {}
};

// Brings a node back that some fault has ended.
void start_again(SimNode& node);

}  // namespace tutti::sim
