#pragma once

#include <map>
#include <optional>
#include <variant>
#include <vector>

#include "protocol/fingerprint_answer.h"
#include "protocol/membership/membership.h"
#include "protocol/messages/messenger.h"
#include "protocol/part.h"
#include "storage/database.h"

namespace tutti {

// Answers "what is your fingerprint, at or after this moment". The moment is our clock when the question came; the
// first merge that covers it gives the answer. Verifying asks every member, and waits up to kPatience.
class Verification final : public Part {
 public:
  static constexpr Duration kPatience = std::chrono::seconds(30);
  static constexpr size_t kAsksMax = 1024;  // waiting at once; one more drops the oldest

  struct Answer {
    uint64_t token;
    std::variant<FingerprintAnswer, VerifyAnswer> answer;
  };

  Verification(Database& database, Membership& membership, Messenger& messenger)
      : database_(database), membership_(membership), messenger_(messenger) {}

  void ask_fingerprint(uint64_t token);
  void ask_all(const Now& now, uint64_t token);
  void handle(const Now& now, const NodeId& peer, const FingerprintAskMessage& message);
  void handle(const Now& now, const NodeId& peer, const FingerprintTellMessage& message);

  bool wants_merge() const override { return !waiting_.empty(); }
  void merged(const Now& now) override;
  void handle_timeout(const Now& now) override;
  std::optional<Instant> next_deadline() const override;
  void forget(const NodeId& peer) override;

  std::optional<Answer> poll();

 private:
  struct Remote {
    NodeId peer;
    uint64_t id;
  };
  struct Round {};  // our own part of a verification, by its id
  struct Waiting {
    VersionVector moment;
    std::variant<uint64_t, Remote, Round> who;
    uint64_t round = 0;
  };
  struct Verify {
    uint64_t token;
    Instant deadline;
    std::map<NodeId, std::optional<FingerprintAnswer>> answers;
  };
  std::string name_of(const NodeId& id) const;
  FingerprintAnswer own_answer() const;
  void wait(Waiting waiting);
  void settle(std::map<uint64_t, Verify>::iterator verify);

  Database& database_;
  Membership& membership_;
  Messenger& messenger_;
  std::vector<Waiting> waiting_;
  std::map<uint64_t, Verify> verifies_;
  uint64_t last_id_ = 0;
  std::vector<Answer> answers_;
};

}  // namespace tutti
