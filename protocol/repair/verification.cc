#include "protocol/repair/verification.h"

#include <algorithm>

namespace tutti {

std::string Verification::name_of(const NodeId& id) const {
  if (id == membership_.self().id) return membership_.self().name;
  const MemberRecord* member = membership_.find(id);
  return member ? member->name : short_name(id);
}

FingerprintAnswer Verification::own_answer() const {
  const auto merged = database_.merged();
  return {.node = membership_.self().name,
          .id = membership_.self().id,
          .clock_hash = clock_hash(database_.key(), merged->clock),
          .fingerprint = merged->fingerprints.total(),
          .keys = merged->keys,
          .rows = merged->rows};
}

void Verification::wait(Waiting waiting) {
  if (waiting_.size() >= kAsksMax) waiting_.erase(waiting_.begin());
  waiting_.push_back(std::move(waiting));
}

void Verification::ask_fingerprint(uint64_t token) { wait({database_.clock(), token}); }

void Verification::handle(const Now&, const NodeId& peer, const FingerprintAskMessage& message) {
  wait({database_.clock(), Remote{peer, message.id}});
}

void Verification::ask_all(const Now& now, uint64_t token) {
  const uint64_t id = ++last_id_;
  Verify& verify = verifies_[id];
  verify.token = token;
  verify.deadline = now.mono + kPatience;
  verify.answers[membership_.self().id];
  for (size_t i = 0; i < membership_.size(); ++i) {
    const NodeId& peer = membership_.other(i).id;
    verify.answers[peer];
    messenger_.send_small(now, peer, FingerprintAskMessage{id});
  }
  wait({database_.clock(), Round{}, id});
}

void Verification::handle(const Now&, const NodeId& peer, const FingerprintTellMessage& message) {
  const auto verify = verifies_.find(message.id);
  if (verify == verifies_.end()) return;
  const auto answer = verify->second.answers.find(peer);
  if (answer == verify->second.answers.end()) return;
  answer->second = FingerprintAnswer{.node = name_of(peer),
                                     .id = peer,
                                     .clock_hash = message.clock_hash,
                                     .fingerprint = message.fingerprint,
                                     .keys = message.keys,
                                     .rows = message.rows};
  settle(verify);
}

void Verification::merged(const Now& now) {
  if (waiting_.empty()) return;
  const auto& clock = database_.merged()->clock;
  const FingerprintAnswer answer = own_answer();
  std::vector<Waiting> still;
  std::vector<uint64_t> rounds;
  for (Waiting& waiting : waiting_) {
    if (!clock.covers(waiting.moment)) {
      still.push_back(std::move(waiting));
    } else if (const auto* token = std::get_if<uint64_t>(&waiting.who)) {
      answers_.push_back({*token, answer});
    } else if (const auto* remote = std::get_if<Remote>(&waiting.who)) {
      messenger_.send_small(now, remote->peer,
                            FingerprintTellMessage{remote->id, answer.clock_hash, answer.fingerprint,
                                                   answer.keys, answer.rows});
    } else {
      rounds.push_back(waiting.round);
    }
  }
  waiting_ = std::move(still);
  for (const uint64_t id : rounds) {
    const auto verify = verifies_.find(id);
    if (verify == verifies_.end()) continue;
    verify->second.answers[membership_.self().id] = answer;
    settle(verify);
  }
}

void Verification::settle(std::map<uint64_t, Verify>::iterator verify) {
  if (!std::ranges::all_of(verify->second.answers, [](const auto& a) { return a.second.has_value(); }))
    return;
  verify->second.deadline = Instant{};  // the next timeout closes it
}

void Verification::handle_timeout(const Now& now) {
  for (auto verify = verifies_.begin(); verify != verifies_.end();) {
    if (now.mono < verify->second.deadline) {
      ++verify;
      continue;
    }
    VerifyAnswer result;
    for (const auto& [id, answer] : verify->second.answers) {
      if (answer) {
        result.nodes.push_back(*answer);
      } else {
        result.silent.push_back(name_of(id));
      }
    }
    result.agree =
        result.silent.empty() && std::ranges::all_of(result.nodes, [&](const FingerprintAnswer& a) {
          return a.clock_hash == result.nodes[0].clock_hash && a.fingerprint == result.nodes[0].fingerprint;
        });
    answers_.push_back({verify->second.token, std::move(result)});
    verify = verifies_.erase(verify);
  }
}

// Its questions get no answer, and its answers are no longer awaited.
void Verification::forget(const NodeId& peer) {
  std::erase_if(waiting_, [&](const Waiting& waiting) {
    const auto* remote = std::get_if<Remote>(&waiting.who);
    return remote && remote->peer == peer;
  });
  for (auto verify = verifies_.begin(); verify != verifies_.end(); ++verify) {
    if (verify->second.answers.erase(peer) > 0) settle(verify);
  }
}

std::optional<Instant> Verification::next_deadline() const {
  std::optional<Instant> next;
  for (const auto& [id, verify] : verifies_) next = next ? std::min(*next, verify.deadline) : verify.deadline;
  return next;
}

std::optional<Verification::Answer> Verification::poll() {
  if (answers_.empty()) return std::nullopt;
  Answer answer = std::move(answers_.front());
  answers_.erase(answers_.begin());
  return answer;
}

}  // namespace tutti
