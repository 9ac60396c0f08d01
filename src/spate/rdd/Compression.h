#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "spate/base/Status.h"

namespace arrow::util {
class Codec;
class Compressor;
class Decompressor;
}  // namespace arrow::util

namespace spate {

/// The compressed text formats that are read and written as Hadoop reads and writes them.
enum class Compression { kNone, kGzip, kBzip2, kZstd, kDeflate };

/// By the end of a file's name: .gz, .bz2, .zst, .deflate; else kNone. kUnsupported for .lz4 and
/// .snappy: what Hadoop puts into those files is a framing of its own.
Result<Compression> compressionOfFile(std::string_view path);

/// By the name of a codec: Hadoop's class ("org.apache.hadoop.io.compress.GzipCodec") or its short
/// form ("gzip"). Empty gives kNone; kUnsupported for codecs that Hadoop has and we do not,
/// kInvalidArgument for other names.
Result<Compression> compressionByName(std::string_view codec);

/// ".gz"; empty for kNone.
std::string_view extensionOf(Compression compression);

/// Compresses a stream of bytes.
///
/// Threads one at a time
class StreamCompressor {
 public:
  static Result<StreamCompressor> make(Compression compression);
  StreamCompressor(StreamCompressor&&) noexcept;
  ~StreamCompressor();

  /// Appends to `out` what is ready.
  Status add(std::string_view bytes, std::string& out);
  /// Appends the rest; nothing can be added after it.
  Status finish(std::string& out);

 private:
  StreamCompressor();
  std::unique_ptr<arrow::util::Codec> codec_;
  std::shared_ptr<arrow::util::Compressor> compressor_;
};

/// Decompresses a stream of bytes; members that follow each other in a file are one text.
///
/// Threads one at a time
class StreamDecompressor {
 public:
  static Result<StreamDecompressor> make(Compression compression);
  StreamDecompressor(StreamDecompressor&&) noexcept;
  ~StreamDecompressor();

  /// Takes some of `bytes` (moves its start on) and appends some output.
  Status add(std::string_view& bytes, std::string& out);
  /// False when the input ended inside of a member: the file is cut short.
  bool isComplete() const { return complete_; }

 private:
  StreamDecompressor();
  std::unique_ptr<arrow::util::Codec> codec_;
  std::shared_ptr<arrow::util::Decompressor> decompressor_;
  bool complete_ = true;
};

}  // namespace spate
