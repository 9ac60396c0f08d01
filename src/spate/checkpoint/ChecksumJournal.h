#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "spate/base/FileSystem.h"
#include "spate/base/Status.h"

namespace spate {

/// Length and CRC-32 of each file of a metadata log, in one hidden file `.checksums` beside them,
/// since Spark's format has no checksum of its own. A line is appended per file and never synced:
/// it costs a write to an open file. docs/formats/checkpoint.md says why no crash makes it lie.
///
/// Errors  a journal that cannot be written is given up with a WARN: files without a line are
///         accepted unchecked
/// Threads one at a time
class ChecksumJournal {
 public:
  struct Checksum {
    uint64_t length = 0;
    uint32_t crc = 0;
    bool operator==(const Checksum&) const = default;
  };
  static Checksum of(std::string_view bytes);

  ChecksumJournal(std::shared_ptr<FileSystem> files, std::string path)
      : files_(std::move(files)), path_(std::move(path)) {}

  const std::string& path() const { return path_; }

  /// Reads the journal; a missing one is empty. Lines that are torn count as absent.
  Status load();
  std::optional<Checksum> find(const std::string& name) const;

  /// `name` now durably holds `bytes`.
  void recorded(const std::string& name, std::string_view bytes);
  /// `name` is about to go and may come again with other content. Durable when it returns.
  Status forget(const std::vector<std::string>& names);
  /// `name` is gone for good; its line goes some time later.
  void dropped(const std::string& name);

 private:
  Status rewrite();

  std::shared_ptr<FileSystem> files_;
  std::string path_;
  std::map<std::string, Checksum> known_;
  std::unique_ptr<AppendFile> file_;
  size_t lines_ = 0;
  bool endIsTorn_ = false;
};

}  // namespace spate
