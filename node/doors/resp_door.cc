#include "node/doors/resp_door.h"

#include <algorithm>
#include <type_traits>
#include <utility>

#include "protocol/resp/resp_writer.h"

namespace tutti {

namespace {

// Redis's client-query-buffer-limit: the most bytes of an unfinished request.
constexpr size_t kInputBytesMax = 1u << 30;
constexpr size_t kInputKept = 256u << 10;
// Clients wait this long after a turn when the memory for writes is full, and less when it is nearly full.
constexpr double kSlowMillisMax = 20;

}  // namespace

RespDoor::RespDoor(DoorContext& context)
    : context_(context),
      listener_(context.loop, [this](uv_stream_t* listener) { accept(listener); }),
      slow_timer_(new uv_timer_t),
      read_buffer_(kReadBytes) {
  uv_timer_init(context.loop, slow_timer_.get());
  slow_timer_->data = this;
}

RespDoor::~RespDoor() = default;

void RespDoor::accept(uv_stream_t* listener) {
  const uint64_t id = context_.new_client_id();
  auto made = std::make_unique<RespClient>(context_.loop, *this, id);
  RespClient& client = *clients_.emplace(id, std::move(made)).first->second;
  ++context_.clients;
  if (!client.accept(listener) || stopped_) return client.close();
  ++accepted_;
  if (context_.clients > context_.clients_max) {
    ++turned_away_;
    client.output() = "-ERR max number of clients reached\r\n";
    client.ended = true;
    return send(client, client.written());
  }
  client.session.authenticated = context_.password.empty();
  client.read_start();
}

uv_buf_t RespDoor::read_buffer() {
  return uv_buf_init(read_buffer_.data(), static_cast<unsigned>(read_buffer_.size()));
}

void RespDoor::on_bytes(RespClient& client, ByteView bytes) {
  std::string& input = client.input;
  if (input.empty()) {
    const size_t consumed = run(client, bytes);
    if (!client.ended) input.assign(bytes.substr(consumed));
    return;
  }
  if (input.size() + bytes.size() > kInputBytesMax) return client.close();
  input.append(bytes);
  if (input.size() >= client.parser.needed()) drop_input(client, run(client, input));
}

void RespDoor::on_end(RespClient& client) {
  client.ended = true;
  client.read_stop();
  if (client.all_sent() && client.deferred == 0) client.close();
}

void RespDoor::drop_input(RespClient& client, size_t consumed) {
  std::string& input = client.input;
  input.erase(0, consumed);
  // The memory of a large value is freed.
  if (input.empty() && input.capacity() > kInputKept) input = {};
}

size_t RespDoor::run(RespClient& client, ByteView bytes) {
  const Now now = context_.turn.open();
  size_t at = 0;
  const uint64_t begun = client.written();
  while (!client.ended && client.deferred == 0) {
    if (client.written() - begun > kOutputBytesPerTurn) {
      client.yielded = true;  // goes on in resume()
      client.read_stop();
      to_resume_.push_back(client.session.id);
      break;
    }
    if (client.output_bytes() > output_max()) {
      client.stalled = true;  // goes on in on_drained()
      client.read_stop();
      break;
    }
    const auto [status, consumed] = client.parser.next(bytes.substr(at), client.session.authenticated);
    if (status == RespParser::Status::kRequest) {
      if (!run_one(client, now, bytes.substr(at + consumed))) break;
      at += consumed;
      continue;
    }
    at += consumed;
    if (status == RespParser::Status::kError) {
      RespWriter(client.output()).error("ERR " + std::string(client.parser.error()));
      touch(client);
      client.ended = true;
    }
    break;
  }
  if (client.ended) client.read_stop();
  count_output(client);
  return at;
}

bool RespDoor::run_one(RespClient& client, const Now& now, ByteView rest) {
  RespWriter out(client.output(), client.session.protocol);
  CommandCall call{.keys = context_.replica.keys(),
                   .admin = context_.replica.admin(),
                   .now = now,
                   .client = client.session,
                   .args = client.parser.args(),
                   .out = out,
                   .reading = {client.fetches < kFetchesMax ? Tier::kMemory : Tier::kAny}};
  execute(call, context_.password);
  auto* fetch = call.deferred ? std::get_if<FetchRequest>(&*call.deferred) : nullptr;
  if (fetch) {
    fetch->bytes_max <<= 4 * client.fetches++;
    look_ahead(client, rest, fetch->targets);
  } else {
    client.fetches = 0;
    touch(client);
  }
  if (call.deferred) {
    client.deferred = context_.defer(now, *call.deferred);
    deferred_.emplace(client.deferred, client.session.id);
    client.read_stop();
  }
  client.ended = client.session.closing;
  return fetch == nullptr;
}

void RespDoor::look_ahead(const RespClient& client, ByteView bytes, std::vector<std::string>& targets) {
  RespParser parser;
  for (size_t i = 0; i < kLookAhead; ++i) {
    const auto [status, consumed] = parser.next(bytes, client.session.authenticated);
    if (status != RespParser::Status::kRequest) return;
    add_targets(parser.args(), targets);
    bytes.remove_prefix(consumed);
  }
}

void RespDoor::touch(RespClient& client) {
  if (!std::exchange(client.touched, true)) touched_.push_back(&client);
}

void RespDoor::answer(const Replica::Deferral& deferral) {
  RespClient* client = take_deferred(deferral.token);
  if (!client) return;
  RespWriter out(client->output(), client->session.protocol);
  std::visit([&](const auto& answer) { reply_deferred(answer, out); }, deferral.answer);
  count_output(*client);
  touch(*client);
}

void RespDoor::fetched(uint64_t token) { take_deferred(token); }

RespClient* RespDoor::take_deferred(uint64_t token) {
  const auto deferred = deferred_.find(token);
  if (deferred == deferred_.end()) return nullptr;
  const auto found = clients_.find(deferred->second);
  deferred_.erase(deferred);
  if (found == clients_.end() || found->second->closed()) return nullptr;
  found->second->deferred = 0;
  to_resume_.push_back(found->first);
  context_.turn.open();
  return found->second.get();
}

void RespDoor::resume() {
  // A client resumed here may ask to be resumed again: in the next turn.
  const std::vector<uint64_t> ids = std::exchange(to_resume_, {});
  uint64_t made = 0;
  for (size_t i = 0; i < ids.size(); ++i) {
    if (made > kOutputBytesPerTurnTotal) {
      to_resume_.insert(to_resume_.begin(), ids.begin() + static_cast<std::ptrdiff_t>(i), ids.end());
      context_.turn.open();
      return;
    }
    const auto found = clients_.find(ids[i]);
    if (found == clients_.end() || found->second->closed() || stopped_) continue;
    RespClient& client = *found->second;
    client.yielded = false;
    if (client.deferred != 0 || client.ended || client.stalled) continue;
    const uint64_t before = client.written();
    if (!client.input.empty()) drop_input(client, run(client, client.input));
    made += client.written() - before;
    const bool waits = client.deferred != 0 || client.stalled || client.yielded;
    if (!waits && !client.ended) client.read_start();
  }
}

void RespDoor::end_turn(Position position, Position persisted) {
  slow_down();
  if (touched_.empty()) return;
  if (context_.replica.admin().durability() == Durability::kAlways && persisted < position) {
    HeldTurn& turn = held_.emplace_back(HeldTurn{position, {}});
    if (!spare_.empty()) {
      turn.replies = std::move(spare_.back());
      spare_.pop_back();
    }
    for (RespClient* client : touched_) {
      client->touched = false;
      turn.replies.push_back({client, client->written()});
    }
  } else {
    this->persisted(persisted);  // replies keep their order
    for (RespClient* client : touched_) {
      client->touched = false;
      send(*client, client->written());
    }
  }
  touched_.clear();
}

void RespDoor::persisted(Position position) {
  while (!held_.empty() && held_.front().position <= position) {
    std::vector<Held> replies = std::move(held_.front().replies);
    held_.pop_front();
    for (const Held& held : replies) {
      if (held.client != nullptr) send(*held.client, held.upto);
    }
    replies.clear();
    spare_.push_back(std::move(replies));
  }
}

void RespDoor::send(RespClient& client, uint64_t upto) {
  if (upto > client.released()) client.release(upto);
  client.flush();
  on_drained(client);
}

void RespDoor::drop_unpersisted(const Error& why) {
  std::vector<RespClient*> clients = std::exchange(touched_, {});
  for (HeldTurn& turn : std::exchange(held_, {})) {
    for (const Held& held : turn.replies) {
      if (held.client != nullptr) clients.push_back(held.client);
    }
  }
  for (RespClient* client : clients) send_last_error(*client, why);
}

void RespDoor::send_last_error(RespClient& client, const Error& why) {
  if (client.closed() || client.ended) return;
  client.touched = false;
  client.ended = true;
  deferred_.erase(std::exchange(client.deferred, 0));  // its answer is not awaited
  client.read_stop();
  client.drop_unreleased();
  RespWriter(client.output(), client.session.protocol)
      .error("MISCONF The disk failed before this was known to be on it; it may be there or not: " +
             why.message);
  send(client, client.written());
}

void RespDoor::count_output(RespClient& client) {
  const size_t now = client.closed() ? 0 : client.output_bytes();
  output_bytes_ = output_bytes_ - client.counted + now;
  client.counted = now;
}

void RespDoor::on_drained(RespClient& client) {
  count_output(client);
  if (client.closed()) return;
  if (client.ended && client.deferred == 0 && client.all_sent()) return client.close();
  // Half of the bound, so that a slow reader does not stop and start at every reply.
  if (!client.stalled || client.output_bytes() > output_max() / 2) return;
  client.stalled = false;
  to_resume_.push_back(client.session.id);
  context_.turn.open();
}

void RespDoor::slow_down() {
  if (touched_.empty() || stopped_) return;
  const double pressure = context_.replica.keys().database().pressure();
  const auto millis = static_cast<uint64_t>(pressure * pressure * kSlowMillisMax);
  if (millis == 0) return;
  for (RespClient* client : touched_) {
    if (!client->reading) continue;
    client->read_stop();
    slowed_.push_back(client->session.id);
  }
  if (uv_is_active(reinterpret_cast<uv_handle_t*>(slow_timer_.get())) == 0)
    uv_timer_start(slow_timer_.get(), on_slowed, millis, 0);
}

void RespDoor::on_slowed(uv_timer_t* timer) {
  auto& self = *static_cast<RespDoor*>(timer->data);
  self.to_resume_.insert(self.to_resume_.end(), self.slowed_.begin(), self.slowed_.end());
  self.slowed_.clear();
  self.context_.turn.open();
}

void RespDoor::on_closed(RespClient* client) {
  for (HeldTurn& turn : held_) {
    for (Held& held : turn.replies) {
      if (held.client == client) held.client = nullptr;
    }
  }
  std::erase(touched_, client);
  count_output(*client);
  deferred_.erase(client->deferred);
  clients_.erase(client->session.id);
  --context_.clients;
}

void RespDoor::stop_reading() {
  stopped_ = true;
  for (const auto& [id, client] : clients_) client->read_stop();
  listener_.close();
}

void RespDoor::close() {
  stop_reading();
  for (const auto& [id, client] : clients_) client->close();
  slow_timer_.reset();
}

void RespDoor::metrics(const MetricSink& sink) const {
  sink("clients", "connected_clients", clients_.size());
  sink("stats", "total_connections_received", accepted_);
  sink("stats", "rejected_connections", turned_away_);
}

}  // namespace tutti
