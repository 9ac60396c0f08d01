#include <arrow/io/file.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>
#include <arrow/util/key_value_metadata.h>
#include <parquet/arrow/writer.h>
#include <parquet/exception.h>
#include <parquet/properties.h>

#include <algorithm>
#include <utility>

#include "spate/base/AsciiCase.h"
#include "spate/sinks/files/FormatWriters.h"
#include "spate/types/ArrowStatus.h"
#include "spate/types/ArrowTypes.h"
#include "spate/types/DataTypeJson.h"

namespace spate {
namespace {

std::string codecOf(const FileOutput& output) {
  return asciiLower(output.options.get(
      "compression", output.options.get("parquet.compression", output.settings.parquetCodec)));
}

std::optional<parquet::Compression::type> compressionOf(const std::string& name) {
  if (name == "none" || name == "uncompressed") return parquet::Compression::UNCOMPRESSED;
  if (name == "snappy") return parquet::Compression::SNAPPY;
  if (name == "gzip") return parquet::Compression::GZIP;
  if (name == "zstd") return parquet::Compression::ZSTD;
  if (name == "brotli") return parquet::Compression::BROTLI;
  if (name == "lz4" || name == "lz4_raw") return parquet::Compression::LZ4;
  return std::nullopt;
}

/// Spark declares what it writes into files as nullable.
std::shared_ptr<arrow::Schema> nullableSchema(const arrow::Schema& schema) {
  arrow::FieldVector fields;
  for (const auto& field : schema.fields())
    fields.push_back(field->WithNullable(true)->RemoveMetadata());
  return arrow::schema(std::move(fields));
}

class ParquetWriter final : public FileWriter {
 public:
  ParquetWriter(std::string path, std::unique_ptr<OutputFile> file,
                std::shared_ptr<arrow::Schema> schema)
      : path_(std::move(path)), file_(std::move(file)), schema_(std::move(schema)) {}

  Status open(const FileOutput& output) {
    parquet::WriterProperties::Builder properties;
    properties.compression(*compressionOf(codecOf(output)));
    properties.created_by("parquet-cpp-arrow (spate)");
    parquet::ArrowWriterProperties::Builder arrowProperties;
    arrowProperties.coerce_timestamps(arrow::TimeUnit::MICRO)->allow_truncated_timestamps();
    auto writer =
        parquet::arrow::FileWriter::Open(*schema_, arrow::default_memory_pool(), file_->raw(),
                                         properties.build(), arrowProperties.build());
    if (!writer.ok()) return fromArrow(writer.status());
    writer_ = std::move(*writer);
    std::vector<StructField> fields = output.schema.fields();
    for (StructField& field : fields) field.nullable = true;
    return fromArrow(writer_->AddKeyValueMetadata(arrow::key_value_metadata(
        {"org.apache.spark.version", "org.apache.spark.sql.parquet.row.metadata"},
        {"4.0.0", toJson(DataType::structOf(std::move(fields)))})));
  }

  Status write(const arrow::RecordBatch& rows) override {
    return guarded([&] {
      return writer_->WriteRecordBatch(
          *arrow::RecordBatch::Make(schema_, rows.num_rows(), rows.columns()));
    });
  }

  Status close() override {
    SPATE_RETURN_IF_ERROR(guarded([&] { return writer_->Close(); }));
    return file_->close();
  }

 private:
  template <class F>
  Status guarded(F f) {
    try {
      const arrow::Status status = f();
      return status.ok() ? Status::OK() : writeError(path_, status.message());
    } catch (const parquet::ParquetException& e) {
      return writeError(path_, e.what());
    }
  }

  const std::string path_;
  const std::unique_ptr<OutputFile> file_;
  const std::shared_ptr<arrow::Schema> schema_;
  std::unique_ptr<parquet::arrow::FileWriter> writer_;
};

}  // namespace

Status checkParquetOutput(const FileOutput& output) {
  const std::string name = codecOf(output);
  if (compressionOf(name)) return Status::OK();
  return Status::unsupported("The codec " + name +
                             " is not available. Available codecs are brotli, gzip, lz4, lz4_raw, "
                             "none, snappy, uncompressed, zstd.")
      .withErrorClass(
          "CODEC_NOT_AVAILABLE.WITH_AVAILABLE_CODECS_SUGGESTION", "56038",
          {{"codecName", name},
           {"availableCodecs", "brotli, gzip, lz4, lz4_raw, none, snappy, uncompressed, zstd"}});
}

std::string parquetExtension(const FileOutput& output) {
  const std::string name = codecOf(output);
  if (name == "none" || name == "uncompressed") return ".parquet";
  if (name == "gzip") return ".gz.parquet";
  if (name == "brotli") return ".br.parquet";
  if (name == "lz4") return ".lz4hadoop.parquet";
  if (name == "lz4_raw") return ".lz4raw.parquet";
  return "." + name + ".parquet";
}

Result<std::unique_ptr<FileWriter>> createParquetFile(const FileOutput& output,
                                                      const std::string& path) {
  SPATE_ASSIGN_OR_FAIL(const auto schema, toArrowSchema(output.schema));
  SPATE_ASSIGN_OR_FAIL(auto file, OutputFile::create(path, ""));
  auto writer = std::make_unique<ParquetWriter>(path, std::move(file), nullableSchema(*schema));
  SPATE_FAIL_IF_ERROR(writer->open(output));
  return writer;
}

}  // namespace spate
