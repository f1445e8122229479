#pragma once

#include <string_view>

// The files of report/page/ as they stood when the program was built (embed.cmake writes the other half).
namespace tutti::sim::page_files {

extern const std::string_view kFrameHtml, kStyleCss, kPlotsJs, kTopologyJs, kRunJs, kStudyJs;

}  // namespace tutti::sim::page_files
