#pragma once

#include <expected>
#include <string>

namespace tutti {

// What the shell tells the one that called it (README.md, "Talking to it").
enum class ExitCode : int {
  kDone = 0,
  kNo = 1,           // the answer is no: not found, not converged
  kUsage = 2,        // the words given make no command
  kUnreachable = 3,  // cannot reach, or not allowed
  kTrouble = 4,      // data or disk
};

// Why a command ended early: the sentence for the user (what, where, what next), and the code.
struct Failure {
  ExitCode exit;
  std::string message;
};

template <class T = void>
using Outcome = std::expected<T, Failure>;

inline std::unexpected<Failure> failure(ExitCode exit, std::string message) {
  return std::unexpected(Failure{exit, std::move(message)});
}

}  // namespace tutti
