#include <arrow/adapters/orc/adapter.h>
#include <arrow/io/file.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>

#include <algorithm>
#include <utility>

#include "spate/base/AsciiCase.h"
#include "spate/sinks/files/FormatWriters.h"
#include "spate/types/ArrowStatus.h"

namespace spate {
namespace {

std::string codecOf(const FileOutput& output) {
  return asciiLower(output.options.get(
      "compression", output.options.get("orc.compress", output.settings.orcCodec)));
}

std::optional<arrow::Compression::type> compressionOf(const std::string& name) {
  if (name == "none" || name == "uncompressed") return arrow::Compression::UNCOMPRESSED;
  if (name == "snappy") return arrow::Compression::SNAPPY;
  if (name == "zlib") return arrow::Compression::GZIP;
  if (name == "zstd") return arrow::Compression::ZSTD;
  if (name == "lz4") return arrow::Compression::LZ4;
  return std::nullopt;
}

class OrcWriter final : public FileWriter {
 public:
  OrcWriter(std::string path, std::unique_ptr<OutputFile> file,
            std::unique_ptr<arrow::adapters::orc::ORCFileWriter> writer)
      : path_(std::move(path)), file_(std::move(file)), writer_(std::move(writer)) {}

  Status write(const arrow::RecordBatch& rows) override { return statusOf(writer_->Write(rows)); }

  Status close() override {
    SPATE_RETURN_IF_ERROR(statusOf(writer_->Close()));
    return file_->close();
  }

 private:
  Status statusOf(const arrow::Status& status) const {
    return status.ok() ? Status::OK() : writeError(path_, status.message());
  }

  const std::string path_;
  const std::unique_ptr<OutputFile> file_;
  const std::unique_ptr<arrow::adapters::orc::ORCFileWriter> writer_;
};

}  // namespace

Status checkOrcOutput(const FileOutput& output) {
  const std::string name = codecOf(output);
  if (compressionOf(name)) return Status::OK();
  return Status::unsupported("The codec " + name +
                             " is not available. Available codecs are lz4, none, snappy, "
                             "uncompressed, zlib, zstd.")
      .withErrorClass("CODEC_NOT_AVAILABLE.WITH_AVAILABLE_CODECS_SUGGESTION", "56038",
                      {{"codecName", name},
                       {"availableCodecs", "lz4, none, snappy, uncompressed, zlib, zstd"}});
}

std::string orcExtension(const FileOutput& output) {
  const std::string name = codecOf(output);
  return name == "none" || name == "uncompressed" ? ".orc" : "." + name + ".orc";
}

Result<std::unique_ptr<FileWriter>> createOrcFile(const FileOutput& output,
                                                  const std::string& path) {
  SPATE_ASSIGN_OR_FAIL(auto file, OutputFile::create(path, ""));
  arrow::adapters::orc::WriteOptions options;
  options.compression = *compressionOf(codecOf(output));
  SPATE_ASSIGN_OR_FAIL(auto writer, fromArrow(arrow::adapters::orc::ORCFileWriter::Open(
                                        file->raw().get(), options)));
  return std::make_unique<OrcWriter>(path, std::move(file), std::move(writer));
}

}  // namespace spate
