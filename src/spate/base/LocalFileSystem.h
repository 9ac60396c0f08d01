#pragma once

#include "spate/base/FileSystem.h"

namespace spate {

/// FileSystem on POSIX calls. writeAtomically is write to ".NAME.tmp-PID-N", fsync, rename, fsync
/// of the directory; so a crash can leave such a temporary file behind but never a torn one.
class LocalFileSystem final : public FileSystem {
 public:
  Result<std::string> readFile(const std::string& path) override;
  Result<FileInfo> stat(const std::string& path) override;
  Result<std::vector<FileInfo>> list(const std::string& directory) override;
  Status writeAtomically(const std::string& path, std::string_view bytes) override;
  Result<std::unique_ptr<AppendFile>> openAppend(const std::string& path) override;
  Status rename(const std::string& from, const std::string& to) override;
  Status createDirectories(const std::string& path) override;
  Status removeAll(const std::string& path) override;
};

}  // namespace spate
