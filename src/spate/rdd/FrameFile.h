#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "spate/base/FileSystem.h"

namespace spate {

/// Writes encoded elements in frames with a checksum each: object files, checkpoints, spilled
/// partitions and shuffle runs. The bytes are described in docs/formats/object-file.md.
///
/// Errors  of the file system, as Status
/// Threads one at a time
class FrameWriter {
 public:
  /// Starts a new file, replacing one that is there. `typeName` (Codec<T>::typeName()) stands in
  /// the header.
  static Result<FrameWriter> create(FileSystem& files, const std::string& path,
                                    std::string_view typeName);
  /// Starts a file that is open and empty.
  static Result<FrameWriter> start(std::unique_ptr<AppendFile> file, std::string_view typeName);

  /// Where the next element is to be encoded to; call added() after each.
  std::string& buffer() { return payload_; }
  Status added() {
    ++count_;
    return payload_.size() >= kFrameBytes ? flush() : Status::OK();
  }
  /// Ends a section; what is added from now on belongs to the next one. Returns where it starts.
  Result<uint64_t> endSection();
  /// Bytes up to now.
  uint64_t size() const { return size_; }
  Status sync() { return file_->sync(); }

 private:
  static constexpr size_t kFrameBytes = 64 * 1024;

  explicit FrameWriter(std::unique_ptr<AppendFile> file) : file_(std::move(file)) {}
  Status flush();
  Status append(std::string_view bytes);

  std::unique_ptr<AppendFile> file_;
  std::string payload_;
  std::string frame_;
  uint64_t count_ = 0;
  uint64_t sectionCount_ = 0;
  uint64_t size_ = 0;
};

/// Reads the frames of one section.
///
/// Errors  kCorrupt with the path when a checksum, a count or the header does not hold or the
///         section is cut short
/// Threads one at a time
class FrameReader {
 public:
  /// The first section of a file; kCorrupt when it holds another type.
  static Result<FrameReader> open(const std::string& path, std::string_view typeName);
  /// The section that starts at `offset`.
  static Result<FrameReader> openAt(const std::string& path, uint64_t offset);

  /// The next frame's elements, `count` of them; false at the section's end.
  Result<bool> next();
  std::string_view payload() const { return payload_; }
  uint64_t count() const { return count_; }
  /// For the caller whose decoder did not like the payload.
  Status corrupt() const;

 private:
  struct Closer {
    int fd = -1;
    explicit Closer(int f) : fd(f) {}
    ~Closer();
  };

  FrameReader(std::string path, int fd, uint64_t offset)
      : path_(std::move(path)), file_(std::make_unique<Closer>(fd)), offset_(offset) {}
  /// Exactly `size` bytes at offset_, which moves on.
  Status read(char* bytes, size_t size);

  std::string path_;
  std::unique_ptr<Closer> file_;
  uint64_t offset_;
  std::string payload_;
  uint64_t count_ = 0;
  uint64_t sectionCount_ = 0;
};

}  // namespace spate
