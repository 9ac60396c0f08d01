#include "spate/base/LocalFileSystem.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <system_error>
#include <utility>

namespace spate {
namespace {

namespace stdfs = std::filesystem;

Status statusOf(int error, std::string_view action, const std::string& path) {
  std::string message = std::string(action) + " " + path + ": " + std::strerror(error);
  switch (error) {
    case ENOENT:
    case ENOTDIR: return Status::notFound(std::move(message));
    case ENOSPC:
    case EDQUOT: return Status::diskFull(std::move(message));
    case EEXIST: return Status::alreadyExists(std::move(message));
    default: return Status::ioError(std::move(message));
  }
}

/// Owns a file descriptor.
class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return fd_; }
  bool valid() const { return fd_ >= 0; }
  /// close() that reports: on some file systems the error of a write comes only here.
  int close() { return ::close(std::exchange(fd_, -1)); }

 private:
  int fd_;
};

Status writeAll(int fd, std::string_view bytes, const std::string& path) {
  while (!bytes.empty()) {
    const ssize_t n = ::write(fd, bytes.data(), bytes.size());
    if (n < 0) {
      if (errno == EINTR) continue;
      return statusOf(errno, "cannot write", path);
    }
    bytes.remove_prefix(static_cast<size_t>(n));
  }
  return Status::OK();
}

Status syncDirectory(const std::string& directory) {
  Descriptor fd(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd.valid()) return statusOf(errno, "cannot open directory", directory);
  if (::fsync(fd.get()) != 0) return statusOf(errno, "cannot sync directory", directory);
  return Status::OK();
}

FileInfo infoOf(const std::string& path, const struct stat& st) {
  FileInfo info;
  info.path = path;
  info.size = S_ISDIR(st.st_mode) ? 0 : static_cast<uint64_t>(st.st_size);
  info.isDirectory = S_ISDIR(st.st_mode);
  info.modificationTime =
      Timestamp(std::chrono::seconds(st.st_mtim.tv_sec) + Micros(st.st_mtim.tv_nsec / 1000));
  return info;
}

class LocalAppendFile final : public AppendFile {
 public:
  LocalAppendFile(int fd, std::string path) : fd_(fd), path_(std::move(path)) {}

  Status append(std::string_view bytes) override { return writeAll(fd_.get(), bytes, path_); }

  Status sync() override {
    if (::fdatasync(fd_.get()) != 0) return statusOf(errno, "cannot sync", path_);
    return Status::OK();
  }

 private:
  Descriptor fd_;
  std::string path_;
};

}  // namespace

Result<std::string> LocalFileSystem::readFile(const std::string& path) {
  Descriptor fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd.valid()) return failure(statusOf(errno, "cannot open", path));
  struct stat st {};
  if (::fstat(fd.get(), &st) != 0) return failure(statusOf(errno, "cannot stat", path));
  if (S_ISDIR(st.st_mode)) return failure(statusOf(EISDIR, "cannot read", path));
  // One byte over the known size asks whether the file has grown since.
  std::string bytes(static_cast<size_t>(st.st_size) + 1, '\0');
  size_t length = 0;
  while (true) {
    if (length == bytes.size()) bytes.resize(length + length / 2 + 1);
    const ssize_t n = ::read(fd.get(), bytes.data() + length, bytes.size() - length);
    if (n < 0) {
      if (errno == EINTR) continue;
      return failure(statusOf(errno, "cannot read", path));
    }
    if (n == 0) break;
    length += static_cast<size_t>(n);
  }
  bytes.resize(length);
  return bytes;
}

Result<FileInfo> LocalFileSystem::stat(const std::string& path) {
  struct stat st {};
  if (::stat(path.c_str(), &st) != 0) return failure(statusOf(errno, "cannot stat", path));
  return infoOf(path, st);
}

Result<std::vector<FileInfo>> LocalFileSystem::list(const std::string& directory) {
  std::error_code error;
  stdfs::directory_iterator entries(directory, error);
  if (error) return failure(statusOf(error.value(), "cannot list", directory));
  std::vector<FileInfo> infos;
  for (; entries != stdfs::directory_iterator(); entries.increment(error)) {
    const std::string path = joinPath(directory, entries->path().filename().string());
    struct stat st {};
    // An entry that vanished between the listing and now was never there for the caller.
    if (::stat(path.c_str(), &st) == 0) infos.push_back(infoOf(path, st));
  }
  // A failing increment() makes the iterator the end.
  if (error) return failure(statusOf(error.value(), "cannot list", directory));
  std::sort(infos.begin(), infos.end(),
            [](const FileInfo& a, const FileInfo& b) { return a.path < b.path; });
  return infos;
}

Status LocalFileSystem::writeAtomically(const std::string& path, std::string_view bytes) {
  static std::atomic<uint64_t> counter{0};
  const std::string directory = parentPath(path);
  const std::string temporary =
      joinPath(directory, "." + std::string(fileName(path)) + ".tmp-" + std::to_string(::getpid()) +
                              "-" + std::to_string(counter++));
  const auto openTemporary = [&] {
    return ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  };
  int opened = openTemporary();
  if (opened < 0 && errno == ENOENT) {
    SPATE_RETURN_IF_ERROR(createDirectories(directory));
    opened = openTemporary();
  }
  Descriptor fd(opened);
  if (!fd.valid()) return statusOf(errno, "cannot create", temporary);
  Status written = writeAll(fd.get(), bytes, temporary);
  if (written.ok() && ::fsync(fd.get()) != 0) written = statusOf(errno, "cannot sync", temporary);
  if (fd.close() != 0 && written.ok()) written = statusOf(errno, "cannot close", temporary);
  if (written.ok() && ::rename(temporary.c_str(), path.c_str()) != 0)
    written = statusOf(errno, "cannot rename to", path);
  if (!written.ok()) {
    ::unlink(temporary.c_str());
    return written;
  }
  return syncDirectory(directory);
}

Result<std::unique_ptr<AppendFile>> LocalFileSystem::openAppend(const std::string& path) {
  const auto open = [&] {
    return ::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
  };
  const bool isNew = !exists(path);
  int fd = open();
  if (fd < 0 && errno == ENOENT) {
    SPATE_FAIL_IF_ERROR(createDirectories(parentPath(path)));
    fd = open();
  }
  if (fd < 0) return failure(statusOf(errno, "cannot open", path));
  auto file = std::make_unique<LocalAppendFile>(fd, path);
  if (isNew) SPATE_FAIL_IF_ERROR(syncDirectory(parentPath(path)));
  return file;
}

Status LocalFileSystem::rename(const std::string& from, const std::string& to) {
  if (::rename(from.c_str(), to.c_str()) != 0)
    return statusOf(errno, "cannot rename " + from + " to", to);
  SPATE_RETURN_IF_ERROR(syncDirectory(parentPath(to)));
  return parentPath(from) == parentPath(to) ? Status::OK() : syncDirectory(parentPath(from));
}

Status LocalFileSystem::createDirectories(const std::string& path) {
  struct stat st {};
  if (::stat(path.c_str(), &st) == 0)
    return S_ISDIR(st.st_mode) ? Status::OK() : statusOf(EEXIST, "cannot create directory", path);
  const std::string parent = parentPath(path);
  if (parent != path && parent != ".") SPATE_RETURN_IF_ERROR(createDirectories(parent));
  // Another thread or process may be creating the same directory.
  if (::mkdir(path.c_str(), 0755) != 0 && errno != EEXIST)
    return statusOf(errno, "cannot create directory", path);
  // A file that is synced in a directory whose own name is lost would be lost as well.
  return syncDirectory(parent);
}

Status LocalFileSystem::removeAll(const std::string& path) {
  std::error_code error;
  stdfs::remove_all(path, error);
  if (error) return statusOf(error.value(), "cannot remove", path);
  return Status::OK();
}

}  // namespace spate
