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

// The secrets that all members of a cluster share.
struct ClusterSecrets {
  Key32 public_key{};        // the cluster's id
  Key32 discovery_secret{};  // a stranger without it gets no answer to a handshake

  // Keys the fingerprints and clock hashes, alike on every node.
  HashKey hash_key() const;
};

// A node's identity in its files. They are written once and never changed:
//   tutti.toml      config.h; the mark that the directory is whole
//   node.key        identity.h, secret
//   certificate     "tutti-certificate-1\n", certificate.h, 4 bytes of BLAKE2b-256 over all of it
//   cluster.secret  ClusterSecrets: "tutti-cluster-1\n", both keys, 4 bytes of BLAKE2b-256; secret
//   cluster.key     "tutti-cluster-key-1\n", the cluster's Ed25519 seed, 4 bytes likewise; only where nodes are admitted
//   members         "tutti-members-1\n", the members known when the node joined, 4 bytes likewise
//   store/          RocksDB, storage/FORMAT.md
//   started         empty; the store has been made, so that one that is missing is lost
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

// kUsage: `directory` holds something already. To be called before a join uses its token.
Outcome<> expect_no_directory(const std::filesystem::path& path);

// Writes a new directory whole, or nothing: writes it beside `directory`, then renames it.
Outcome<> create_directory(const std::filesystem::path& path, const DataDirectory& contents);

// Reads and checks all files. kUsage: the configuration is wrong. kTrouble: another file is.
Outcome<DataDirectory> load_directory(const std::filesystem::path& path);

// Whether the node's store has been made once; and says so, durably.
bool has_started(const std::filesystem::path& path);
Result<> mark_started(const std::filesystem::path& path);

// The store's directory in it.
std::filesystem::path store_path(const std::filesystem::path& path);

}  // namespace tutti
