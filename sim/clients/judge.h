#pragma once

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "sim/checkers/replies.h"
#include "sim/kernel/scenario.h"
#include "sim/kernel/seeded_random.h"
#include "sim/truth/verdict.h"

namespace tutti::sim {

class SimNode;

// Keeps what clients are told, and has it judged once the turn is over and the history knows what it wrote (`replies`).
// Of a node that follows no rows, or whose disk is in trouble, nothing is judged.
//
// It holds the cursors of clients' scans: "@scan NAME COUNT" goes on with the scan of that name at this node, or begins
// one, "@hscan NAME COUNT KEY" and "@sscan NAME COUNT KEY" with one of a key.
class Judge {
 public:
  // All outlive this. `share`: of the commands that are judged.
  Judge(const History& history, Verdict& verdict, double share, uint64_t seed)
      : replies_(history), verdict_(verdict), share_(share), random_(seed, "judge") {}

  static bool scans(const std::string& word) { return word.starts_with('@') && word.ends_with("scan"); }
  // The command that the node is given instead of one with @.
  std::vector<std::string> scan_words(const SimNode& node, const std::vector<std::string>& words) const;

  // Amid the turn: `asked` as the client gave it, and what came of it.
  void told(SimNode& node, const std::vector<std::string>& asked, Answered answered);
  // After it.
  void turn_over(SimNode& node, Instant at);

 private:
  struct Told {
    std::vector<std::string> asked;
    Answered answered;
  };
  struct Scan {
    uint64_t starts = 0;  // of the node, when it began
    std::string cursor = "0";
    ScanSeen seen;
  };
  using ScanName = std::pair<size_t, std::string>;
  static ScanName name_of(const SimNode& node, const std::vector<std::string>& asked);
  std::string judge(SimNode& node, const Told& told);
  std::string judge_page(SimNode& node, const Told& told);

  Replies replies_;
  Verdict& verdict_;
  double share_;
  SeededRandom random_;
  std::vector<Told> told_;
  std::map<ScanName, Scan> scans_;
};

}  // namespace tutti::sim
