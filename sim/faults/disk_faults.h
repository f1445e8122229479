#pragma once

#include <map>

#include "sim/fault.h"
#include "storage/memory_store.h"

namespace tutti::sim {

class PowerLoss final : public Fault {
 public:
  void begin(FaultContext& context, size_t target, double amount) override;
  void end(FaultContext& context) override;

 private:
  size_t target_ = 0;
};

class Blackout final : public Fault {
 public:
  void begin(FaultContext& context, size_t target, double amount) override;
  void end(FaultContext& context) override;
};

// Amount: a factor.
class SlowSync final : public Fault {
 public:
  void begin(FaultContext& context, size_t target, double amount) override;
  void end(FaultContext& context) override;

 private:
  size_t target_ = 0;
};

// The first strike at a node takes the copy, each later one may put it back, or take a newer one.
class Restore final : public Fault {
 public:
  void begin(FaultContext& context, size_t target, double amount) override;
  void end(FaultContext& context) override;

 private:
  std::map<size_t, std::shared_ptr<MemoryDisk>> copies_;
  size_t target_ = 0;
};

class Wipe final : public Fault {
 public:
  void begin(FaultContext& context, size_t target, double amount) override;
  void end(FaultContext& context) override;

 private:
  size_t target_ = 0;
};

}  // namespace tutti::sim
