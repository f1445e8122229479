#include <nlohmann/json.hpp>

#include "storage/crypto/text_encoding.h"
#include "tools/shell/render.h"
#include "tools/shell/words.h"

namespace tutti {
namespace {

using Json = nlohmann::ordered_json;
using Kind = RespValue::Kind;

Json text_json(const std::string& text) {
  if (is_utf8(text)) return text;
  return {{"hex", to_hex(text)}};
}

Json to_json(const RespValue& value) {
  switch (value.kind) {
    case Kind::kNull: return nullptr;
    case Kind::kInteger: return value.integer;
    case Kind::kBoolean: return value.integer != 0;
    case Kind::kDouble: return value.real;
    case Kind::kError: return {{"error", printable(value.text)}};
    case Kind::kMap: {
      Json object = Json::object();
      for (size_t i = 0; i + 1 < value.items.size(); i += 2) {
        object[printable(value.items[i].text)] = to_json(value.items[i + 1]);
      }
      return object;
    }
    case Kind::kArray:
    case Kind::kSet:
    case Kind::kPush: {
      Json array = Json::array();
      for (const RespValue& item : value.items) array.push_back(to_json(item));
      return array;
    }
    default: return text_json(value.text);
  }
}

}  // namespace

std::string render_json(const Answer& answer) {
  const Json value = to_json(answer.value);
  return (answer.name.empty() ? value : Json{{answer.name, value}}).dump() + "\n";
}

std::string render_json(const Failure& failure) {
  return Json{{"error", printable(failure.message)}, {"exit", static_cast<int>(failure.exit)}}.dump() + "\n";
}

}  // namespace tutti
