#include "node/daemon.h"

#include <fmt/format.h>
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
#include "protocol/replica/member_gossip.h"
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
  Address listen, advertise;
  std::vector<DoorAddress> doors;
};

Outcome<Addresses> resolve_all(const Config& config) {
  Addresses out;
  for (const auto& [text, address] :
       {std::pair{&config.listen, &out.listen}, std::pair{&config.advertise, &out.advertise}}) {
    if (text->empty()) continue;
    auto resolved = resolve_endpoint(*text);
    if (!resolved) return failure(ExitCode::kUsage, resolved.error());
    *address = *resolved;
  }
  if (config.advertise.empty()) out.advertise = address_for_others(out.listen);
  auto doors = resolve_doors(config);
  if (!doors) return std::unexpected(doors.error());
  out.doors = *std::move(doors);
  return out;
}

std::string log_range(Store& store) {
  return fmt::format("{} to {}", store.last_position().value + 1, store.remembered_position().value);
}

// Empty: the log reaches as far as it was synced. Else what is gone, in words. kTrouble: it is gone for good, and nobody
// has said that this is accepted.
Outcome<std::string> find_loss(Store& store, const std::filesystem::path& directory, const NodeFiles& files,
                               bool accept_loss) {
  if (store.remembered_position() <= store.last_position()) return std::string();
  const auto learned = stored_members(store);
  if (!learned) return failure(ExitCode::kTrouble, learned.error());
  const auto is_other = [&](const MemberRecord& member) { return member.id != files.keys.id(); };
  const bool lone = std::ranges::none_of(*learned, is_other) && std::ranges::none_of(files.members, is_other);
  if (lone && !accept_loss) {
    return failure(
        ExitCode::kTrouble,
        fmt::format("The log in {} has lost its end: records {} were on disk, and are gone or damaged. "
                    "No other member is known that could have them. Put back a copy of the directory; or "
                    "start with --accept-loss to go on without them.",
                    store_path(directory).string(), log_range(store)));
  }
  return fmt::format(
      "log records {}: they were on disk, and are gone or damaged. What other members have of them "
      "comes back; what only this node had is lost",
      log_range(store));
}

// One opening of the store, until the loop ends.
Outcome<DaemonLoop::End> run_once(const std::filesystem::path& directory, const DataDirectory& contents,
                                  const Addresses& addresses, const Descriptors& descriptors,
                                  bool accept_loss) {
  const Config& config = contents.config;
  const NodeFiles& files = contents.files;
  const auto trouble = [](const Error& why) { return failure(ExitCode::kTrouble, why); };
  auto store = open_rocks_store(store_path(directory).string(),
                                {.create = accept_loss || !has_started(directory),
                                 .block_cache_bytes = config.cache_bytes / 2,
                                 .open_files_max = static_cast<int>(descriptors.store),
                                 .diary = [](bool error, ByteView line) {
                                   spdlog::log(error ? spdlog::level::warn : spdlog::level::debug,
                                               "RocksDB: {}", line);
                                 }});
  if (!store && store.error().code == ErrorCode::kNotFound) {
    return failure(
        ExitCode::kTrouble,
        fmt::format("{} is missing or empty, though this node has run before: its data is gone. Put it "
                    "back; or start with --accept-loss: the node begins without data, and takes over "
                    "what other members have.",
                    store_path(directory).string()));
  }
  if (!store) return trouble(store.error());
  if (auto ok = mark_started(directory); !ok) return trouble(ok.error());
  const auto lost = find_loss(**store, directory, files, accept_loss);
  if (!lost) return std::unexpected(lost.error());
  if (!lost->empty()) spdlog::error("lost: {}", *lost);
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
  ClusterAuthority authority(files, {addresses.advertise, files.keys.x25519_public}, *std::move(ledger),
                             random);
  ReplicaOptions options;
  options.self = {.id = files.keys.id(),
                  .x25519 = files.keys.x25519_public,
                  .name = config.name,
                  .address = addresses.advertise,
                  .incarnation = 0,
                  .certificate = encode_certificate(files.certificate),
                  .signature = {}};
  options.cluster_id = cluster_id_text(files.cluster.public_key);
  options.seeds = make_member_list(files.members);
  options.seed_endpoints = config.seeds;
  options.lost = *lost;
  options.durability = config.durability;
  options.writes = has_role(files.certificate.subject.roles, Role::kReplica);
  Replica replica(options, **database, transport, trust, random,
                  files.cluster_seed ? authority.for_replica() : Replica::Authority{});
  if (auto ok = replica.start(read_clocks()); !ok) return trouble(ok.error());
  if (!lost->empty()) (*store)->accept_loss();  // told: the next start need not tell it again

  DaemonLoop loop(replica, **store, config.password, descriptors);
  if (auto ok = loop.listen(addresses.listen, addresses.doors); !ok) return std::unexpected(ok.error());
  std::string doors;
  for (const DoorAddress& door : addresses.doors)
    doors += fmt::format("{} at {}, ", door.setting, to_string(door.address));
  spdlog::info("{} ({}) of cluster {}: members at {} (others dial {}), {}durability {}", config.name,
               short_name(files.keys.id()), options.cluster_id, to_string(addresses.listen),
               to_string(addresses.advertise), doors,
               config.durability == Durability::kAlways ? "always" : "interval");
  return loop.run();
}

}  // namespace

Outcome<> run_node(const std::filesystem::path& directory, const DataDirectory& contents, bool accept_loss) {
  const NodeFiles& files = contents.files;
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGXFSZ, SIG_IGN);  // a write beyond a limit of file sizes is an error like others
  const auto descriptors = share_descriptors();
  if (!descriptors) return std::unexpected(descriptors.error());
  if (auto ok = files.certificate.verify(files.cluster.public_key, read_clocks().wall); !ok) {
    return failure(ExitCode::kUnreachable, ok.error());
  }
  const auto addresses = resolve_all(contents.config);
  if (!addresses) return std::unexpected(addresses.error());

  for (;;) {
    const auto end = run_once(directory, contents, *addresses, *descriptors, accept_loss);
    if (!end) return std::unexpected(end.error());
    if (*end == DaemonLoop::End::kDiskFailed) {
      return failure(ExitCode::kTrouble,
                     "The disk failed while this node ran (its log says how); it took no writes since.");
    }
    if (*end == DaemonLoop::End::kDrained) break;
    spdlog::info("the store is opened anew");
  }
  spdlog::info("drained");
  return {};
}

}  // namespace tutti
