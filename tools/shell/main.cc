#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstdlib>
#include <filesystem>
#include <iostream>

#include "storage/base/version.h"
#include "tools/shell/conversation.h"
#include "tools/shell/node_directory.h"
#include "tools/shell/shell_command.h"

namespace {

constexpr const char* kFooter =
    R"(Commands: status, members, get, set, del, hgetall, scan, verify, fingerprint, invite, meet, help.
Any other word goes to the node as it is: tutti incr visits
Without a command: interactive on a terminal, else one command a line from standard input.

Exit codes: 0 done, 1 the answer is no (not found, not converged), 2 usage,
            3 cannot reach or not allowed, 4 data or disk trouble)";

}  // namespace

int main(int argc, char** argv) {
  using namespace tutti;
  CLI::App app("tutti, the shell: asks one node of a cluster, by default the one at 127.0.0.1:4401.",
               "tutti");
  app.footer(kFooter);
  app.prefix_command();
  Door door;
  std::string connect;
  std::string directory;
  double seconds = 30;
  bool json = false;
  auto* connect_flag = app.add_option("--connect", connect, "the node's RESP door, HOST:PORT");
  app.add_option("--data", directory, "the node's directory: door and password are read from its tutti.toml")
      ->excludes(connect_flag);
  app.add_option("--password", door.password, "the node's password; TUTTI_PASSWORD hides it from ps")
      ->envname("TUTTI_PASSWORD");
  app.add_option("--timeout", seconds, "seconds to wait for a reply")->check(CLI::Range(0.1, 3600.0));
  app.add_flag("--json", json, "one JSON document");
  app.set_version_flag("--version", std::string("tutti ") + version());
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& stop) {
    return app.exit(stop) == 0 ? 0 : static_cast<int>(ExitCode::kUsage);
  }
  door.timeout = std::chrono::milliseconds(static_cast<int64_t>(seconds * 1000));
  std::vector<std::string> words = app.remaining();
  if (!words.empty() && words[0].starts_with('-')) {
    std::cerr << "tutti: there is no option " << words[0] << "; tutti --help lists all of them.\n";
    return static_cast<int>(ExitCode::kUsage);
  }
  // Options may also follow one of the shell's own commands; only `set` takes words of every form.
  const ShellCommand* own = words.empty() ? nullptr : find_shell_command(words[0]);
  if (own != nullptr && own->name != "set" && words.back() == "--json") {
    json = true;
    words.pop_back();
  }
  const Speaker speaker(json, !json && ::isatty(STDOUT_FILENO) == 1);

  Outcome<> found;
  if (!connect.empty()) found = parse_door(connect, door);
  if (!directory.empty()) found = read_door(directory, door);
  if (!found) return static_cast<int>(speaker.tell(found.error()));

  Connection node(door);
  if (!words.empty()) return static_cast<int>(speaker.run(node, words));
  if (::isatty(STDIN_FILENO) == 0 || json) return static_cast<int>(run_lines(node, speaker));
  converse(node, speaker);
  return 0;
}
