#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "node/setup/config.h"
#include "protocol/identity/certificate.h"
#include "protocol/identity/identity.h"
#include "protocol/membership/member_record.h"
#include "storage/base/outcome.h"
#include "storage/crypto/hash.h"
#include "storage/crypto/key.h"

namespace tutti {

// What every member of a cluster shares.
struct ClusterSecrets {
  Key32 public_key{};        // the cluster's id
  Key32 discovery_secret{};  // opens the first packet of a handshake: strangers without it hear nothing

  // Keys the fingerprints and clock hashes, alike on every node.
  HashKey hash_key() const;
};

// Who a node is, as its files say. All of them are written once and never changed:
//   tutti.toml      config.h; the mark that the directory is whole
//   node.key        identity.h, secret
//   certificate     certificate.h
//   cluster.secret  ClusterSecrets: "tutti-cluster-1\n", both keys, 4 bytes of BLAKE2b-256; secret
//   cluster.key     "tutti-cluster-key-1\n", the cluster's Ed25519 seed, 4 bytes likewise; only where nodes are admitted
//   members         the members known when the node joined
//   store/          RocksDB, storage/FORMAT.md
struct NodeFiles {
  NodeKeys keys;
  Certificate certificate;
  ClusterSecrets cluster;
  std::optional<Key32> cluster_seed;
  std::vector<MemberRecord> members;
};

struct DataDirectory {
  Config config;
  NodeFiles files;
};

// kUsage where there is something already; asked before a join spends its token.
Outcome<> expect_no_directory(const std::filesystem::path& path);

// Writes a new directory whole, or nothing: beside it first, then renamed into place.
Outcome<> create_directory(const std::filesystem::path& path, const DataDirectory& contents);

// Reads and checks all of it. kUsage for the configuration, kTrouble for the rest.
Outcome<DataDirectory> load_directory(const std::filesystem::path& path);

// Where the store lives in it.
std::filesystem::path store_path(const std::filesystem::path& path);

}  // namespace tutti
