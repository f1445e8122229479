#pragma once

#include <uv.h>

#include <memory>

namespace tutti {

// Closes a libuv handle. libuv's close callback, in a later iteration of the loop, frees it.
struct CloseHandle {
  template <class T>
  void operator()(T* handle) const {
    uv_close(reinterpret_cast<uv_handle_t*>(handle),
             [](uv_handle_t* closed) { delete reinterpret_cast<T*>(closed); });
  }
};

// One handle of a loop, such as a timer. Its owner may be destroyed before the loop; after that no callback of the
// handle is called. REQUIRES that the handle was initialized, and that the loop runs once more. Loop thread only.
template <class T>
using UvHandle = std::unique_ptr<T, CloseHandle>;

}  // namespace tutti
