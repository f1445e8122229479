#include "tools/shell/node_directory.h"

#include <toml++/toml.h>

namespace tutti {

Outcome<> read_door(const std::filesystem::path& directory, Door& door) {
  const std::filesystem::path file = directory / "tutti.toml";
  std::error_code unknown;
  if (!std::filesystem::exists(file, unknown)) {
    return failure(ExitCode::kUsage,
                   directory.string() + " is no node's directory: there is no tutti.toml in it.");
  }
  try {
    const toml::table table = toml::parse_file(file.string());
    if (const auto password = table["password"].value<std::string>(); password && door.password.empty()) {
      door.password = *password;
    }
    const auto resp = table["resp"].value<std::string>();
    return resp ? parse_door(*resp, door) : Outcome<>();
  } catch (const toml::parse_error& bad) {
    return failure(ExitCode::kTrouble, file.string() + ":" + std::to_string(bad.source().begin.line) + ": " +
                                           std::string(bad.description()) + ".");
  }
}

}  // namespace tutti
