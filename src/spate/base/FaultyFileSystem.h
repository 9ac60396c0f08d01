#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "spate/base/FileSystem.h"

namespace spate {

/// A file system that misbehaves when told to, and else passes every call on: for tests.
///
/// Threads: all functions from any thread.
class FaultyFileSystem final : public FileSystem {
 public:
  enum class Call {
    kReadFile,
    kStat,
    kList,
    kWriteAtomically,
    kOpenAppend,
    kAppend,
    kSync,
    kRename,
    kCreateDirectories,
    kRemoveAll,
  };

  explicit FaultyFileSystem(std::shared_ptr<FileSystem> inner) : inner_(std::move(inner)) {}

  Result<std::string> readFile(const std::string& path) override;
  Result<FileInfo> stat(const std::string& path) override;
  Result<std::vector<FileInfo>> list(const std::string& directory) override;
  Status writeAtomically(const std::string& path, std::string_view bytes) override;
  Result<std::unique_ptr<AppendFile>> openAppend(const std::string& path) override;
  Status rename(const std::string& from, const std::string& to) override;
  Status createDirectories(const std::string& path) override;
  Status removeAll(const std::string& path) override;

  /// The `nth` call of this kind from now on (1: the next) and the `times - 1` after it return
  /// `status`.
  void failAt(Call call, int nth, Status status, int times = 1);
  /// Every call on a path that contains `part` returns `status`.
  void failPath(std::string part, Status status);
  /// The `nth` write from now on (writeAtomically and append count together) stores only its first
  /// `bytes` bytes and returns kIoError.
  void tearWriteAt(int nth, size_t bytes);
  /// After this many more written bytes the disk is full: append stores what fits,
  /// writeAtomically nothing, both return kDiskFull. Removing files does not help; freeSpace()
  /// does.
  void limitSpace(uint64_t bytes);
  /// The disk has room without end again.
  void freeSpace();
  /// Takes back failAt, failPath and tearWriteAt.
  void heal();

 private:
  friend class FaultyAppendFile;

  struct CallFault {
    Call call;
    int callsBefore;
    int times;
    Status status;
  };
  struct PathFault {
    std::string part;
    Status status;
  };
  struct Tear {
    int writesBefore;
    size_t bytes;
  };

  Status check(Call call, const std::string& path);
  /// How many of `size` bytes may be written, and what the write returns.
  std::pair<size_t, Status> admit(Call call, const std::string& path, size_t size);

  const std::shared_ptr<FileSystem> inner_;
  std::mutex mutex_;
  std::vector<CallFault> callFaults_;
  std::vector<PathFault> pathFaults_;
  std::vector<Tear> tears_;
  std::optional<uint64_t> space_;
};

}  // namespace spate
