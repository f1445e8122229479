#pragma once

#include <uv.h>

#include <memory>

namespace tutti {

// Closes a libuv handle and frees it where libuv lets go of it, in the close callback of a later turn of the loop.
struct CloseHandle {
  template <class T>
  void operator()(T* handle) const {
    uv_close(reinterpret_cast<uv_handle_t*>(handle),
             [](uv_handle_t* closed) { delete reinterpret_cast<T*>(closed); });
  }
};

// One handle of a loop, such as a timer. Its owner may go while the loop lives on; from then on no callback of the
// handle comes any more. REQUIRES that the handle was initialized, and that the loop runs once more. Loop thread only.
template <class T>
using UvHandle = std::unique_ptr<T, CloseHandle>;

}  // namespace tutti
