#pragma once

#include <string>

#include "tools/shell/shell_command.h"

namespace tutti {

// An answer as text for people, with line ends: a map as aligned lines, a list of maps as a table, a list as lines, a
// value as it is. `terminal`: with colour, and unprintable bytes escaped; else bytes as they are.
std::string render_text(const Answer& answer, bool terminal);

// An answer or a failure as one JSON document on one line. Text that is not UTF-8 is {"hex": "..."}.
// A failure is {"error": SENTENCE, "exit": CODE}.
std::string render_json(const Answer& answer);
std::string render_json(const Failure& failure);

}  // namespace tutti
