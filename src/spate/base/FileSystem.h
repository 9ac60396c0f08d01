#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "spate/base/Status.h"
#include "spate/base/Time.h"

namespace spate {

/// What a directory entry is.
struct FileInfo {
  std::string path;  ///< as asked for, or directory + "/" + name
  uint64_t size = 0;
  Timestamp modificationTime{};
  bool isDirectory = false;
};

/// A file that grows at its end: a log. Closed by the destructor, without sync.
///
/// Threads: one at a time.
class AppendFile {
 public:
  virtual ~AppendFile() = default;
  /// All of `bytes`, or an error; after an error the end of the file may be torn.
  virtual Status append(std::string_view bytes) = 0;
  /// Returns when what was appended is on the device.
  virtual Status sync() = 0;
};

/// The file operations that checkpoints, logs and state need, with the guarantees they need:
/// Arrow's file systems (used for data formats) give neither fsync nor atomic replacement.
///
/// Paths are absolute or relative to the process, with '/'. A missing path is kNotFound, a full
/// device kDiskFull, all else kIoError; every message names the path.
/// Threads: all functions from any thread.
class FileSystem {
 public:
  virtual ~FileSystem() = default;

  virtual Result<std::string> readFile(const std::string& path) = 0;
  virtual Result<FileInfo> stat(const std::string& path) = 0;
  /// The entries of a directory, sorted by path.
  virtual Result<std::vector<FileInfo>> list(const std::string& directory) = 0;

  /// Makes `path` hold exactly `bytes`: after a crash it has the old content or the new, never a
  /// part. On return the new content is on the device, and so is its name. Parent directories are
  /// created.
  virtual Status writeAtomically(const std::string& path, std::string_view bytes) = 0;
  /// Opens for appending; creates the file if it is missing. Parent directories are created.
  virtual Result<std::unique_ptr<AppendFile>> openAppend(const std::string& path) = 0;

  /// Replaces `to` when it is a file. On return the new name is on the device.
  virtual Status rename(const std::string& from, const std::string& to) = 0;
  virtual Status createDirectories(const std::string& path) = 0;
  /// Removes a file or a directory with all in it. A missing path is ok. After a crash what was
  /// removed may be back.
  virtual Status removeAll(const std::string& path) = 0;

  /// stat() that only says whether the path is there.
  bool exists(const std::string& path) { return stat(path).has_value(); }

  /// The machine's files; one shared object.
  static std::shared_ptr<FileSystem> local();
};

/// "a/b" of "a" and "b"; no doubled slash.
std::string joinPath(std::string_view directory, std::string_view name);
/// The part behind the last slash.
std::string_view fileName(std::string_view path);
/// The part before the last slash; "." when there is none, "/" for the root's children.
std::string parentPath(std::string_view path);

}  // namespace spate
