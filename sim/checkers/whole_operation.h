#pragma once

#include <functional>
#include <string>

#include "sim/truth/history.h"

namespace tutti::sim {

// `atomic`: whether a node shows all edits of one operation that its clock covers, or none. Empty: it does,
// or shows none, which is another checker's finding. Else it says in words which edits show and which do not,
// although nothing in the clock undid them. Rows that cannot be read do not count.
using ReadRow = std::function<const Lives*(const std::string& row_key)>;
std::string partly_applied(const History& history, const History::Minted& minted, const VersionVector& clock,
                           const ReadRow& read);

}  // namespace tutti::sim
