#pragma once

#include <sys/types.h>

#include <filesystem>
#include <string>

#include "storage/base/ids.h"
#include "storage/base/result.h"

namespace tutti {

// Reads a whole small file. kNotFound: no such file. kIo: any other error, or larger than `bytes_max`.
Result<std::string> read_file(const std::filesystem::path& path, size_t bytes_max = 1u << 20);

// Makes a new file, synced, with exactly these permissions. An existing file is an error.
Result<> create_file(const std::filesystem::path& path, ByteView bytes, mode_t mode);

// Makes the names in a directory durable.
Result<> sync_directory(const std::filesystem::path& path);

}  // namespace tutti
