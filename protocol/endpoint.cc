#include "protocol/endpoint.h"

namespace tutti {

Result<Endpoint> parse_endpoint(std::string_view text) {
  Endpoint endpoint;
  if (const auto numeric = parse_address(text)) {
    endpoint.port = numeric->port;
    endpoint.address = *numeric;
    return endpoint;
  }
  const size_t colon = text.rfind(':');
  endpoint.host = text.substr(0, colon == text.npos ? 0 : colon);
  // A stand-in host: only the port's form is of interest here.
  const auto port = parse_address("0.0.0.0:" + std::string(colon == text.npos ? "" : text.substr(colon + 1)));
  const bool spelt = endpoint.host.find_first_of(std::string_view("[]: /\t\r\n\0", 9)) == std::string::npos;
  if (endpoint.host.empty() || !spelt || !port || text.size() > Endpoint::kTextBytesMax) {
    return error(ErrorCode::kMalformed, "\"" + std::string(text.substr(0, Endpoint::kTextBytesMax)) +
                                            "\" is not an address: write a host and a port, as in "
                                            "127.0.0.1:4400, [::1]:4400 or node-a.example:4400.");
  }
  endpoint.port = port->port;
  return endpoint;
}

}  // namespace tutti
