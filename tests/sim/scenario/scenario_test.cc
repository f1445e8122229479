#include <catch2/catch.hpp>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "sim/scenario/builtin_scenarios.h"
#include "sim/scenario/scenario_file.h"
#include "sim/scenario/settings.h"

using namespace tutti;
using namespace tutti::sim;

namespace {

// A scenario file for the length of a test.
class ScenarioFile {
 public:
  explicit ScenarioFile(const std::string& text)
      : path_((std::filesystem::temp_directory_path() /
               ("scenario-" + std::to_string(reinterpret_cast<uintptr_t>(this)) + ".toml"))
                  .string()) {
    std::ofstream(path_) << text;
  }
  ~ScenarioFile() { std::filesystem::remove(path_); }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

std::string refusal(const std::string& text, const std::vector<std::string>& overrides = {}) {
  const ScenarioFile file(text);
  const auto scenario = read_scenario(file.path(), overrides);
  return scenario ? "" : scenario.error().message;
}

}  // namespace

TEST_CASE("settings, ranges and faults are read, and the command line has the last word") {
  const ScenarioFile file(
      "[cluster]\nnodes = [3, 5]\n[network]\nloss = 0.1\n[[fault]]\nkind = \"partition\"\nevery_s = 4\n");
  const auto scenario = read_scenario(
      file.path(), {"network.loss=[0.2, 0.3]", "cluster.cipher=noise", "fault.partition.every_s=0"});
  REQUIRE(scenario);
  CHECK(scenario->cluster.nodes.low == 3);
  CHECK(scenario->cluster.nodes.high == 5);
  CHECK(scenario->network.loss.high == 0.3);
  CHECK(scenario->cluster.noise);
  REQUIRE(scenario->faults.size() == 1);
  CHECK(scenario->faults[0].every_s.high == 0);
}

TEST_CASE("what cannot be is named with its line") {
  using Catch::Matchers::Contains;
  CHECK_THAT(refusal("[network]\nlos = 0.1\n"),
             Contains("line 2") && Contains("network.los") && Contains("network.loss"));
  CHECK_THAT(refusal("[network]\nloss = 1.5\n"), Contains("line 2") && Contains("within 0 and 1"));
  CHECK_THAT(refusal("[cluster]\nnodes = [5, 3]\n"), Contains("above"));
  CHECK_THAT(refusal("\n[[fault]]\nkind = \"flood\"\n"),
             Contains("line 3") && Contains("flood") && Contains("partition"));
  CHECK_THAT(refusal("[[fault]]\nevery_s = 1\n"), Contains("needs a kind"));
  CHECK_THAT(refusal("", {"cluster.nodes"}), Contains("key=value"));
  CHECK_THAT(refusal("nodes = \n"), Contains("line 1"));
}

TEST_CASE("a fault's draw is read as hexadecimal, and nothing else") {
  const ScenarioFile file("[[fault]]\nkind = \"partition\"\nat_s = 4\ndraw = \"fedcba9876543210\"\n");
  const auto scenario = read_scenario(file.path(), {});
  REQUIRE(scenario);
  CHECK(scenario->faults[0].draw == 0xfedcba9876543210);
  CHECK_THAT(refusal("[[fault]]\nkind = \"partition\"\ndraw = \"0x1\"\n"),
             Catch::Matchers::Contains("line 3"));
}

TEST_CASE("every scenario that ships can be read and says what it shows") {
  REQUIRE(builtin_scenarios().size() >= 13);
  for (const BuiltinScenario& shipped : builtin_scenarios()) {
    INFO(shipped.name);
    const auto scenario = parse_scenario(shipped.text, std::string(shipped.name), {});
    CHECK((scenario ? "" : scenario.error().message) == "");
    CHECK(first_words(shipped.text).size() > 30);
  }
}

TEST_CASE("the README's scenario can be read, and it names every setting") {
  std::ifstream file(std::string(TUTTI_SOURCE_DIR) + "/sim/README.md");
  const std::string readme((std::istreambuf_iterator<char>(file)), {});
  const std::string fence = "```toml\n";
  const size_t first = readme.find(fence) + fence.size();
  const auto scenario = parse_scenario(readme.substr(first, readme.find("```", first) - first), "README", {});
  CHECK((scenario ? "" : scenario.error().message) == "");
  for (const SettingSpec& spec : setting_specs()) {
    const std::string name = spec.path.substr(spec.path.find('.') + 1);
    INFO(spec.path);
    CHECK(readme.find(name) != std::string::npos);
  }
}
