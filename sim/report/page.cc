#include "sim/report/page.h"

#include "sim/report/page_files.h"
#include "storage/base/check.h"

namespace tutti::sim {
namespace {

// Where the template says @{NAME}, once.
void fill(std::string& page, const std::string& name, std::string_view with) {
  const std::string place = "@{" + name + "}";
  const size_t at = page.find(place);
  check(at != std::string::npos, "the page's template has a place for this");
  page.replace(at, place.size(), with);
}

std::string page(std::string_view script, const std::string& json) {
  std::string made(page_files::kFrameHtml);
  fill(made, "style", page_files::kStyleCss);
  fill(made, "plots", page_files::kPlotsJs);
  fill(made, "script", script);
  fill(made, "data", json);  // last: what stands in it is no place
  return made;
}

}  // namespace

std::string run_page(const std::string& json) {
  std::string script(page_files::kTopologyJs);
  return page(script.append(page_files::kRunJs), json);
}

std::string study_page(const std::string& json) { return page(page_files::kStudyJs, json); }

}  // namespace tutti::sim
