#pragma once

#include <uv.h>

#include <functional>
#include <string>
#include <unordered_set>
#include <vector>

#include "protocol/address.h"
#include "storage/base/result.h"

namespace tutti {

// kUnavailable, in words. `endpoint`: with its port; `why`: as the resolver says it.
std::unexpected<Error> cannot_resolve(const std::string& endpoint, const std::string& why);

// Turns names into addresses by the system's resolver, on libuv's thread pool. Loop thread only.
class Resolver {
 public:
  // At least one address, each once, in the resolver's order; or why there is none, in words.
  using Done = std::function<void(const Result<std::vector<Address>>&)>;

  explicit Resolver(uv_loop_t* loop) : loop_(loop) {}
  Resolver(const Resolver&) = delete;
  Resolver& operator=(const Resolver&) = delete;

  // REQUIRES a well-formed endpoint (protocol/endpoint.h).
  void resolve(const std::string& endpoint, Done done);
  // No Done is called any more. What a thread is resolving just now still holds the loop until the system answers.
  void cancel();

 private:
  struct Request;
  static void on_resolved(uv_getaddrinfo_t* handle, int failed, addrinfo* found);

  uv_loop_t* loop_;
  std::unordered_set<Request*> requests_;
  bool cancelled_ = false;
};

}  // namespace tutti
