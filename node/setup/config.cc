#include "node/setup/config.h"

#include <fmt/format.h>
#include <toml++/toml.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <string_view>

#include "node/setup/endpoint.h"
#include "protocol/endpoint.h"
#include "protocol/session/admission.h"
#include "storage/base/toml_text.h"

namespace tutti {

namespace {

constexpr uint64_t kMemoryBytesMin = 16ull << 20;
constexpr uint64_t kCacheBytesMin = 8ull << 20;
constexpr size_t kSeedsMax = 32;

// "512MiB", "2 GiB", "1048576".
std::optional<uint64_t> parse_bytes(std::string_view text) {
  uint64_t number = 0;
  const auto [at, failed] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (failed != std::errc{}) return std::nullopt;
  std::string_view unit(at, static_cast<size_t>(text.data() + text.size() - at));
  while (unit.starts_with(' ')) unit.remove_prefix(1);
  int shift = -1;
  if (unit.empty() || unit == "B") shift = 0;
  if (unit == "KiB") shift = 10;
  if (unit == "MiB") shift = 20;
  if (unit == "GiB") shift = 30;
  if (shift < 0 || number > UINT64_MAX >> shift) return std::nullopt;
  return number << shift;
}

std::string bytes_text(uint64_t bytes) {
  if (bytes % (1ull << 30) == 0) return fmt::format("{}GiB", bytes >> 30);
  if (bytes % (1ull << 20) == 0) return fmt::format("{}MiB", bytes >> 20);
  return fmt::format("{}", bytes);
}

// One key of the file, and the function that reads its text. It returns the fault of the value; empty: no fault.
struct Key {
  std::string_view name;
  bool required;
  std::string_view example;
  std::string (*read)(const std::string& value, Config& config);
};

template <std::string Config::*kField>
std::string read_text(const std::string& value, Config& config) {
  config.*kField = value;
  return {};
}

std::string read_durability(const std::string& value, Config& config) {
  if (value != "always" && value != "interval") return "must be \"always\" or \"interval\"";
  config.durability = value == "always" ? Durability::kAlways : Durability::kInterval;
  return {};
}

template <uint64_t Config::*kField, uint64_t kBytesMin>
std::string read_size(const std::string& value, Config& config) {
  const auto bytes = parse_bytes(value);
  if (!bytes || *bytes < kBytesMin)
    return fmt::format("must be a size of at least \"{}\", such as \"512MiB\" or \"2GiB\"",
                       bytes_text(kBytesMin));
  config.*kField = *bytes;
  return {};
}

std::string read_log(const std::string& value, Config& config) {
  if (value != "debug" && value != "info" && value != "warn" && value != "error") {
    return "must be \"debug\", \"info\", \"warn\" or \"error\"";
  }
  config.log = value;
  return {};
}

constexpr std::array kKeys{
    Key{"name", true, "\"node-a\"", read_text<&Config::name>},
    Key{"listen", true, "\"0.0.0.0:4400\"", read_text<&Config::listen>},
    Key{"advertise", false, "\"192.0.2.1:4400\"", read_text<&Config::advertise>},
    Key{"resp", true, "\"127.0.0.1:4401\"", read_text<&Config::resp>},
    Key{"http", false, "\"127.0.0.1:4402\"", read_text<&Config::http>},
    Key{"password", false, "\"\"", read_text<&Config::password>},
    Key{"durability", true, "\"always\"", read_durability},
    Key{"memory", false, "\"512MiB\"", read_size<&Config::memory_bytes, kMemoryBytesMin>},
    Key{"cache", false, "\"512MiB\"", read_size<&Config::cache_bytes, kCacheBytesMin>},
    Key{"log", false, "\"info\"", read_log},
};

const Key* find_key(std::string_view name) {
  for (const Key& key : kKeys) {
    if (key.name == name) return &key;
  }
  return nullptr;
}

std::string known_keys() {
  std::string out;
  for (const Key& key : kKeys) out += (out.empty() ? "" : ", ") + std::string(key.name);
  return out + ", and the section [members]";
}

// Section [members]. The fault, and where it stands; empty: none.
struct Fault {
  toml::source_region at;
  std::string what;
};
std::optional<Fault> read_members(const toml::node& node, Config& config) {
  const toml::table* section = node.as_table();
  if (section == nullptr) return Fault{node.source(), "`members` must be a section: [members]"};
  for (const auto& [name, value] : *section) {
    if (name.str() != "seeds")
      return Fault{name.source(),
                   fmt::format("there is no key `{}` in [members]; known are seeds", name.str())};
    const toml::array* seeds = value.as_array();
    constexpr std::string_view kExample = "such as [\"192.0.2.1:4400\", \"node-b.example:4400\"]";
    if (seeds == nullptr || seeds->size() > kSeedsMax) {
      return Fault{value.source(), fmt::format("`seeds` must be a list of up to {} texts in quotes, {}",
                                               kSeedsMax, kExample)};
    }
    for (const toml::node& seed : *seeds) {
      const auto text = seed.value_exact<std::string>();
      if (!text)
        return Fault{seed.source(), fmt::format("`seeds` must be a list of texts in quotes, {}", kExample)};
      const auto endpoint = parse_endpoint(*text);
      if (!endpoint) {
        std::string_view what = endpoint.error().message;
        if (what.ends_with('.')) what.remove_suffix(1);  // the caller adds it
        return Fault{seed.source(), fmt::format("`seeds`: {}", what)};
      }
      if (endpoint->port == 0 || (endpoint->address && is_wildcard(*endpoint->address))) {
        return Fault{seed.source(),
                     fmt::format("`seeds`: nobody can dial {}; name an address of one member", *text)};
      }
      if (std::ranges::find(config.seeds, *text) == config.seeds.end()) config.seeds.push_back(*text);
    }
  }
  return std::nullopt;
}

std::string seeds_text(const std::vector<std::string>& seeds) {
  std::string out;
  for (const std::string& seed : seeds) out += (out.empty() ? "" : ", ") + toml_text(seed);
  return "[" + out + "]";
}

Outcome<> check_door(const char* flag, const std::string& text, bool password) {
  const auto address = resolve_endpoint(text);
  if (!address) return failure(ExitCode::kUsage, fmt::format("{}: {}", flag, address.error().message));
  if (is_loopback(*address) || password) return {};
  return failure(
      ExitCode::kUsage,
      fmt::format(
          "{} is {}, which other machines can reach, and there is no password: anybody could read and "
          "write everything. Set `password`, or bind it to 127.0.0.1.",
          flag, text));
}

}  // namespace

std::string config_text(const Config& config) {
  return fmt::format(
      R"(# One node of a tutti cluster. Read at start; `tuttid run --data DIR` says which line is wrong.

# Shown in lists of members. Need not be unique.
name = {}

# Where members of the cluster reach this node, UDP and TCP on the same port. Everything here is encrypted.
listen = {}

# The address that the others dial, if it is not `listen`: behind a NAT, or with several networks.
# Empty: `listen` itself, or for 0.0.0.0 this machine's first address that is not loopback.
advertise = {}

# The door for Redis clients. Not encrypted: anything but loopback needs a password.
resp = {}

# Kept for the door for HTTP (health, metrics, changes), which this version does not open yet. The same rule.
http = {}

# The password for clients of both doors (AUTH). Empty: none is needed.
password = {}

# "always": a reply is sent when the writes that it shows are on disk. "interval": the disk follows within a second; a
# crash of the process loses nothing, a loss of power at most that second.
durability = {}

# Memory for rows that were written and not yet merged to disk. Writers are slowed as it fills. At least "16MiB".
memory = {}

# Memory for rows on disk that were read lately, or may be: half of it as whole keys, half as the files' blocks. At
# least "8MiB".
cache = {}

# "debug", "info", "warn" or "error"; goes to standard error, one line each.
log = {}

[members]
# Where members of this cluster may be found, such as ["192.0.2.1:4400", "node-b.example:4400"]. These are tried for ever
# while this node knows no other member, or cannot reach one; names are resolved anew each time. All nodes may have the
# same list, with themselves in it.
seeds = {}
)",
      toml_text(config.name), toml_text(config.listen), toml_text(config.advertise), toml_text(config.resp),
      toml_text(config.http), toml_text(config.password),
      config.durability == Durability::kAlways ? "\"always\"" : "\"interval\"",
      toml_text(bytes_text(config.memory_bytes)), toml_text(bytes_text(config.cache_bytes)),
      toml_text(config.log), seeds_text(config.seeds));
}

Outcome<Config> parse_config(const std::string& text, const std::filesystem::path& path) {
  const auto wrong = [&](const toml::source_region& at, std::string_view what) {
    return failure(ExitCode::kUsage, fmt::format("{}:{}: {}.", path.string(), at.begin.line, what));
  };
  toml::table table;
  try {
    table = toml::parse(text);
  } catch (const toml::parse_error& bad) {
    return wrong(bad.source(), bad.description());
  }
  Config config;
  for (const auto& [name, node] : table) {
    if (name.str() == "members") {
      if (const auto fault = read_members(node, config)) return wrong(fault->at, fault->what);
      continue;
    }
    const Key* key = find_key(name.str());
    if (key == nullptr) {
      return wrong(name.source(),
                   fmt::format("there is no key `{}`; known are {}", name.str(), known_keys()));
    }
    const auto value = node.value_exact<std::string>();
    if (!value) {
      return wrong(node.source(),
                   fmt::format("`{}` must be a text in quotes, such as {}", key->name, key->example));
    }
    if (const std::string bad = key->read(*value, config); !bad.empty()) {
      return wrong(node.source(), fmt::format("`{}` {}", key->name, bad));
    }
  }
  for (const Key& key : kKeys) {
    if (!key.required || table.contains(key.name)) continue;
    const auto lines = static_cast<size_t>(std::count(text.begin(), text.end(), '\n'));
    return failure(ExitCode::kUsage, fmt::format("{}:{}: `{}` is missing; add a line such as: {} = {}",
                                                 path.string(), lines + 1, key.name, key.name, key.example));
  }
  return config;
}

Outcome<> check_config(const Config& config) {
  if (config.name.empty() || config.name.size() > JoinRequest::kNameBytesMax) {
    return failure(ExitCode::kUsage,
                   fmt::format("name must have 1 to {} bytes.", JoinRequest::kNameBytesMax));
  }
  for (const auto& [key, text] :
       {std::pair{"listen", config.listen}, std::pair{"advertise", config.advertise}}) {
    if (text.empty() && key == std::string_view("advertise")) continue;
    const auto address = resolve_endpoint(text);
    if (!address) return failure(ExitCode::kUsage, fmt::format("{}: {}", key, address.error().message));
    if (key == std::string_view("advertise") && is_wildcard(*address)) {
      return failure(ExitCode::kUsage,
                     fmt::format("advertise is {}, which nobody can dial. Name one address.", text));
    }
  }
  if (auto ok = check_door("resp", config.resp, !config.password.empty()); !ok) return ok;
  return check_door("http", config.http, !config.password.empty());
}

}  // namespace tutti
