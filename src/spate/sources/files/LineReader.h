#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "spate/base/Status.h"

namespace arrow::io {
class InputStream;
}

namespace spate {

/// Whether the name says that the file is compressed (".gz", ".bz2", ".zst", ".deflate").
bool isCompressedFile(std::string_view path);

/// The bytes of a file, uncompressed, from `start` on (0 for a compressed one).
///
/// Errors  kNotFound, kIoError; UNSUPPORTED codecs (".snappy", ".lz4", ".lzo", ".xz") by name
Result<std::shared_ptr<arrow::io::InputStream>> openFileBytes(const std::string& path,
                                                              int64_t start);

/// All of a file as UTF-8, without a byte order mark. `encoding` is a name that iconv knows;
/// what is not valid becomes U+FFFD.
///
/// Errors  as above; kInvalidArgument: no such encoding
Result<std::string> readWholeText(const std::string& path, const std::string& encoding);

bool isUtf8Encoding(std::string_view encoding);

/// The lines of a part of a text file, in blocks. Lines end with the separator, or without one with
/// \n, \r\n or \r; a last line may end with the file. A line belongs to the part in which it
/// begins, as Hadoop cuts them: the one that begins exactly at the end of a part belongs to it.
///
/// Threads one at a time
class LineReader {
 public:
  struct Options {
    int64_t start = 0;
    int64_t length = INT64_MAX;
    /// In UTF-8; empty: the three above.
    std::optional<std::string> separator = {};
    std::string encoding = "UTF-8";
    size_t blockBytes = size_t{1} << 20;
  };

  static Result<std::unique_ptr<LineReader>> open(const std::string& path, Options options);
  ~LineReader();

  /// The next lines, at least one and at most `most`, valid UTF-8, without their ends; good until
  /// the next call. Empty at the end.
  Result<std::vector<std::string_view>> next(size_t most);

 private:
  LineReader(std::shared_ptr<arrow::io::InputStream> input, Options options);

  Status skipLine();
  /// Reads on behind what is left; false at the end of the file.
  Result<bool> fill();
  /// The length of the line at `at`, or npos when its end has not been read.
  size_t lineLength(size_t at, size_t& endSize) const;

  std::shared_ptr<arrow::io::InputStream> input_;
  Options options_;
  std::string buffer_;
  /// buffer_[begin_, size_) has been read and not handed out; begin_ is at position_ of the file.
  size_t begin_ = 0;
  size_t size_ = 0;
  int64_t position_ = 0;
  bool atEnd_ = false;
  bool hasReturn_ = false;
  /// Repaired copies of lines that were not UTF-8.
  std::vector<std::unique_ptr<std::string>> repaired_;
};

}  // namespace spate
