#include "node/setup/durable_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace tutti {

namespace {

std::unexpected<Error> refused(const char* what, const std::filesystem::path& path, int number) {
  const ErrorCode code = number == ENOENT   ? ErrorCode::kNotFound
                         : number == EEXIST ? ErrorCode::kExists
                                            : ErrorCode::kIo;
  return error(code,
               std::string("Cannot ") + what + " " + path.string() + ": " + std::strerror(number) + ".");
}

// Closes on every way out.
struct Descriptor {
  int fd;
  ~Descriptor() {
    if (fd >= 0) close(fd);
  }
};

}  // namespace

Result<std::string> read_file(const std::filesystem::path& path, size_t bytes_max) {
  const Descriptor file{open(path.c_str(), O_RDONLY | O_CLOEXEC)};
  if (file.fd < 0) return refused("open", path, errno);
  std::string out;
  char block[16384];
  for (;;) {
    const ssize_t n = read(file.fd, block, sizeof block);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return refused("read", path, errno);
    if (n == 0) return out;
    out.append(block, static_cast<size_t>(n));
    if (out.size() > bytes_max) return refused("read", path, EFBIG);
  }
}

Result<> create_file(const std::filesystem::path& path, ByteView bytes, mode_t mode) {
  const Descriptor file{open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode)};
  if (file.fd < 0) return refused("create", path, errno);
  if (fchmod(file.fd, mode) != 0)
    return refused("set permissions of", path, errno);  // whatever the umask says
  while (!bytes.empty()) {
    const ssize_t n = write(file.fd, bytes.data(), bytes.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return refused("write", path, errno);
    bytes.remove_prefix(static_cast<size_t>(n));
  }
  if (fsync(file.fd) != 0) return refused("sync", path, errno);
  return {};
}

Result<> sync_directory(const std::filesystem::path& path) {
  const Descriptor directory{open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
  if (directory.fd < 0) return refused("open", path, errno);
  if (fsync(directory.fd) != 0) return refused("sync", path, errno);
  return {};
}

}  // namespace tutti
