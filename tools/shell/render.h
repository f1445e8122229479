#pragma once

#include <string>

#include "tools/shell/shell_command.h"

namespace tutti {

// An answer for eyes, with its line ends: a map as aligned lines, a list of maps as a table, a list as lines,
// a value as it is. `terminal`: with colour, and what a terminal cannot show escaped; else bytes as they are.
std::string render_text(const Answer& answer, bool terminal);

// An answer or a failure as one JSON document on one line. Texts that are no UTF-8 are {"hex": "..."}.
// A failure is {"error": SENTENCE, "exit": CODE}.
std::string render_json(const Answer& answer);
std::string render_json(const Failure& failure);

}  // namespace tutti
