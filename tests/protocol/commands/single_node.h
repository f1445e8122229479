#pragma once

#include <initializer_list>
#include <memory>
#include <string>
#include <vector>

#include "protocol/commands/admin.h"
#include "protocol/commands/command.h"
#include "protocol/commands/keys.h"
#include "protocol/resp/resp_reply.h"
#include "protocol/resp/resp_writer.h"
#include "storage/base/check.h"
#include "storage/database.h"
#include "storage/store/memory_store.h"

namespace tutti {

// One node in memory without peers, for commands, with one client. The test sets the wall time. Loses: nothing. Refuses
// writes when told to.
class SingleNode final : public Keys, public Admin {
 public:
  static constexpr ActorId kActor{7};

  explicit SingleNode(const Database::Options& options = {})
      : disk_(std::make_shared<MemoryDisk>()), store_(disk_) {
    auto opened = Database::open(store_, key_, options);
    check(opened.has_value(), "an empty disk opens");
    database_ = std::move(*opened);
    client_.id = 1;
    client_.address = "127.0.0.1:9";
    client_.authenticated = true;
  }

  // --- a client ---
  // The reply's bytes.
  std::string raw(const std::vector<std::string>& args) {
    std::vector<ByteView> views(args.begin(), args.end());
    // As a door does: fetches the missed targets, and runs the command again.
    for (int fetches = 0;; ++fetches) {
      std::string out;
      RespWriter writer(out);
      CommandCall call{*this, *this, now_, client_, views, writer};
      call.reading.tier = fetches < kFetchesMax ? Tier::kMemory : Tier::kAny;
      execute(call, password_);
      check(!call.deferred || out.empty(), "a deferred command has not replied");
      const auto* fetch = call.deferred ? std::get_if<FetchRequest>(&*call.deferred) : nullptr;
      deferred_ = call.deferred;
      if (!fetch) return out;
      database_->fetch(fetch->targets, fetch->bytes_max)();
      ++fetches_;
    }
  }
  // The same with one line: "GET k".
  std::string line(ByteView request) {
    std::vector<std::string> args(1);
    for (const char c : request) {
      if (c == ' ') {
        args.emplace_back();
      } else {
        args.back().push_back(c);
      }
    }
    return raw(args);
  }
  // The reply as short text: aggregates in [brackets], null as "nil", errors with their dash.
  std::string ask(ByteView request) { return shown(decoded(line(request))); }
  RespValue reply(ByteView request) { return decoded(line(request)); }

  static RespValue decoded(ByteView bytes) {
    RespReplyReader reader;
    reader.feed(bytes);
    auto value = reader.next();
    check(value && *value, "a whole reply");
    check(reader.next().value() == std::nullopt, "and one alone");
    return **value;
  }
  static std::string shown(const RespValue& value) {
    if (value.is_null()) return "nil";
    if (value.is_error()) return "-" + value.text;
    if (value.kind == RespValue::Kind::kInteger) return ":" + std::to_string(value.integer);
    if (value.kind == RespValue::Kind::kBoolean) return value.integer ? "true" : "false";
    if (!value.is_aggregate()) return value.text;
    std::string out = "[";
    for (const RespValue& item : value.items) out += (out.size() > 1 ? " " : "") + shown(item);
    return out + "]";
  }

  MemoryDisk& disk() { return *disk_; }
  int fetches() const { return fetches_; }
  Client& client() { return client_; }
  const std::optional<Deferred>& deferred() const { return deferred_; }
  void demand_password(std::string password) {
    password_ = std::move(password);
    client_.authenticated = false;
  }
  void pass(uint64_t ms) {
    now_.wall += std::chrono::milliseconds(ms);
    now_.mono += std::chrono::milliseconds(ms);
  }
  void turn_back(uint64_t ms) { now_.wall -= std::chrono::milliseconds(ms); }
  uint64_t now_ms() const { return now_.wall_ms(); }
  void refuse_writes(std::optional<Error> error) { refusal_ = std::move(error); }

  // --- another node's writes, arriving ---
  // Written with `past` as its clock: this node's writes that `past` does not cover are concurrent.
  void write_elsewhere(ActorId actor, const VersionVector& past, std::vector<Edit> edits,
                       uint64_t ahead_ms = 0) {
    auto others = std::make_shared<VersionVector>(past);
    others->remove(actor);
    Operation op{{actor, Counter{clock().get(actor).value + 1}},
                 Hlc{(now_.wall_ms() + ahead_ms) << 16},
                 std::move(others),
                 std::move(edits)};
    apply(std::move(op));
  }
  const VersionVector& clock() const { return database_->clock(); }
  uint64_t operations() const { return clock().get(kActor).value; }
  // Into the store's rows, as the loop would from time to time.
  void merge() {
    check(database_->commit().has_value(), "it commits");
    auto merging = database_->begin_merge();
    auto outcome = merging->run();
    check(database_->finish_merge(std::move(merging), outcome).has_value(), "it merges");
  }

  // --- Keys ---
  Database& database() override { return *database_; }
  Result<Dot> write(const Now& now, std::vector<Edit> edits) override {
    if (refusal_) return std::unexpected(*refusal_);
    auto past = std::make_shared<VersionVector>(clock());
    past->remove(kActor);
    const Dot dot{kActor, Counter{operations() + 1}};
    apply({dot, hlc_.next(now), std::move(past), std::move(edits)});
    wrote_ = true;
    return dot;
  }
  Hlc last_hlc() const override { return hlc_.last(); }
  std::optional<ActorId> actor() const override { return wrote_ ? std::optional(kActor) : std::nullopt; }

  // --- Admin ---
  std::optional<DoubtedTransfer> doubted;
  NodeId self() const override { return {}; }
  std::string cluster_id() const override { return "c1"; }
  std::vector<MemberView> members(const Now&) const override {
    return {{.id = {}, .name = "one", .address = "127.0.0.1:4400", .heard_at = {}, .state = "self"}};
  }
  Durability durability() const override { return durability_; }
  void set_durability(Durability durability) override { durability_ = durability; }
  Instant started() const override { return {}; }
  Health health() const override {
    return refusal_ ? Health{Health::State::kDiskFailed, refusal_->message, {}} : Health{};
  }
  Result<std::string> invite(const Now&, uint64_t ttl_ms, ByteView role) override {
    return "token-" + std::to_string(ttl_ms) + "-" + std::string(role);
  }
  std::optional<DoubtedTransfer> doubted_transfer() const override { return doubted; }
  Result<> decide_transfer(bool allow) override {
    if (!doubted) return error(ErrorCode::kRefused, "no transfer waits for a decision");
    doubted->denied = !allow;
    return {};
  }
  std::string info(const Now&, ByteView section) const override {
    return section == "stats" ? "pulls:3\r\n" : "";
  }

 private:
  void apply(Operation op) {
    check(find_fault(op) == std::nullopt, "commands make operations without fault");
    check(database_->apply(std::move(op)).has_value(), "it applies");
    check(database_->commit().has_value(), "it commits");
  }

  static constexpr int kFetchesMax = 3;

  HashKey key_{};
  std::shared_ptr<MemoryDisk> disk_;
  MemoryStore store_;
  std::unique_ptr<Database> database_;
  HybridClock hlc_;
  Now now_{Instant{}, WallTime(std::chrono::milliseconds(1'700'000'000'000))};
  Client client_;
  std::string password_;
  Durability durability_ = Durability::kAlways;
  std::optional<Error> refusal_;
  std::optional<Deferred> deferred_;
  bool wrote_ = false;
  int fetches_ = 0;
};

}  // namespace tutti
