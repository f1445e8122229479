#pragma once

#include <rocksdb/env.h>

#include <cstdarg>
#include <cstdio>

#include "storage/store/rocks_store.h"

namespace tutti {

// RocksDB's remarks, handed on line by line. Its own file for them would abort the process when the disk is full or
// read-only: after one failed write the next one fails an assertion.
class RocksDiary final : public rocksdb::Logger {
 public:
  explicit RocksDiary(RocksStoreOptions::Diary diary)
      : Logger(rocksdb::InfoLogLevel::WARN_LEVEL), diary_(std::move(diary)) {}

  using Logger::Logv;
  void Logv(rocksdb::InfoLogLevel level, const char* format, va_list arguments) override {
    if (!diary_ || level < GetInfoLogLevel()) return;
    char line[kLineBytesMax];
    if (vsnprintf(line, sizeof line, format, arguments) <= 0) return;
    ByteView text(line);
    while (text.ends_with('\n') || text.ends_with(' ')) text.remove_suffix(1);
    diary_(level >= rocksdb::InfoLogLevel::ERROR_LEVEL, text);
  }
  void LogHeader(const char*, va_list) override {}  // its options, some hundred lines

 private:
  static constexpr size_t kLineBytesMax = 512;  // longer ones are cut

  const RocksStoreOptions::Diary diary_;
};

}  // namespace tutti
