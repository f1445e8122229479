#pragma once

#include <sys/types.h>

#include <filesystem>
#include <string>

#include "storage/base/ids.h"
#include "storage/base/result.h"

namespace tutti {

// Whole small files. kNotFound where there is none; kIo else, and where it is larger than `bytes_max`.
Result<std::string> read_file(const std::filesystem::path& path, size_t bytes_max = 1u << 20);

// Makes a file that must not exist yet, synced, with exactly these permissions.
Result<> create_file(const std::filesystem::path& path, ByteView bytes, mode_t mode);

// Makes names in a directory durable.
Result<> sync_directory(const std::filesystem::path& path);

}  // namespace tutti
