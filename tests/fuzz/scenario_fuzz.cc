#include "sim/scenario/scenario_file.h"
#include "tests/fuzz/fuzz.h"

// A scenario of the simulator. What parses is written out to a file that says the same.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace tutti;
  const auto scenario = sim::parse_scenario(fuzz::view(data, size), "fuzzed", {});
  if (!scenario) return 0;
  const std::string text = sim::write_scenario(*scenario, "");
  const auto again = sim::parse_scenario(text, "written", {});
  check(again.has_value(), "a written scenario parses");
  check(sim::write_scenario(*again, "") == text, "and says the same");
  return 0;
}
