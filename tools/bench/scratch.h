#pragma once

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>

namespace tutti::bench {

// A directory that is removed with its owner.
class Scratch {
 public:
  explicit Scratch(const std::string& parent) {
    std::string name = (std::filesystem::path(parent) / "tutti-bench-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) std::perror(name.c_str());
    path_ = name;
  }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  ~Scratch() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  std::string store() const { return path_ / "store"; }

 private:
  std::filesystem::path path_;
};

}  // namespace tutti::bench
