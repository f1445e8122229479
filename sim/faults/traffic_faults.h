#pragma once

#include <memory>
#include <utility>
#include <vector>

#include "sim/faults/fault.h"
#include "sim/faults/link_faults.h"

namespace tutti::sim {

// Amount of these three: a share of datagrams.
class Duplicates final : public Fault {
 public:
  void begin(FaultContext& context, size_t target, double amount) override;
  void end(FaultContext& context) override;

 private:
  double amount_ = 0;
};

class Reordering final : public Fault {
 public:
  void begin(FaultContext& context, size_t target, double amount) override;
  void end(FaultContext& context) override;

 private:
  double amount_ = 0;
};

class Corruption final : public Fault {
 public:
  void begin(FaultContext& context, size_t target, double amount) override;
  void end(FaultContext& context) override;

 private:
  double amount_ = 0;
};

// Amount of these two: bytes a second.
class ThinUplink final : public Fault {
 public:
  void begin(FaultContext& context, size_t target, double amount) override;
  void end(FaultContext& context) override;

 private:
  size_t target_ = 0;
};

class ThinUplinks final : public Fault {
 public:
  void begin(FaultContext& context, size_t target, double amount) override;
  void end(FaultContext& context) override;
};

// Amount: how many one-way links.
class Clog final : public Fault {
 public:
  void begin(FaultContext& context, size_t target, double amount) override;
  void end(FaultContext& context) override;

 private:
  std::vector<std::pair<size_t, size_t>> clogged_;
};

// As FoundationDB's simulator does: some nodes lose their links one after another, and get them back one
// after another in another order.
class Swizzle final : public Fault {
 public:
  void begin(FaultContext& context, size_t target, double amount) override;
  void end(FaultContext& context) override;

 private:
  struct Isolated {
    BlockedLinks blocked;
    bool over = false;
  };
  std::vector<std::shared_ptr<Isolated>> isolated_;
};

}  // namespace tutti::sim
