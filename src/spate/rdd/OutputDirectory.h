#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "spate/base/FileSystem.h"
#include "spate/rdd/Compression.h"
#include "spate/rdd/TaskContext.h"

namespace spate {

/// Where a job writes its part files: a hidden directory beside the one asked for, renamed to it
/// when all tasks have succeeded. So the result is there as a whole or not at all.
///
/// Errors  kAlreadyExists with Hadoop's message, and those of the file system
/// Threads commit and the destructor by the driver, the rest by tasks
class OutputDirectory {
 public:
  /// `replace` lets commit() take away an earlier result.
  static Result<OutputDirectory> make(std::shared_ptr<FileSystem> files, const std::string& path,
                                      bool replace);
  OutputDirectory(OutputDirectory&&) = default;
  OutputDirectory& operator=(OutputDirectory&&) = delete;
  /// Removes what was written and not committed.
  ~OutputDirectory();

  FileSystem& files() const { return *files_; }
  /// The file that this attempt of a task writes; hidden until commitTask().
  std::string attemptFile(const TaskContext& task) const;
  /// "part-00000" + extension.
  Status commitTask(const TaskContext& task, std::string_view extension) const;
  /// Adds _SUCCESS and gives the directory its name.
  Status commit();

 private:
  OutputDirectory(std::shared_ptr<FileSystem> files, std::string path, bool replace);

  std::shared_ptr<FileSystem> files_;
  std::string path_;
  std::string temporary_;
  bool replace_;
};

/// Writes the lines of one part file.
///
/// Threads one at a time
class TextPartWriter {
 public:
  static Result<TextPartWriter> open(FileSystem& files, const std::string& path,
                                     Compression compression);

  /// Where the next line is to be appended; call added() after each.
  std::string& buffer() { return buffer_; }
  Status added() {
    buffer_ += '\n';
    return buffer_.size() < kBufferBytes ? Status::OK() : flush();
  }
  /// Writes the rest, to the device.
  Status finish();

 private:
  static constexpr size_t kBufferBytes = 256 * 1024;

  TextPartWriter() = default;
  Status flush();

  std::unique_ptr<AppendFile> file_;
  std::optional<StreamCompressor> compressor_;
  std::string buffer_;
};

}  // namespace spate
