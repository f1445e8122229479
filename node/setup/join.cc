#include "node/setup/join.h"

#include <fmt/format.h>

#include <array>

#include "node/io/system_clock.h"
#include "node/io/system_random.h"
#include "node/setup/blocking_stream.h"
#include "node/setup/data_directory.h"
#include "node/setup/endpoint.h"
#include "protocol/messages/message_codec.h"
#include "protocol/session/admission.h"

namespace tutti {

namespace {

// One connection to one seed, until the seed has answered or the connection fails.
Result<JoinAnswer> ask(JoinClient& client) {
  const Instant deadline = read_clocks().mono + JoinClient::kPatience;
  std::string outgoing = client.start(read_clocks());
  if (client.result()) return *client.result();
  auto stream = BlockingStream::connect(client.seed(), deadline);
  std::string why = stream ? std::string() : stream.error().message;
  while (!client.result()) {
    if (!stream || !stream->send(outgoing, deadline)) break;
    const auto received = stream->receive(deadline);
    if (!received) break;
    outgoing = client.handle_bytes(read_clocks(), *received);
  }
  if (!client.result()) client.handle_closed();
  if (!*client.result() && !why.empty()) return error(client.result()->error().code, why);
  return *client.result();
}

}  // namespace

Outcome<Key32> join_cluster(const std::string& text, const std::filesystem::path& directory,
                            const Config& config) {
  if (auto ok = expect_no_directory(directory); !ok) return std::unexpected(ok.error());
  const auto token = parse_join_token(text);
  if (!token) return failure(ExitCode::kUnreachable, token.error());
  const auto listen = resolve_endpoint(config.advertise.empty() ? config.listen : config.advertise);
  if (!listen) return failure(ExitCode::kUsage, listen.error());

  SystemRandom random;
  std::array<uint8_t, 64> secrets;
  random.fill(secrets);
  DataDirectory contents{.config = config, .files = {}};
  contents.files.keys = NodeKeys::from_random(secrets);
  secure_zero(secrets.data(), secrets.size());

  // The same keys for every seed: if one seed's answer is lost, asking again is no second use of the token.
  Result<JoinAnswer> answer = error(ErrorCode::kUnavailable, "The token names no seeds.");
  for (size_t seed = 0; seed < token->seeds.size() && !answer; ++seed) {
    JoinClient client(*token, seed, contents.files.keys, config.name, *listen, random);
    answer = ask(client);
    if (!answer && answer.error().code != ErrorCode::kUnavailable) break;
  }
  if (!answer) return failure(ExitCode::kUnreachable, answer.error());

  contents.files.certificate = answer->certificate;
  contents.files.cluster.public_key = answer->cluster_public_key;
  contents.files.cluster.discovery_secret = answer->discovery_secret;
  auto members = decode_members(answer->members);
  if (!members) return failure(ExitCode::kUnreachable, members.error());
  contents.files.members = *std::move(members);
  if (auto ok = create_directory(directory, contents); !ok) {
    return failure(ok.error().exit,
                   ok.error().message + " The token is spent: make a new one with TUTTI.INVITE on a member.");
  }
  return answer->cluster_public_key;
}

}  // namespace tutti
