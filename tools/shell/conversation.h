#pragma once

#include <span>
#include <string>

#include "tools/shell/connection.h"

namespace tutti {

// Prints answers, as text or JSON, on standard output. Failures go to standard error; in JSON they are the one
// document on standard output.
class Speaker {
 public:
  Speaker(bool json, bool terminal) : json_(json), terminal_(terminal) {}
  // Runs one command line and prints the outcome. REQUIRES at least one word.
  ExitCode run(Connection& node, std::span<const std::string> words) const;
  ExitCode tell(const Failure& failure) const;

 private:
  const bool json_;
  const bool terminal_;
};

// Runs lines from a terminal, with editing, until Ctrl-D or "quit".
void converse(Connection& node, const Speaker& speaker);
// Runs lines from a file or pipe, one command each. Returns the first code that is not 0, else 0.
ExitCode run_lines(Connection& node, const Speaker& speaker);

}  // namespace tutti
