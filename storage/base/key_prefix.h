#pragma once

#include <cstddef>

#include "storage/base/ids.h"

namespace tutti {

// Rows of one key share a key prefix, which ends with 00 01; within it every 00 is followed by FF
// (storage/model/row_key.h). This is all that the store knows of its keys: with it, it finds the rows of one key
// without reading others.
//
// The length of the key prefix that `bytes` begins with; 0: there is none.
inline size_t key_prefix_size(ByteView bytes) {
  for (size_t at = 0; (at = bytes.find('\0', at)) != ByteView::npos; at += 2) {
    if (at + 1 >= bytes.size()) return 0;
    if (bytes[at + 1] == '\1') return at + 2;
    if (bytes[at + 1] != '\xFF') return 0;
  }
  return 0;
}

}  // namespace tutti
