#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "spate/base/Status.h"

namespace arrow::io {
class OutputStream;
class FileOutputStream;
}  // namespace arrow::io

namespace spate {

/// A new file of text, compressed as its extension says.
///
/// Threads one at a time
class OutputFile {
 public:
  /// `compression` is "", ".gz", ".bz2", ".zst" or ".deflate".
  static Result<std::unique_ptr<OutputFile>> create(const std::string& path,
                                                    const std::string& compression);
  ~OutputFile();

  Status write(std::string_view bytes);
  /// Writes the buffer and empties it; the second, once it is large.
  Status drain(std::string& buffer);
  Status drainIfLarge(std::string& buffer);
  /// On return the bytes are on the device.
  Status close();

  /// Below the compression: for the formats that compress inside.
  const std::shared_ptr<arrow::io::FileOutputStream>& raw() const { return raw_; }

 private:
  OutputFile(std::string path, std::shared_ptr<arrow::io::FileOutputStream> raw,
             std::shared_ptr<arrow::io::OutputStream> stream);

  const std::string path_;
  const std::shared_ptr<arrow::io::FileOutputStream> raw_;
  const std::shared_ptr<arrow::io::OutputStream> stream_;
};

/// Arrow's error of a write, with a full device told from others.
Status writeError(const std::string& path, std::string_view what);

}  // namespace spate
