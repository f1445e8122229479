#include <catch2/catch.hpp>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "sim/scenario/builtin_scenarios.h"
#include "sim/scenario/key_depth.h"
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

TEST_CASE("two regions of one name are refused, with both lines") {
  using Catch::Matchers::Contains;
  CHECK_THAT(refusal("[[region]]\nname = \"a\"\n[[region]]\nname = \"b\"\n[[region]]\nname = \"a\"\n"),
             Contains("line 6") && Contains("line 2") && Contains("region a"));
  CHECK_THAT(refusal("[[region]]\nname = \"n1\"\n"), Contains("line 2") && Contains("names a node"));
  CHECK_THAT(refusal("[[region]]\nname = \"*\"\n"), Contains("line 2"));
}

TEST_CASE("a fraction of a node, a client or a byte is refused") {
  using Catch::Matchers::Contains;
  for (const char* setting :
       {"cluster.nodes", "cluster.spares", "cluster.neighbours", "cluster.pull_chunk_bytes",
        "workload.clients", "workload.writers", "checks.audit_nodes"}) {
    CHECK_THAT(refusal("", {std::string(setting) + "=3.5"}),
               Contains(setting) && Contains("whole numbers, not 3.5"));
  }
  CHECK_THAT(refusal("[cluster]\nnodes = [3, 3.5]\n"), Contains("line 2") && Contains("not 3.5"));
  CHECK_THAT(refusal("[[command]]\nnode = 0.5\nwords = \"PING\"\n"), Contains("line 2"));
  CHECK_THAT(refusal("[[fault]]\nkind = \"restart\"\ntarget = 0.5\n"), Contains("line 3"));
}

TEST_CASE("an absurd number is refused, with its bound") {
  using Catch::Matchers::Contains;
  CHECK_THAT(refusal("", {"workload.clients=1e6"}), Contains("workload.clients") && Contains("10000"));
  CHECK_THAT(refusal("", {"workload.writes_per_second=1e9"}), Contains("1e+05"));
  CHECK_THAT(refusal("", {"workload.writes_per_second=1e-30"}), Contains("0, or at least"));
  CHECK_THAT(refusal("", {"workload.seconds=1e12"}), Contains("1e+08"));
  CHECK_THAT(refusal("", {"network.bytes_per_second=1e-9"}), Contains("0, or at least 1"));
  CHECK_THAT(refusal("", {"cluster.sync_ms=1e11"}), Contains("cluster.sync_ms") && Contains("3600000"));
  CHECK_THAT(refusal("[[command]]\nclient = 1e6\nwords = \"PING\"\n"),
             Contains("line 2") && Contains("10000"));
}

TEST_CASE("a key of very many dots is refused with its line, before it is parsed") {
  using Catch::Matchers::Contains;
  std::string key = "a";
  for (int i = 0; i < 50'000; ++i) key += ".a";
  CHECK_THAT(refusal("\n" + key + " = 1\n"), Contains("line 2") && Contains("8 dots"));
  CHECK_THAT(refusal("[" + key + "]\n"), Contains("line 1"));
  CHECK_THAT(refusal("x = {" + key + " = 1}\n"), Contains("line 1"));
  CHECK_THAT(refusal("", {"network.loss=0\n" + key + "=1"}), Contains("8 dots"));
  CHECK_THAT(refusal("", {key + "=1"}), Contains("8 dots"));
}

TEST_CASE("dots in strings, comments and values make no key deep") {
  CHECK_FALSE(line_of_deep_key("a.b = \"......................\" # ...................\n"));
  CHECK_FALSE(line_of_deep_key("a = '''\n..........'' ' ..........''' \n"));
  CHECK_FALSE(line_of_deep_key("b = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0]\n"));
  CHECK_FALSE(line_of_deep_key("a = \"\\\".........\"\n"));
  CHECK(line_of_deep_key("a = \"x\"\n\"a\".\"b\" . c.d.e.f.g.h.i.j = 1\n") == 2);
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

TEST_CASE("the README's scenario can be read, and its table of settings has every setting with its default") {
  std::ifstream file(std::string(TUTTI_SOURCE_DIR) + "/sim/README.md");
  const std::string readme((std::istreambuf_iterator<char>(file)), {});
  const std::string fence = "```toml\n";
  const size_t first = readme.find(fence) + fence.size();
  const auto scenario = parse_scenario(readme.substr(first, readme.find("```", first) - first), "README", {});
  CHECK((scenario ? "" : scenario.error().message) == "");

  const std::string head = "| setting | default | meaning |\n|---|---|---|\n";
  const size_t table = readme.find(head);
  REQUIRE(table != std::string::npos);
  size_t at = table + head.size();
  for (const SettingSpec& spec : setting_specs()) {
    const std::string value = spec.write(Scenario{});
    const bool none = value.empty() || spec.path == "name";
    const std::string row = "| `" + spec.path + "` | " + (none ? "-" : "`" + value + "`") + " | ";
    CHECK(readme.substr(at, row.size()) == row);
    at = readme.find('\n', at) + 1;
  }
  CHECK(readme.substr(at, 1) == "\n");  // no row for a setting that is gone
}
