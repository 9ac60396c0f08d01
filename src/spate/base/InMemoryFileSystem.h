#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "spate/base/Clock.h"
#include "spate/base/FileSystem.h"

namespace spate {

/// A model of a disk, for tests: what was not synced is lost when the machine crashes.
///
/// The names of files are as durable as FileSystem promises: those made by writeAtomically,
/// openAppend, rename and createDirectories at once, a removal only with the next of these in the
/// same directory (until then a crash brings the file back). "/" and "." always exist.
class InMemoryFileSystem final : public FileSystem {
 public:
  /// Modification times come from `clock`.
  explicit InMemoryFileSystem(std::shared_ptr<Clock> clock = Clock::system());

  Result<std::string> readFile(const std::string& path) override;
  Result<FileInfo> stat(const std::string& path) override;
  Result<std::vector<FileInfo>> list(const std::string& directory) override;
  Status writeAtomically(const std::string& path, std::string_view bytes) override;
  Result<std::unique_ptr<AppendFile>> openAppend(const std::string& path) override;
  Status rename(const std::string& from, const std::string& to) override;
  Status createDirectories(const std::string& path) override;
  Status removeAll(const std::string& path) override;

  /// The machine loses power and is started again: what was synced is there, and of what was
  /// appended since then the first `tornBytes` bytes of each file. Files that were open for
  /// appending return kIoError from now on, as their process is gone.
  void crash(size_t tornBytes = 0);

  /// Changes bytes behind everybody's back, durably: a bad disk, or a test's preparation.
  /// Errors  kNotFound
  Status corrupt(const std::string& path, std::string bytes);
  /// Errors  kNotFound
  Status setModificationTime(const std::string& path, Timestamp t);

 private:
  friend class InMemoryAppendFile;

  struct Node {
    bool isDirectory = false;
    std::string content;
    std::string synced;
    Timestamp modificationTime{};
  };
  using Names = std::map<std::string, std::shared_ptr<Node>>;

  Result<std::shared_ptr<Node>> find(const std::string& path, std::string_view action) const;
  Status makeDirectories(const std::string& path);
  std::shared_ptr<Node> put(const std::string& path, bool isDirectory);
  void syncDirectory(const std::string& directory);

  const std::shared_ptr<Clock> clock_;
  std::mutex mutex_;
  Names live_;
  Names durable_;
  int crashes_ = 0;
};

}  // namespace spate
