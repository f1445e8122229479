#pragma once

#include <expected>
#include <string>
#include <utility>

namespace tutti {

// Each code says what it left behind.
enum class ErrorCode : unsigned char {
  kMalformed,    // bytes that are not what they claim to be; nothing changed
  kNotFound,     // it does not exist; nothing changed
  kExists,       // it exists already and cannot be made; nothing changed
  kRefused,      // not allowed, expired, or against a rule; nothing changed
  kOverloaded,   // a named bound is reached; nothing changed, try later
  kUnavailable,  // cannot be reached now; nothing changed, try later
  kUnsupported,  // of a newer format or an unknown kind; nothing changed
  kCorrupt,      // own stored bytes fail their check; the store takes no more writes
  kIo,           // the disk refused; the store takes no more writes
  kFull,         // no room on the disk; nothing changed, try again once there is
};

// A sentence a user can act on: what happened, where, what to do next.
struct Error {
  ErrorCode code;
  std::string message;
};

// std::expected that must not be ignored; the standard's own may be. A call whose result is unused does not compile.
// If a failure does not matter, say why: (void)call();  // reason
template <class T, class E>
class [[nodiscard]] Expected : public std::expected<T, E> {
 public:
  using std::expected<T, E>::expected;
};

template <class T = void>
using Result = Expected<T, Error>;

inline std::unexpected<Error> error(ErrorCode code, std::string message) {
  return std::unexpected(Error{code, std::move(message)});
}

}  // namespace tutti
