#include "node/setup/data_directory.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "node/setup/durable_file.h"
#include "protocol/identity/key_file.h"
#include "protocol/identity/sealed_file.h"
#include "protocol/messages/message_codec.h"
#include "storage/crypto/ed25519.h"

namespace tutti {

namespace fs = std::filesystem;

namespace {

constexpr char kConfigFile[] = "tutti.toml";
constexpr char kKeyFile[] = "node.key";
constexpr char kCertificateFile[] = "certificate";
constexpr char kSecretsFile[] = "cluster.secret";
constexpr char kClusterKeyFile[] = "cluster.key";
constexpr char kMembersFile[] = "members";
constexpr char kStartedFile[] = "started";

constexpr ByteView kSecretsMagic = "tutti-cluster-1\n";
constexpr ByteView kCertificateMagic = "tutti-certificate-1\n";
constexpr ByteView kMembersMagic = "tutti-members-1\n";
constexpr ByteView kClusterKeyMagic = "tutti-cluster-key-1\n";
constexpr mode_t kSecret = 0600;
constexpr mode_t kPlain = 0644;

std::unexpected<Failure> damaged(const fs::path& path, std::string_view why) {
  return failure(ExitCode::kTrouble,
                 fmt::format("{} is damaged: {} Restore it from a copy, or let the node join anew "
                             "with another directory.",
                             path.string(), why));
}

Outcome<std::string> required_file(const fs::path& path) {
  auto bytes = read_file(path);
  if (!bytes) return failure(ExitCode::kTrouble, bytes.error());
  return *std::move(bytes);
}

// Decodes the bytes of a file.
template <class T>
Outcome<T> decoded(const fs::path& path, ByteView bytes, Result<T> (*decode)(ByteView)) {
  auto value = decode(bytes);
  if (!value) return damaged(path, value.error().message);
  return *std::move(value);
}

// A file of sealed_file.h, which must exist.
template <class T>
Outcome<T> load(const fs::path& path, ByteView magic, Result<T> (*decode)(ByteView)) {
  const auto file = required_file(path);
  if (!file) return std::unexpected(file.error());
  const auto bytes = unseal(magic, *file);
  if (!bytes) return damaged(path, bytes.error().message);
  return decoded(path, *bytes, decode);
}

Result<> write_files(const fs::path& path, const DataDirectory& contents) {
  const NodeFiles& files = contents.files;
  struct File {
    const char* name;
    std::string bytes;
    mode_t mode;
  };
  std::vector<File> all{
      {kKeyFile, encode_node_keys(files.keys), kSecret},
      {kCertificateFile, seal(kCertificateMagic, encode_certificate(files.certificate)), kPlain},
      {kSecretsFile,
       encode_key_file(kSecretsMagic, {&files.cluster.public_key, &files.cluster.discovery_secret}), kSecret},
      {kMembersFile, seal(kMembersMagic, encode_members(files.members)), kPlain},
      {kConfigFile, config_text(contents.config), kSecret},  // it may hold the password
  };
  if (files.cluster_seed)
    all.push_back({kClusterKeyFile, encode_key_file(kClusterKeyMagic, {&*files.cluster_seed}), kSecret});
  for (const File& file : all) {
    if (auto ok = create_file(path / file.name, file.bytes, file.mode); !ok) return ok;
  }
  return sync_directory(path);
}

// The parent of "DIR" and of "DIR/" alike.
fs::path parent_of(const fs::path& path) { return (fs::absolute(path) / "").parent_path().parent_path(); }

}  // namespace

HashKey ClusterSecrets::hash_key() const {
  const auto hash = blake2b_256("tutti hash key", view_of(discovery_secret));
  HashKey key;
  std::copy_n(hash.begin(), key.size(), key.begin());
  return key;
}

Outcome<> expect_no_directory(const fs::path& path) {
  std::error_code failed;
  if (fs::exists(path / kConfigFile, failed)) {
    return failure(ExitCode::kUsage,
                   fmt::format("{} is a node already: it has a tutti.toml. Start it with `tuttid run "
                               "--data {}`, or name another directory.",
                               path.string(), path.string()));
  }
  if (fs::exists(path, failed) && !fs::is_empty(path, failed)) {
    return failure(ExitCode::kUsage,
                   fmt::format("{} exists and is not an empty directory. Name another one.", path.string()));
  }
  return {};
}

Outcome<> create_directory(const fs::path& path, const DataDirectory& contents) {
  if (auto ok = expect_no_directory(path); !ok) return ok;
  const fs::path parent = parent_of(path);
  const fs::path staged =
      parent /
      fmt::format(".{}.new-{}", (fs::absolute(path) / "").parent_path().filename().string(), getpid());
  std::error_code failed;
  fs::create_directories(parent, failed);
  if (failed)
    return failure(ExitCode::kTrouble, fmt::format("Cannot make {}: {}.", parent.string(), failed.message()));
  fs::create_directory(staged, failed);
  if (failed)
    return failure(ExitCode::kTrouble, fmt::format("Cannot make {}: {}.", staged.string(), failed.message()));
  fs::permissions(staged, fs::perms::owner_all, failed);

  auto outcome = write_files(staged, contents);
  if (outcome && std::rename(staged.c_str(), path.c_str()) != 0) {
    outcome = error(ErrorCode::kIo,
                    fmt::format("Cannot make {}: {}. Where it is a mount point, name a directory in it.",
                                path.string(), std::strerror(errno)));
  }
  if (!outcome) {
    fs::remove_all(staged, failed);
    return failure(ExitCode::kTrouble, outcome.error());
  }
  if (auto ok = sync_directory(parent); !ok) return failure(ExitCode::kTrouble, ok.error());
  return {};
}

Outcome<DataDirectory> load_directory(const fs::path& path) {
  DataDirectory out;
  const auto text = read_file(path / kConfigFile);
  if (!text && text.error().code == ErrorCode::kNotFound) {
    return failure(ExitCode::kUsage,
                   fmt::format("{} is no node: it has no tutti.toml. Make one with `tuttid init` or "
                               "`tuttid join`.",
                               path.string()));
  }
  if (!text) return failure(ExitCode::kTrouble, text.error());
  auto config = parse_config(*text, path / kConfigFile);
  if (!config) return std::unexpected(config.error());
  out.config = *std::move(config);

  const auto key_file = required_file(path / kKeyFile);
  if (!key_file) return std::unexpected(key_file.error());
  const auto keys = decoded(path / kKeyFile, *key_file, decode_node_keys);
  if (!keys) return std::unexpected(keys.error());
  out.files.keys = *keys;

  const auto certificate = load(path / kCertificateFile, kCertificateMagic, decode_certificate);
  if (!certificate) return std::unexpected(certificate.error());
  if (certificate->id() != keys->id()) {
    return damaged(path / kCertificateFile, "It belongs to other keys than node.key.");
  }
  out.files.certificate = *certificate;

  const auto secrets = required_file(path / kSecretsFile);
  if (!secrets) return std::unexpected(secrets.error());
  ClusterSecrets& cluster = out.files.cluster;
  if (!decode_key_file(*secrets, kSecretsMagic, {&cluster.public_key, &cluster.discovery_secret})) {
    return damaged(path / kSecretsFile, "Its checksum does not fit.");
  }

  const auto cluster_key = read_file(path / kClusterKeyFile);
  if (cluster_key) {
    Key32 seed;
    if (!decode_key_file(*cluster_key, kClusterKeyMagic, {&seed})) {
      return damaged(path / kClusterKeyFile, "Its checksum does not fit.");
    }
    if (ed25519_public_of(seed) != cluster.public_key) {
      return damaged(path / kClusterKeyFile, "It is the key of another cluster.");
    }
    out.files.cluster_seed = seed;
  } else if (cluster_key.error().code != ErrorCode::kNotFound) {
    return failure(ExitCode::kTrouble, cluster_key.error());
  }

  auto members = load(path / kMembersFile, kMembersMagic, decode_members);
  if (!members) return std::unexpected(members.error());
  out.files.members = *std::move(members);
  return out;
}

bool has_started(const fs::path& path) {
  std::error_code failed;
  return fs::exists(path / kStartedFile, failed);
}

Result<> mark_started(const fs::path& path) {
  if (has_started(path)) return {};
  if (auto ok = create_file(path / kStartedFile, {}, kPlain); !ok) return ok;
  return sync_directory(path);
}

fs::path store_path(const fs::path& path) { return path / "store"; }

}  // namespace tutti
