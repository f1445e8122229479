#include "tools/shell/conversation.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <optional>

#include "tools/shell/line_editor.h"
#include "tools/shell/render.h"
#include "tools/shell/shell_command.h"
#include "tools/shell/words.h"

namespace tutti {
namespace {

void print(std::string_view text, std::FILE* to) {
  std::fwrite(text.data(), 1, text.size(), to);
  std::fflush(to);
}

bool is_goodbye(const std::vector<std::string>& words) {
  return words.size() == 1 && (words[0] == "quit" || words[0] == "exit");
}

}  // namespace

ExitCode Speaker::run(Connection& node, std::span<const std::string> words) const {
  const auto answer = run_command(node, words);
  if (!answer) return tell(answer.error());
  if (json_) {
    print(render_json(*answer), stdout);
    return answer->exit;
  }
  // Results go to standard output, "there is nothing" goes to standard error, so that pipes get results only.
  const bool empty = answer->value.is_null();
  print(render_text(*answer, terminal_), empty ? stderr : stdout);
  return answer->exit;
}

ExitCode Speaker::tell(const Failure& failure) const {
  if (json_) {
    print(render_json(failure), stdout);
  } else {
    print("tutti: " + printable(failure.message) + "\n", stderr);
  }
  return failure.exit;
}

void converse(Connection& node, const Speaker& speaker) {
  const char* home = std::getenv("HOME");
  std::optional<std::vector<std::string>> names;  // asked for at the first Tab
  const auto complete = [&](std::string_view beginning, bool first) {
    std::vector<std::string> found;
    if (!first) return found;
    if (!names) {
      names.emplace();
      for (const ShellCommand& command : shell_commands()) names->emplace_back(command.name);
      for (NodeCommand& command : node_commands(node)) names->push_back(std::move(command.name));
      std::ranges::sort(*names);
      names->erase(std::unique(names->begin(), names->end()), names->end());
    }
    const std::string wanted = lower(beginning);
    std::ranges::copy_if(*names, std::back_inserter(found),
                         [&](const std::string& name) { return name.starts_with(wanted); });
    return found;
  };
  LineEditor editor("tutti " + node.door().where() + "> ",
                    home == nullptr ? "" : std::string(home) + "/.tutti_history", complete);
  while (const auto line = editor.read_line()) {
    const auto words = split_words(*line);
    if (!words) {
      speaker.tell(words.error());
      continue;
    }
    if (words->empty()) continue;
    if (is_goodbye(*words)) return;
    const std::string first = lower((*words)[0]);
    if (!first.starts_with("auth") && !first.starts_with("hello")) editor.remember(*line);  // no passwords
    speaker.run(node, *words);
  }
}

ExitCode run_lines(Connection& node, const Speaker& speaker) {
  ExitCode first = ExitCode::kDone;
  std::string line;
  while (std::getline(std::cin, line)) {
    const auto words = split_words(line);
    if (words && (words->empty() || (*words)[0].starts_with('#'))) continue;
    if (words && is_goodbye(*words)) break;
    const ExitCode code = words ? speaker.run(node, *words) : speaker.tell(words.error());
    if (first == ExitCode::kDone) first = code;
  }
  return first;
}

}  // namespace tutti
