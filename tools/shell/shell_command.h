#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tools/shell/connection.h"

namespace tutti {

// A command's answer, before render.h turns it into text.
struct Answer {
  ExitCode exit = ExitCode::kDone;
  std::string name;  // of the value in the JSON document; empty: the value is a map, and is the document
  RespValue value;
  std::string verdict;  // a sentence for people, after the value
};

// One of the shell's own commands. All other commands go to the node.
struct ShellCommand {
  std::string_view name;
  std::string_view usage;
  std::string_view help;
  size_t args_min = 0;  // behind the name
  size_t args_max = 0;
  Outcome<Answer> (*run)(Connection& node, std::span<const std::string> args);
};
std::span<const ShellCommand> shell_commands();
// Null: the shell has no such command. Case does not matter.
const ShellCommand* find_shell_command(std::string_view name);

// Runs one command line. REQUIRES at least one word. An error reply of the node is a failure with its exit code.
Outcome<Answer> run_command(Connection& node, std::span<const std::string> words);

// The node's commands by COMMAND DOCS: names in lower case, with their summaries. Empty: the node does not say.
struct NodeCommand {
  std::string name;
  std::string syntax;  // of its arguments
  std::string summary;
};
std::vector<NodeCommand> node_commands(Connection& node);

}  // namespace tutti
