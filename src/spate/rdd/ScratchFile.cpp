#include "spate/rdd/ScratchFile.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <utility>

namespace spate {
namespace {

Status statusOf(int error, const std::string& action, const std::string& path) {
  std::string message = action + " " + path + ": " + std::strerror(error);
  if (error == ENOSPC || error == EDQUOT) return Status::diskFull(std::move(message));
  return Status::ioError(std::move(message));
}

class ScratchFile final : public AppendFile {
 public:
  ScratchFile(int fd, std::string path) : fd_(fd), path_(std::move(path)) {}
  ~ScratchFile() override { ::close(fd_); }
  ScratchFile(const ScratchFile&) = delete;
  ScratchFile& operator=(const ScratchFile&) = delete;

  Status append(std::string_view bytes) override {
    while (!bytes.empty()) {
      const ssize_t n = ::write(fd_, bytes.data(), bytes.size());
      if (n < 0 && errno == EINTR) continue;
      if (n < 0) return statusOf(errno, "cannot write", path_);
      bytes.remove_prefix(static_cast<size_t>(n));
    }
    return Status::OK();
  }
  Status sync() override { return Status::OK(); }

 private:
  int fd_;
  std::string path_;
};

}  // namespace

Result<std::unique_ptr<AppendFile>> openScratchFile(const std::string& path) {
  std::error_code error;
  std::filesystem::create_directories(parentPath(path), error);
  if (error) return failure(statusOf(error.value(), "cannot create the directory of", path));
  const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (fd < 0) return failure(statusOf(errno, "cannot create", path));
  return std::make_unique<ScratchFile>(fd, path);
}

}  // namespace spate
