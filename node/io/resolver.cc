#include "node/io/resolver.h"

#include <netdb.h>

#include <algorithm>
#include <memory>
#include <utility>

#include "node/io/socket_address.h"
#include "protocol/endpoint.h"

namespace tutti {

std::unexpected<Error> cannot_resolve(const std::string& endpoint, const std::string& why) {
  return error(ErrorCode::kUnavailable, "The name \"" + endpoint.substr(0, endpoint.rfind(':')) + "\" in \"" +
                                            endpoint + "\" cannot be resolved: " + why + ".");
}

struct Resolver::Request {
  uv_getaddrinfo_t handle{};
  Resolver* owner = nullptr;
  std::string endpoint;
  uint16_t port = 0;
  Done done;
};

void Resolver::resolve(const std::string& endpoint, Done done) {
  const auto parsed = parse_endpoint(endpoint);
  if (!parsed) return done(std::unexpected(parsed.error()));
  if (parsed->address) return done(std::vector{*parsed->address});
  auto request = std::make_unique<Request>();
  request->owner = this;
  request->endpoint = endpoint;
  request->port = parsed->port;
  request->done = std::move(done);
  request->handle.data = request.get();
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  const int failed =
      uv_getaddrinfo(loop_, &request->handle, on_resolved, parsed->host.c_str(), nullptr, &hints);
  if (failed != 0) return request->done(cannot_resolve(endpoint, uv_strerror(failed)));
  requests_.insert(request.release());  // on_resolved frees it
}

void Resolver::on_resolved(uv_getaddrinfo_t* handle, int failed, addrinfo* found) {
  const std::unique_ptr<Request> request(static_cast<Request*>(handle->data));
  const std::unique_ptr<addrinfo, void (*)(addrinfo*)> addresses(found, uv_freeaddrinfo);
  request->owner->requests_.erase(request.get());
  if (request->owner->cancelled_) return;
  if (failed != 0) return request->done(cannot_resolve(request->endpoint, uv_strerror(failed)));
  std::vector<Address> out;
  for (const addrinfo* one = found; one != nullptr; one = one->ai_next) {
    Address address = address_of(one->ai_addr);
    address.port = request->port;
    if (std::ranges::find(out, address) == out.end()) out.push_back(address);
  }
  if (out.empty()) return request->done(cannot_resolve(request->endpoint, "it has no address"));
  request->done(out);
}

void Resolver::cancel() {
  cancelled_ = true;
  for (Request* request : requests_) uv_cancel(reinterpret_cast<uv_req_t*>(&request->handle));
}

}  // namespace tutti
