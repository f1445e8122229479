#include "tools/shell/line_editor.h"

#include <histedit.h>
#include <sys/stat.h>

#include <cerrno>
#include <clocale>
#include <csignal>
#include <cstdio>

#include "storage/base/check.h"

namespace tutti {
namespace {

constexpr int kHistoryLinesMax = 1000;

std::string common_beginning(const std::vector<std::string>& words) {
  std::string common = words.front();
  for (const std::string& word : words) {
    size_t same = 0;
    while (same < common.size() && same < word.size() && common[same] == word[same]) ++same;
    common.resize(same);
  }
  return common;
}

// Ctrl-C ends the reading of a line, not the program.
class InterruptGuard {
 public:
  InterruptGuard() {
    struct sigaction ignore {};
    ignore.sa_handler = [](int) {};  // not SIG_IGN, and no SA_RESTART: the read must come back
    ::sigaction(SIGINT, &ignore, &before_);
  }
  ~InterruptGuard() { ::sigaction(SIGINT, &before_, nullptr); }
  InterruptGuard(const InterruptGuard&) = delete;
  InterruptGuard& operator=(const InterruptGuard&) = delete;

 private:
  struct sigaction before_ {};
};

}  // namespace

class LineEditor::Impl {
 public:
  Impl(std::string prompt, std::string history_path, Completer completer)
      : prompt_(std::move(prompt)), history_path_(std::move(history_path)), completer_(std::move(completer)) {
    std::setlocale(LC_CTYPE, "");
    editor_ = ::el_init("tutti", stdin, stdout, stderr);
    history_ = ::history_init();
    check(editor_ != nullptr && history_ != nullptr, "libedit has no memory");
    HistEvent event;
    ::history(history_, &event, H_SETSIZE, kHistoryLinesMax);
    ::history(history_, &event, H_SETUNIQUE, 1);
    if (!history_path_.empty()) ::history(history_, &event, H_LOAD, history_path_.c_str());
    ::el_set(editor_, EL_CLIENTDATA, this);
    ::el_set(editor_, EL_PROMPT, &Impl::prompt);
    ::el_set(editor_, EL_EDITOR, "emacs");
    ::el_set(editor_, EL_SIGNAL, 1);
    ::el_set(editor_, EL_HIST, ::history, history_);
    ::el_set(editor_, EL_ADDFN, "tutti-complete", "complete the word", &Impl::complete);
    ::el_set(editor_, EL_BIND, "\t", "tutti-complete", nullptr);
    ::el_set(editor_, EL_BIND, "^R", "em-inc-search-prev", nullptr);
  }

  ~Impl() {
    HistEvent event;
    if (!history_path_.empty()) {
      const mode_t before = ::umask(077);
      ::history(history_, &event, H_SAVE, history_path_.c_str());
      ::umask(before);
    }
    ::history_end(history_);
    ::el_end(editor_);
  }

  std::optional<std::string> read_line() {
    const InterruptGuard guard;  // a command that takes long can still be interrupted
    while (true) {
      int count = 0;
      errno = 0;
      const char* line = ::el_gets(editor_, &count);
      if (line != nullptr && count > 0) {
        std::string text(line, static_cast<size_t>(count));
        while (text.ends_with('\n') || text.ends_with('\r')) text.pop_back();
        return text;
      }
      if (count < 0 && errno == EINTR) {  // Ctrl-C
        ::el_reset(editor_);
        std::fputc('\n', stdout);
        continue;
      }
      std::fputc('\n', stdout);
      return std::nullopt;
    }
  }

  void remember(const std::string& line) {
    HistEvent event;
    ::history(history_, &event, H_ENTER, line.c_str());
  }

 private:
  static Impl& self(EditLine* editor) {
    void* data = nullptr;
    ::el_get(editor, EL_CLIENTDATA, &data);
    return *static_cast<Impl*>(data);
  }

  static char* prompt(EditLine* editor) { return self(editor).prompt_.data(); }

  static unsigned char complete(EditLine* editor, int) {
    const LineInfo* line = ::el_line(editor);
    const std::string_view typed(line->buffer, static_cast<size_t>(line->cursor - line->buffer));
    const size_t space = typed.rfind(' ');
    const std::string_view beginning = typed.substr(space == typed.npos ? 0 : space + 1);
    const bool first = typed.find_first_not_of(' ') == typed.npos ||
                       typed.find(' ', typed.find_first_not_of(' ')) == typed.npos;
    const std::vector<std::string> words = self(editor).completer_(beginning, first);
    if (words.empty()) return CC_REFRESH_BEEP;
    std::string more = common_beginning(words).substr(beginning.size());
    if (words.size() == 1) more += ' ';
    if (more.empty()) {
      std::fputc('\n', stdout);
      for (const std::string& word : words) std::printf("%s  ", word.c_str());
      std::fputc('\n', stdout);
      return CC_REDISPLAY;
    }
    return ::el_insertstr(editor, more.c_str()) == 0 ? CC_REFRESH : CC_ERROR;
  }

  std::string prompt_;
  const std::string history_path_;
  const Completer completer_;
  EditLine* editor_ = nullptr;
  History* history_ = nullptr;
};

LineEditor::LineEditor(std::string prompt, std::string history_path, Completer completer)
    : impl_(std::make_unique<Impl>(std::move(prompt), std::move(history_path), std::move(completer))) {}
LineEditor::~LineEditor() = default;
std::optional<std::string> LineEditor::read_line() { return impl_->read_line(); }
void LineEditor::remember(const std::string& line) { impl_->remember(line); }

}  // namespace tutti
