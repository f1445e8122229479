#include "sim/plans/compare.h"

#include <algorithm>
#include <cstdio>
#include <optional>

#include "sim/plans/text_table.h"
#include "sim/report/documents.h"
#include "sim/report/statistics.h"
#include "sim/report/text.h"

namespace tutti::sim {
namespace {

constexpr double kSignificant = 0.05;

int cannot(const std::string& why) {
  std::fprintf(stderr, "tutti-sim: %s\n", why.c_str());
  return 3;
}

void print_heads(const std::string& a, const Study& in_a, const std::string& b, const Study& in_b) {
  const auto print = [](const char* name, const std::string& folder, const Study& study) {
    size_t runs = 0, failed = 0;
    for (const Cell& cell : study.cells) runs += cell.outcomes.size(), failed += failures(cell);
    std::printf(
        "%s  %s: %s of %s, %zu runs%s\n", name, folder.c_str(), study.kind.c_str(),
        study.origin.scenario.c_str(), runs,
        failed > 0 ? (", of which " + std::to_string(failed) + " failed and are left out").c_str() : "");
  };
  print("A", a, in_a);
  print("B", b, in_b);
  const auto& lines_a = in_a.origin.configuration;
  const auto& lines_b = in_b.origin.configuration;
  const auto lacks = [](const auto& lines, const std::string& line) {
    return std::ranges::find(lines, line) == lines.end();
  };
  for (const std::string& line : lines_a) {
    if (lacks(lines_b, line)) std::printf("  A alone: %s\n", line.c_str());
  }
  for (const std::string& line : lines_b) {
    if (lacks(lines_a, line)) std::printf("  B alone: %s\n", line.c_str());
  }
}

std::string verdict(const std::vector<double>& a, const std::vector<double>& b) {
  if (a == b) return "equal";
  const auto p = permutation_p(a, b);
  if (!p) return "too few seeds to tell";
  return (*p < kSignificant ? "differs, p " : "may be chance, p ") + (*p < 0.001 ? "< 0.001" : rounded(*p));
}

void print_cell(const Cell& a, const Cell& b) {
  if (!a.settings.empty()) std::printf("\n%s\n", label(a).c_str());
  std::vector<std::vector<std::string>> rows = {{"metric", "A", "B", "B / A", "B - A", "over seeds"}};
  for (const auto& kind : metric_kinds()) {
    const auto in_a = values_of(a, kind.name), in_b = values_of(b, kind.name);
    std::optional<double> left, right, ratio, difference;
    if (!in_a.empty()) left = median(in_a);
    if (!in_b.empty()) right = median(in_b);
    if (left && right) difference = *right - *left;
    if (left && right && *left != 0) ratio = *right / *left;
    rows.push_back({std::string(kind.name), rounded(left), rounded(right), rounded(ratio),
                    rounded(difference), left && right ? verdict(in_a, in_b) : "no figure on one side"});
  }
  std::printf("\n%s", text_table(rows).c_str());
}

const Cell* find(const Study& study, const Cell& like) {
  const auto at = std::ranges::find(study.cells, like.settings, &Cell::settings);
  return at == study.cells.end() ? nullptr : &*at;
}

}  // namespace

int compare_folders(const std::string& a, const std::string& b) {
  const auto in_a = read_study(a), in_b = read_study(b);
  if (!in_a) return cannot(in_a.error().message);
  if (!in_b) return cannot(in_b.error().message);
  if ((in_a->kind == "sweep") != (in_b->kind == "sweep")) {
    return cannot("a sweep and a single setting have no cells in common: " + a + " is of kind " + in_a->kind +
                  ", " + b + " of kind " + in_b->kind);
  }
  print_heads(a, *in_a, b, *in_b);
  size_t compared = 0;
  for (const Cell& cell : in_a->cells) {
    if (const Cell* other = find(*in_b, cell)) {
      print_cell(cell, *other);
      ++compared;
    } else {
      std::printf("\n%s\n  in A alone\n", label(cell).c_str());
    }
  }
  for (const Cell& cell : in_b->cells) {
    if (!find(*in_a, cell)) std::printf("\n%s\n  in B alone\n", label(cell).c_str());
  }
  if (compared == 0) return cannot("the two sweeps have no cell in common");
  std::printf(
      "\nMedians over the seeds that passed. A difference counts where chance alone makes one as large in "
      "fewer\n"
      "than 5 %% of cases (permutation test); of many figures some differ by chance.\n");
  return 0;
}

}  // namespace tutti::sim
