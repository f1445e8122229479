#pragma once

#include <functional>
#include <string>

#include "sim/truth/history.h"

namespace tutti::sim {

// `atomic`: an operation of several edits that the clock covers, row by row as a node shows them. Where some
// of what it brought or took away shows and some does not, although nothing in the clock undid it: in words
// which. Empty: it is there whole, or nowhere (which is another checker's). Rows that cannot be read do not
// count.
using ReadRow = std::function<const Lives*(const std::string& row_key)>;
std::string partly_applied(const History& history, const History::Minted& minted, const VersionVector& clock,
                           const ReadRow& read);

}  // namespace tutti::sim
