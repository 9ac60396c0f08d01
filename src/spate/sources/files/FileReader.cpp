#include <arrow/array/array_base.h>
#include <arrow/array/array_nested.h>
#include <arrow/array/util.h>
#include <arrow/record_batch.h>
#include <arrow/scalar.h>
#include <arrow/type.h>

#include <algorithm>
#include <utility>

#include "spate/base/Logging.h"
#include "spate/sources/files/FileFormat.h"
#include "spate/sources/files/FileScan.h"
#include "spate/sources/files/FormatErrors.h"
#include "spate/types/ArrowStatus.h"
#include "spate/types/ArrowTypes.h"
#include "spate/types/ArrowValues.h"
#include "spate/types/FilePathUri.h"

namespace spate {
namespace {

/// Where a column of the output comes from.
struct Origin {
  enum class Kind { kData, kPartition, kMetadata };
  Kind kind = Kind::kData;
  size_t index = 0;
};

Datum metadataValue(const FilePart& part, const std::string& name) {
  if (name == "file_path") return Datum(uriOfFilePath(part.file.path));
  if (name == "file_name") return Datum(std::string(fileName(part.file.path)));
  if (name == "file_size") return Datum(part.file.size);
  if (name == "file_block_start") return Datum(part.start);
  if (name == "file_block_length") return Datum(part.length);
  // Spark has milliseconds here.
  return Datum(int64_t{millisOf(part.file.modificationTime)} * 1000);
}

/// The parts of a task, one after the other, with the columns that do not stand in the files.
class FilePartsReader final : public arrow::RecordBatchReader {
 public:
  FilePartsReader(const FileScan& scan, const FileFormat& format, std::vector<FilePart> parts,
                  DataType columns, std::shared_ptr<arrow::Schema> schema)
      : settings_(scan.settings),
        format_(format),
        parts_(std::move(parts)),
        columns_(std::move(columns)),
        schema_(std::move(schema)),
        partitionSchema_(scan.partitionSchema) {
    request_.dataSchema = scan.dataSchema;
    request_.options = scan.options;
    request_.settings = scan.settings;
  }

  Status init() {
    std::vector<StructField> required;
    for (const StructField& column : columns_.fields()) {
      const auto indexIn = [&](const DataType& schema) -> std::optional<size_t> {
        for (size_t i = 0; i < schema.fields().size(); ++i)
          if (schema.fields()[i].name == column.name) return i;
        return std::nullopt;
      };
      if (indexIn(request_.dataSchema)) {
        origins_.push_back({Origin::Kind::kData, required.size()});
        required.push_back(column);
      } else if (const auto index = indexIn(partitionSchema_)) {
        origins_.push_back({Origin::Kind::kPartition, *index});
      } else if (column.name == "_metadata" && column.type.is(TypeKind::kStruct)) {
        origins_.push_back({Origin::Kind::kMetadata, 0});
      } else {
        return Status::internal("the files have no column " + column.name);
      }
    }
    request_.requiredSchema = DataType::structOf(std::move(required));
    SPATE_ASSIGN_OR_RETURN(ignoresCorrupt_, request_.options.getBool("ignoreCorruptFiles",
                                                                     settings_.ignoreCorruptFiles));
    SPATE_ASSIGN_OR_RETURN(ignoresMissing_, request_.options.getBool("ignoreMissingFiles",
                                                                     settings_.ignoreMissingFiles));
    return Status::OK();
  }

  std::shared_ptr<arrow::Schema> schema() const override { return schema_; }

  arrow::Status ReadNext(std::shared_ptr<arrow::RecordBatch>* out) override {
    out->reset();
    while (next_ < parts_.size() || reader_ != nullptr) {
      Result<std::shared_ptr<arrow::RecordBatch>> rows = readPart();
      if (!rows) {
        const std::string& path = parts_[next_ - 1].file.path;
        reader_.reset();
        const bool isMissing = rows.error().code() == StatusCode::kNotFound;
        if (isMissing ? !ignoresMissing_ : !ignoresCorrupt_)
          return toArrowStatus(failedReadFile(path, rows.error()));
        logWarn("files", std::string("Skipped the rest of the content in the ") +
                             (isMissing ? "missing" : "corrupted") + " file " + path + ": " +
                             rows.error().message());
        continue;
      }
      if (*rows == nullptr) {
        reader_.reset();
        continue;
      }
      if ((*rows)->num_rows() == 0) continue;
      Result<std::shared_ptr<arrow::RecordBatch>> whole = withOtherColumns(**rows);
      if (!whole) return toArrowStatus(whole.error());
      *out = std::move(*whole);
      return arrow::Status::OK();
    }
    return arrow::Status::OK();
  }

 private:
  /// The next rows of the part being read, or of the next one; null at the end of one.
  Result<std::shared_ptr<arrow::RecordBatch>> readPart() {
    if (reader_ == nullptr) {
      request_.part = parts_[next_++];
      SPATE_ASSIGN_OR_FAIL(reader_, format_.open(request_));
    }
    std::shared_ptr<arrow::RecordBatch> rows;
    const arrow::Status status = reader_->ReadNext(&rows);
    if (!status.ok()) return failure(fromArrow(status));
    return rows;
  }

  Result<std::shared_ptr<arrow::Array>> constant(const Datum& value, const DataType& type,
                                                 int64_t rows) {
    SPATE_ASSIGN_OR_FAIL(const auto scalar, scalarOf(value, type));
    return spate::fromArrow(arrow::MakeArrayFromScalar(*scalar, rows));
  }

  Result<std::shared_ptr<arrow::RecordBatch>> withOtherColumns(const arrow::RecordBatch& rows) {
    std::vector<std::shared_ptr<arrow::Array>> arrays;
    for (size_t i = 0; i < origins_.size(); ++i) {
      const DataType& type = columns_.fields()[i].type;
      std::shared_ptr<arrow::Array> array;
      if (origins_[i].kind == Origin::Kind::kData) {
        array = rows.column(static_cast<int>(origins_[i].index));
      } else if (origins_[i].kind == Origin::Kind::kPartition) {
        SPATE_ASSIGN_OR_FAIL(array, constant(request_.part.file.partitionValues[origins_[i].index],
                                             type, rows.num_rows()));
      } else {
        Row values;
        for (const StructField& field : type.fields())
          values.push_back(metadataValue(request_.part, field.name));
        SPATE_ASSIGN_OR_FAIL(array, constant(Datum(std::move(values)), type, rows.num_rows()));
      }
      arrays.push_back(std::move(array));
    }
    return arrow::RecordBatch::Make(schema_, rows.num_rows(), std::move(arrays));
  }

  const FileReadSettings settings_;
  const FileFormat& format_;
  const std::vector<FilePart> parts_;
  const DataType columns_;
  const std::shared_ptr<arrow::Schema> schema_;
  const DataType partitionSchema_;
  std::vector<Origin> origins_;
  FileReadRequest request_;
  bool ignoresCorrupt_ = false;
  bool ignoresMissing_ = false;
  size_t next_ = 0;
  std::shared_ptr<arrow::RecordBatchReader> reader_;
};

/// Puts columns of nulls where what is read has none.
class WideningReader final : public arrow::RecordBatchReader {
 public:
  WideningReader(std::shared_ptr<arrow::RecordBatchReader> narrow, std::vector<bool> used,
                 std::shared_ptr<arrow::Schema> schema)
      : narrow_(std::move(narrow)), used_(std::move(used)), schema_(std::move(schema)) {
    nulls_.resize(used_.size());
  }

  std::shared_ptr<arrow::Schema> schema() const override { return schema_; }

  arrow::Status ReadNext(std::shared_ptr<arrow::RecordBatch>* batch) override {
    std::shared_ptr<arrow::RecordBatch> narrow;
    ARROW_RETURN_NOT_OK(narrow_->ReadNext(&narrow));
    if (narrow == nullptr) {
      batch->reset();
      return arrow::Status::OK();
    }
    const int64_t rows = narrow->num_rows();
    std::vector<std::shared_ptr<arrow::Array>> columns;
    int next = 0;
    for (size_t i = 0; i < used_.size(); ++i) {
      if (used_[i]) {
        columns.push_back(narrow->column(next++));
        continue;
      }
      // Kept for the batches that follow.
      if (nulls_[i] == nullptr || nulls_[i]->length() < rows) {
        const auto& type = schema_->field(static_cast<int>(i))->type();
        ARROW_ASSIGN_OR_RAISE(nulls_[i], arrow::MakeArrayOfNull(type, rows));
      }
      columns.push_back(nulls_[i]->Slice(0, rows));
    }
    *batch = arrow::RecordBatch::Make(schema_, rows, std::move(columns));
    return arrow::Status::OK();
  }

 private:
  const std::shared_ptr<arrow::RecordBatchReader> narrow_;
  const std::vector<bool> used_;
  const std::shared_ptr<arrow::Schema> schema_;
  std::vector<std::shared_ptr<arrow::Array>> nulls_;
};

}  // namespace

Result<std::shared_ptr<arrow::RecordBatchReader>> openFiles(const FileScan& scan,
                                                            std::vector<FilePart> parts,
                                                            const DataType& columns,
                                                            const std::vector<bool>& used) {
  std::vector<StructField> wanted;
  for (size_t i = 0; i < used.size(); ++i)
    if (used[i]) wanted.push_back(columns.fields()[i]);
  SPATE_ASSIGN_OR_FAIL(auto reader, openFiles(scan, std::move(parts), DataType::structOf(wanted)));
  if (wanted.size() == used.size()) return reader;
  SPATE_ASSIGN_OR_FAIL(auto schema, toArrowSchema(columns));
  return std::make_shared<WideningReader>(std::move(reader), used, std::move(schema));
}

Result<std::shared_ptr<arrow::RecordBatchReader>> openFiles(const FileScan& scan,
                                                            std::vector<FilePart> parts,
                                                            const DataType& columns) {
  const FileFormat* const format = findFileFormat(scan.format);
  if (format == nullptr) return failure(dataSourceNotFound(scan.format));
  SPATE_ASSIGN_OR_FAIL(auto schema, toArrowSchema(columns));
  auto reader = std::make_shared<FilePartsReader>(scan, *format, std::move(parts), columns,
                                                  std::move(schema));
  SPATE_FAIL_IF_ERROR(reader->init());
  return reader;
}

}  // namespace spate
