#include "sim/clients/judge.h"

#include "sim/machine/sim_node.h"

namespace tutti::sim {

Judge::ScanName Judge::name_of(const SimNode& node, const std::vector<std::string>& asked) {
  std::string name = asked[0] + " " + asked[1];
  if (asked.size() > 3) name += " " + asked[3];
  return {node.index(), name};
}

std::vector<std::string> Judge::scan_words(const SimNode& node, const std::vector<std::string>& words) const {
  const auto scan = scans_.find(name_of(node, words));
  const bool goes_on = scan != scans_.end() && scan->second.starts == node.counts().starts;
  const std::string cursor = goes_on ? scan->second.cursor : "0";
  if (words[0] == "@scan") return {"SCAN", cursor, "COUNT", words[2]};
  return {words[0] == "@hscan" ? "HSCAN" : "SSCAN", words[3], cursor, "COUNT", words[2]};
}

void Judge::told(SimNode& node, const std::vector<std::string>& asked, Answered answered) {
  const bool page = scans(asked.front());
  if (page) {
    const auto items = reply_items(answered.reply);
    Scan& scan = scans_[name_of(node, asked)];
    scan.starts = node.counts().starts;
    scan.cursor = items && !items->empty() ? items->front() : "0";
  }
  if (!verdict_.judges("replies") || !node.observer().follows_rows()) return;
  // A page that is left out would break its scan.
  if (page || random_.chance(share_)) told_.push_back({asked, std::move(answered)});
}

void Judge::turn_over(SimNode& node, Instant at) {
  const auto told = std::move(told_);
  told_.clear();
  for (const Told& one : told) {
    const Answered& answered = one.answered;
    const bool known = !verdict_.failed() && node.up() && node.sound() &&
                       node.observer().clock().covers(answered.clock) &&
                       (!answered.dot || node.observer().clock().covers(*answered.dot));
    if (!known) {
      if (scans(one.asked.front())) scans_[name_of(node, one.asked)].seen.always.clear();
      continue;
    }
    const std::string wrong = judge(node, one);
    if (!wrong.empty()) verdict_.fail("replies", at, node.name(), wrong);
  }
}

std::string Judge::judge(SimNode& node, const Told& told) {
  return scans(told.asked.front()) ? judge_page(node, told) : replies_.wrong(told.answered);
}

std::string Judge::judge_page(SimNode& node, const Told& told) {
  const Answered& answered = told.answered;
  if (answered.reply.starts_with("-WRONGTYPE")) return {};
  if (answered.reply.starts_with('-'))
    return answered.words[0] + " is refused: " + answered.reply.substr(0, 100);
  const size_t cursor = answered.words[0] == "SCAN" ? 1 : 2;
  return replies_.wrong_page(answered, answered.words[cursor] == "0", scans_[name_of(node, told.asked)].seen);
}

}  // namespace tutti::sim
