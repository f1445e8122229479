#pragma once

#include <memory>

#include "sim/faults/fault.h"
#include "storage/store/memory_store.h"

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

// Takes the copy at its beginning and puts it back at its end.
class Restore final : public Fault {
 public:
  void begin(FaultContext& context, size_t target, double amount) override;
  void end(FaultContext& context) override;

 private:
  std::shared_ptr<MemoryDisk> copy_;
  uint64_t tenancy_ = 0;
  size_t target_ = 0;
};

// There is no room meanwhile. The node goes on by itself: no operator comes.
class DiskFull final : public Fault {
 public:
  void begin(FaultContext& context, size_t target, double amount) override;
  void end(FaultContext& context) override;

 private:
  size_t target_ = 0;
};

// Comes with one of the next operations and is over with it.
class IoError final : public Fault {
 public:
  void begin(FaultContext& context, size_t target, double amount) override;
  void end(FaultContext&) override {}
};

// Amount: how many bits. They stay as they are until the disk is replaced.
class BitFlip final : public Fault {
 public:
  void begin(FaultContext& context, size_t target, double amount) override;
  void end(FaultContext&) override {}
};

class Wipe final : public Fault {
 public:
  void begin(FaultContext& context, size_t target, double amount) override;
  void end(FaultContext& context) override;

 private:
  size_t target_ = 0;
};

}  // namespace tutti::sim
