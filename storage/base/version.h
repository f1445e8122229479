#pragma once

namespace tutti {

// This release, such as "0.1.0". It is set in CMakeLists.txt alone.
const char* version();

}  // namespace tutti
