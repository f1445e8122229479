#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "protocol/node_id.h"
#include "storage/crypto/hash.h"

namespace tutti {

// The fingerprint of one node's rows, as of a merge.
struct FingerprintAnswer {
  std::string node;  // name
  NodeId id;
  Hash128 clock_hash;
  Hash128 fingerprint;
  uint64_t keys = 0;
  uint64_t rows = 0;
};

struct VerifyAnswer {
  bool agree = false;  // every member answered, all clocks and fingerprints equal
  std::vector<FingerprintAnswer> nodes;
  std::vector<std::string> silent;  // names of the members that did not answer in time
};

}  // namespace tutti
