#include "protocol/repair/transfer_doubt.h"

namespace tutti {

bool TransferDoubt::believes(const Now& now, const Case& asked) {
  const auto share = static_cast<double>(asked.rows) * options_.share_max;
  if (asked.deletes <= options_.deletes_max || static_cast<double>(asked.deletes) <= share || allowed_)
    return true;
  const bool second = !doubted_.empty() && !doubted_.contains(asked.source);
  if (second && !denied_) return true;
  doubted_.insert(asked.source);
  waiting_ = asked;
  asked_ = now.mono;
  return false;
}

bool TransferDoubt::may_ask(const Now& now, const NodeId& source) const {
  if (allowed_ || !doubted_.contains(source)) return true;
  return !denied_ && now.mono - asked_ >= kAskAgain;
}

Result<> TransferDoubt::decide(bool allow) {
  if (!waiting_) return error(ErrorCode::kRefused, "no transfer waits for a decision");
  allowed_ = allow;
  denied_ = !allow;
  return {};
}

}  // namespace tutti
