#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tutti {

// Lines typed at a terminal, with history, editing keys and completion by Tab (libedit). One at a time in a process.
class LineEditor {
 public:
  // The whole words that `beginning` may become; `first`: it is the line's first word.
  using Completer = std::function<std::vector<std::string>(std::string_view beginning, bool first)>;

  // `history_path`: read now, written by the destructor, readable by its owner only; empty: none.
  LineEditor(std::string prompt, std::string history_path, Completer completer);
  ~LineEditor();

  // The next line, without its end. Empty: the end of input (Ctrl-D). Ctrl-C gives up the line and begins anew.
  std::optional<std::string> read_line();
  // Do not remember lines that hold a secret.
  void remember(const std::string& line);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace tutti
