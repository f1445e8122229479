#pragma once

#include <expected>
#include <string>
#include <utility>

#include "storage/base/result.h"

namespace tutti {

// Exit codes of the daemon and the shell (README.md, "Talking to it").
enum class ExitCode : int {
  kDone = 0,
  kNo = 1,           // the answer is no: not found, not converged
  kUsage = 2,        // the words, flags or configuration given make no command
  kUnreachable = 3,  // cannot reach, or not allowed
  kTrouble = 4,      // data or disk
};

// Why a command failed: a sentence for the user (what happened, where, what to do next), and the exit code.
struct Failure {
  ExitCode exit;
  std::string message;
};

template <class T = void>
using Outcome = Expected<T, Failure>;

inline std::unexpected<Failure> failure(ExitCode exit, std::string message) {
  return std::unexpected(Failure{exit, std::move(message)});
}
inline std::unexpected<Failure> failure(ExitCode exit, const Error& cause) {
  return failure(exit, cause.message);
}

}  // namespace tutti
