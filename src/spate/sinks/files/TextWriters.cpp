#include <arrow/array/array_binary.h>
#include <arrow/record_batch.h>

#include <algorithm>
#include <utility>

#include "spate/base/AsciiCase.h"
#include "spate/sinks/files/FormatWriters.h"

namespace spate {
namespace {

std::string compressionOf(const FileOutput& output) {
  return asciiLower(output.options.get("compression", output.options.get("codec", "none")));
}

/// Lines of one column, as they are.
class TextWriter final : public FileWriter {
 public:
  TextWriter(std::unique_ptr<OutputFile> file, std::string separator)
      : file_(std::move(file)), separator_(std::move(separator)) {}

  Status write(const arrow::RecordBatch& rows) override {
    const auto& column = static_cast<const arrow::StringArray&>(*rows.column(0));
    for (int64_t i = 0; i < rows.num_rows(); ++i) {
      // Null is an empty line.
      if (!column.IsNull(i)) buffer_ += column.GetView(i);
      buffer_ += separator_;
      SPATE_RETURN_IF_ERROR(file_->drainIfLarge(buffer_));
    }
    return Status::OK();
  }

  Status close() override {
    SPATE_RETURN_IF_ERROR(file_->drain(buffer_));
    return file_->close();
  }

 private:
  const std::unique_ptr<OutputFile> file_;
  const std::string separator_;
  std::string buffer_;
};

}  // namespace

Status checkTextOutput(const FileOutput& output) {
  const std::string name = compressionOf(output);
  for (const std::string_view known : {"none", "uncompressed", "gzip", "bzip2", "deflate", "zstd"})
    if (name == known) return Status::OK();
  return Status::unsupported("The codec " + name +
                             " is not available. Available codecs are bzip2, deflate, gzip, none, "
                             "uncompressed, zstd.")
      .withErrorClass("CODEC_NOT_AVAILABLE.WITH_AVAILABLE_CODECS_SUGGESTION", "56038",
                      {{"codecName", name},
                       {"availableCodecs", "bzip2, deflate, gzip, none, uncompressed, zstd"}});
}

std::string textCompressionExtension(const FileOutput& output) {
  const std::string name = compressionOf(output);
  if (name == "gzip") return ".gz";
  if (name == "bzip2") return ".bz2";
  if (name == "deflate") return ".deflate";
  return name == "zstd" ? ".zst" : "";
}

Result<std::unique_ptr<FileWriter>> createTextFile(const FileOutput& output,
                                                   std::unique_ptr<OutputFile> file) {
  return std::make_unique<TextWriter>(std::move(file), output.options.get("lineSep", "\n"));
}

}  // namespace spate
