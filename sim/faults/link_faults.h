#pragma once

#include <utility>
#include <vector>

#include "sim/faults/fault.h"

namespace tutti::sim {

// A set of one-way links that are down together.
class BlockedLinks {
 public:
  void block(Links& links, size_t from, size_t to);
  void block_both(Links& links, size_t a, size_t b);
  void restore(Links& links);

 private:
  std::vector<std::pair<size_t, size_t>> blocked_;
};

class Partition final : public Fault {
 public:
  void begin(FaultContext& context, size_t target, double amount) override;
  void end(FaultContext& context) override { blocked_.restore(context.links); }

 private:
  BlockedLinks blocked_;
};

class OneWay final : public Fault {
 public:
  void begin(FaultContext& context, size_t target, double amount) override;
  void end(FaultContext& context) override { blocked_.restore(context.links); }

 private:
  BlockedLinks blocked_;
};

class Isolation final : public Fault {
 public:
  void begin(FaultContext& context, size_t target, double amount) override;
  void end(FaultContext& context) override { blocked_.restore(context.links); }

 private:
  BlockedLinks blocked_;
};

// Amount: a share of packets.
class PacketLoss final : public Fault {
 public:
  void begin(FaultContext& context, size_t target, double amount) override;
  void end(FaultContext& context) override;

 private:
  double amount_ = 0;
};

// Amount: milliseconds.
class SlowLinks final : public Fault {
 public:
  void begin(FaultContext& context, size_t target, double amount) override;
  void end(FaultContext& context) override;

 private:
  Duration added_{0};
};

}  // namespace tutti::sim
