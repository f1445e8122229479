#include <algorithm>
#include <charconv>

#include "tools/shell/render.h"
#include "tools/shell/words.h"

namespace tutti {
namespace {

using Kind = RespValue::Kind;

class TextRenderer {
 public:
  explicit TextRenderer(bool terminal) : terminal_(terminal) {}

  void value(const RespValue& value, size_t indent) {
    if (value.kind == Kind::kMap) return map(value, indent);
    if (!value.is_aggregate()) return line(scalar(value), indent);
    const bool records = !value.items.empty() && std::ranges::all_of(value.items, [](const RespValue& item) {
      return item.kind == Kind::kMap && !item.items.empty();
    });
    if (records) return table(value, indent);
    for (const RespValue& item : value.items) this->value(item, item.is_aggregate() ? indent + 2 : indent);
  }

  std::string take() { return std::move(out_); }
  std::string bold(const std::string& text) const { return terminal_ ? "\x1b[1m" + text + "\x1b[0m" : text; }

 private:
  void map(const RespValue& value, size_t indent) {
    size_t width = 0;
    for (size_t i = 0; i + 1 < value.items.size(); i += 2)
      width = std::max(width, value.items[i].text.size());
    for (size_t i = 0; i + 1 < value.items.size(); i += 2) {
      const RespValue& held = value.items[i + 1];
      const std::string name = scalar(value.items[i]);
      if (held.is_aggregate() && !held.items.empty()) {
        line(name, indent);
        this->value(held, indent + 2);
      } else {
        line(padded(name, width) + "  " + cell(held), indent);
      }
    }
  }

  // Columns are the first record's fields; every record of a node has the same.
  void table(const RespValue& records, size_t indent) {
    std::vector<std::string> names;
    for (size_t i = 0; i < records.items[0].items.size(); i += 2)
      names.push_back(records.items[0].items[i].text);
    std::vector<std::vector<std::string>> rows{names};
    for (const RespValue& record : records.items) {
      std::vector<std::string>& row = rows.emplace_back();
      for (const std::string& name : names) {
        const RespValue* held = record.find(name);
        row.push_back(held == nullptr ? "-" : cell(*held));
      }
    }
    std::vector<size_t> widths(names.size());
    for (const auto& row : rows) {
      for (size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
    }
    for (const auto& row : rows) {
      std::string text;
      for (size_t i = 0; i < row.size(); ++i)
        text += i + 1 < row.size() ? padded(row[i], widths[i]) + "  " : row[i];
      line(&row == &rows[0] ? bold(text) : text, indent);
    }
  }

  // A value among others on one line: never empty, or it could not be seen.
  std::string cell(const RespValue& value) const {
    const std::string text = value.is_aggregate() ? "" : scalar(value);
    return text.empty() ? "-" : text;
  }

  std::string scalar(const RespValue& value) const {
    switch (value.kind) {
      case Kind::kNull: return "-";
      case Kind::kInteger: return std::to_string(value.integer);
      case Kind::kBoolean: return value.integer != 0 ? "yes" : "no";
      case Kind::kDouble: {
        char text[32];
        return {text, std::to_chars(text, text + sizeof text, value.real).ptr};
      }
      case Kind::kError: return "error: " + printable(value.text);
      case Kind::kVerbatim: return value.text;  // made for terminals, with its own line ends
      default: return terminal_ ? printable(value.text) : value.text;
    }
  }

  static std::string padded(const std::string& text, size_t width) {
    return text + std::string(width > text.size() ? width - text.size() : 0, ' ');
  }

  void line(const std::string& text, size_t indent) {
    out_.append(indent, ' ');
    out_ += text;
    out_ += '\n';
  }

  const bool terminal_;
  std::string out_;
};

}  // namespace

std::string render_text(const Answer& answer, bool terminal) {
  TextRenderer renderer(terminal);
  if (!answer.value.is_null()) renderer.value(answer.value, 0);
  std::string out = renderer.take();
  if (!answer.verdict.empty()) out += renderer.bold(answer.verdict) + "\n";
  return out;
}

}  // namespace tutti
