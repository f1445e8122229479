#pragma once

#include <expected>
#include <string>
#include <utility>

#include "storage/base/result.h"

namespace tutti {

// What a program of the house tells its shell (README.md, "Talking to it").
enum class ExitCode : int {
  kDone = 0,
  kNo = 1,           // the answer is no
  kUsage = 2,        // flags or configuration
  kUnreachable = 3,  // cannot reach, or not allowed
  kTrouble = 4,      // data or disk
};

// Why a command of tuttid ended early: the sentence for the user, and the code for the shell.
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
