#pragma once

namespace tutti {

// This release, such as "0.1.0", as CMakeLists.txt names it: the one place of it.
const char* version();

}  // namespace tutti
