#pragma once

#include <span>
#include <string>

#include "tools/shell/connection.h"

namespace tutti {

// How answers are given: text or JSON on standard output, failures in words on standard error (in JSON: on
// standard output too, as the one document).
class Speaker {
 public:
  Speaker(bool json, bool terminal) : json_(json), terminal_(terminal) {}
  // Runs one command line and tells the outcome. REQUIRES at least one word.
  ExitCode run(Connection& node, std::span<const std::string> words) const;
  ExitCode tell(const Failure& failure) const;

 private:
  const bool json_;
  const bool terminal_;
};

// Lines from a terminal, with editing, until Ctrl-D or "quit".
void converse(Connection& node, const Speaker& speaker);
// Lines from a file or pipe, one command each; the first code that is not 0, or 0.
ExitCode run_lines(Connection& node, const Speaker& speaker);

}  // namespace tutti
