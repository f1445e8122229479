#include "node/daemon.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <csignal>

#include "node/daemon_loop.h"
#include "node/io/system_clock.h"
#include "node/io/system_random.h"
#include "node/setup/authority.h"
#include "node/setup/descriptors.h"
#include "node/setup/endpoint.h"
#include "node/setup/init.h"
#include "node/setup/token_ledger.h"
#include "node/setup/trust.h"
#include "protocol/session/noise_transport.h"
#include "storage/base/bytes.h"
#include "storage/store/rocks_store.h"

namespace tutti {

namespace {

constexpr ByteView kMetaBoot = "node/boot";

// The boot counter: greater than at every earlier start, and durable before it is used. At least the wall clock in
// milliseconds, so that after a restore from a backup it is still greater than the one that peers remember.
Result<uint64_t> raise_boot_counter(Store& store) {
  auto stored = store.meta_get(kMetaBoot);
  if (!stored) return std::unexpected(stored.error());
  uint64_t last = 0;
  if (*stored) {
    ByteReader in(**stored);
    last = in.u64();
    if (!in.done()) return error(ErrorCode::kCorrupt, "The boot counter is damaged. Let the node join anew.");
  }
  const uint64_t boot = std::max(last + 1, read_clocks().wall_ms());
  std::string bytes;
  put_u64(bytes, boot);
  if (auto ok = store.meta_put(kMetaBoot, bytes); !ok) return std::unexpected(ok.error());
  return boot;
}

struct Addresses {
  Address listen, advertise, resp;
};

Outcome<Addresses> resolve_all(const Config& config) {
  Addresses out;
  for (const auto& [text, address] :
       {std::pair{&config.listen, &out.listen}, std::pair{&config.resp, &out.resp},
        std::pair{&config.advertise, &out.advertise}}) {
    if (text->empty()) continue;
    auto resolved = resolve_endpoint(*text);
    if (!resolved) return failure(ExitCode::kUsage, resolved.error());
    *address = *resolved;
  }
  if (config.advertise.empty()) out.advertise = address_for_others(out.listen);
  return out;
}

}  // namespace

Outcome<> run_node(const std::filesystem::path& directory, const DataDirectory& contents) {
  const Config& config = contents.config;
  const NodeFiles& files = contents.files;
  std::signal(SIGPIPE, SIG_IGN);
  const auto descriptors = share_descriptors();
  if (!descriptors) return std::unexpected(descriptors.error());
  if (auto ok = files.certificate.verify(files.cluster.public_key, read_clocks().wall); !ok) {
    return failure(ExitCode::kUnreachable, ok.error());
  }
  const auto addresses = resolve_all(config);
  if (!addresses) return std::unexpected(addresses.error());

  const auto trouble = [](const Error& why) { return failure(ExitCode::kTrouble, why); };
  auto store = open_rocks_store(store_path(directory).string(),
                                {.block_cache_bytes = config.cache_bytes / 2,
                                 .open_files_max = static_cast<int>(descriptors->store),
                                 .diary = [](bool error, ByteView line) {
                                   spdlog::log(error ? spdlog::level::warn : spdlog::level::debug,
                                               "RocksDB: {}", line);
                                 }});
  if (!store) return trouble(store.error());
  const auto boot = raise_boot_counter(**store);
  if (!boot) return trouble(boot.error());
  auto ledger = TokenLedger::load(**store);
  if (!ledger) return trouble(ledger.error());
  auto database =
      Database::open(**store, files.cluster.hash_key(),
                     {.table_bytes_max = config.memory_bytes, .read_cache_bytes = config.cache_bytes / 2});
  if (!database) return trouble(database.error());

  SystemRandom random;
  const CertificateTrust trust(files.cluster.public_key, files.keys);
  NoiseTransport transport({.keys = files.keys,
                            .certificate = files.certificate,
                            .cluster_public_key = files.cluster.public_key,
                            .discovery_secret = files.cluster.discovery_secret,
                            .boot_counter = *boot,
                            .cluster_seed = files.cluster_seed},
                           random);
  ClusterAuthority authority(files, {addresses->advertise, files.keys.x25519_public}, *std::move(ledger),
                             random);
  ReplicaOptions options;
  options.self = {.id = files.keys.id(),
                  .x25519 = files.keys.x25519_public,
                  .name = config.name,
                  .address = addresses->advertise,
                  .incarnation = 0,
                  .certificate = encode_certificate(files.certificate),
                  .signature = {}};
  options.cluster_id = cluster_id_text(files.cluster.public_key);
  options.seeds = make_member_list(files.members);
  options.durability = config.durability;
  options.writes = has_role(files.certificate.subject.roles, Role::kReplica);
  Replica replica(options, **database, transport, trust, random,
                  files.cluster_seed ? authority.for_replica() : Replica::Authority{});
  if (auto ok = replica.start(read_clocks()); !ok) return trouble(ok.error());

  DaemonLoop loop(replica, **store, config.password, *descriptors);
  if (auto ok = loop.listen(addresses->listen, addresses->resp); !ok) return ok;
  spdlog::info("{} ({}) of cluster {}: members at {} (others dial {}), RESP at {}, durability {}",
               config.name, short_name(files.keys.id()), options.cluster_id, to_string(addresses->listen),
               to_string(addresses->advertise), to_string(addresses->resp),
               config.durability == Durability::kAlways ? "always" : "interval");
  loop.run();
  spdlog::info("drained");
  return {};
}

}  // namespace tutti
