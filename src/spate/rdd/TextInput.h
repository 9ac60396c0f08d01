#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "spate/base/FileSystem.h"
#include "spate/base/Status.h"

namespace spate {

/// A run of bytes of a file that one task reads.
struct FileSplit {
  std::string path;
  uint64_t start = 0;
  uint64_t length = 0;
};

/// The path without "file:"; kUnsupported for another scheme.
Result<std::string> localPath(const std::string& path);

/// The files that Hadoop's FileInputFormat reads for `paths`: a comma list of files, directories
/// (their files, not their subdirectories) and glob patterns (* ? [a-z] {a,b}); names that start
/// with '_' or '.' are hidden.
///
/// Errors  Hadoop's: "Input path does not exist: file:/...", "Input Pattern file:/... matches 0
///         files", "Not a file: file:/..."
Result<std::vector<FileInfo>> listInputFiles(const std::string& paths);

/// Cuts files as FileInputFormat does: splits of about total size / `minPartitions`, 32 MiB at
/// most (the block of Hadoop's local file system). Compressed files stay whole; empty ones are
/// left out.
std::vector<FileSplit> splitFiles(const std::vector<FileInfo>& files, int minPartitions);

/// The lines of a split, as Hadoop's LineRecordReader finds them: LF, CR and CRLF end a line, and a
/// line belongs to the split in which it starts (at its very end included, at its very start not,
/// unless that is the file's).
///
/// Errors  kNotFound, kIoError; kCorrupt for damaged compressed bytes; kInvalidArgument for a line
///         of more than `maxLineBytes`
/// Threads one at a time
class LineReader {
 public:
  static Result<LineReader> open(const FileSplit& split, uint64_t maxLineBytes);
  LineReader(LineReader&&) noexcept;
  ~LineReader();

  /// The next line without its end, as it stands in the file; valid until the next call. False
  /// when there are no more.
  Result<bool> next(std::string_view& line);

 private:
  class Source;

  LineReader();
  Result<bool> nextLine(std::string_view& line);
  Result<bool> fill();

  std::unique_ptr<Source> source_;
  std::string path_;
  uint64_t maxLineBytes_ = 0;
  /// Offset in the (decompressed) file of the next line's start.
  uint64_t position_ = 0;
  uint64_t end_ = 0;
  std::string buffer_;
  size_t at_ = 0;
  /// Where the next LF and CR in buffer_ are, at or behind at_; npos when not looked for yet.
  size_t nextLf_ = std::string::npos;
  size_t nextCr_ = std::string::npos;
  bool ended_ = false;
};

/// A whole file, decompressed by its extension.
Result<std::string> readInputFile(const std::string& path);

}  // namespace spate
