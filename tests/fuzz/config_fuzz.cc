#include "node/setup/config.h"
#include "tests/fuzz/fuzz.h"

// A node's tutti.toml. What parses is written out to a file that says the same.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace tutti;
  const auto config = parse_config(std::string(fuzz::view(data, size)), "tutti.toml");
  if (!config) return 0;
  const std::string text = config_text(*config);
  const auto again = parse_config(text, "tutti.toml");
  check(again.has_value(), "a written configuration parses");
  check(again->name == config->name && again->password == config->password && config_text(*again) == text,
        "and says the same");
  return 0;
}
