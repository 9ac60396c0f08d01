#include <arrow/array/builder_base.h>
#include <arrow/array/builder_binary.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>

#include <algorithm>
#include <utility>

#include "spate/base/AsciiCase.h"
#include "spate/base/Logging.h"
#include "spate/sources/files/CsvInference.h"
#include "spate/sources/files/CsvRecords.h"
#include "spate/sources/files/FileFormat.h"
#include "spate/sources/files/LineReader.h"
#include "spate/types/ArrowStatus.h"
#include "spate/types/ArrowTypes.h"
#include "spate/types/MalformedRecord.h"

namespace spate {
namespace {

/// Makes rows of records.
class CsvReader final : public arrow::RecordBatchReader {
 public:
  CsvReader(const FileReadRequest& request, CsvOptions options,
            std::shared_ptr<arrow::Schema> schema)
      : options_(std::move(options)),
        required_(request.requiredSchema),
        schema_(std::move(schema)),
        path_(request.part.file.path),
        batchRows_(request.settings.batchRows) {}

  Status init(const FileReadRequest& request) {
    // The column of corrupt records stands in no file.
    size_t position = 0;
    std::vector<std::pair<std::string, size_t>> positions;
    for (const StructField& field : request.dataSchema.fields())
      if (field.name != options_.corruptColumn) {
        positions.emplace_back(field.name, position++);
        names_.push_back(field.name);
      }
    for (size_t i = 0; i < required_.fields().size(); ++i) {
      const StructField& field = required_.fields()[i];
      if (field.name == options_.corruptColumn) {
        if (!field.type.is(TypeKind::kString)) return invalidCorruptRecordType(field);
        corrupt_ = i;
        columns_.push_back(SIZE_MAX);
        continue;
      }
      const auto it = std::find_if(positions.begin(), positions.end(),
                                   [&](const auto& each) { return each.first == field.name; });
      columns_.push_back(it->second);
    }
    // With only some of the columns, Spark does not look at how many a record has.
    checksCount_ = corrupt_.has_value() || required_.fields().size() == positions.size();
    for (const auto& field : schema_->fields()) {
      std::unique_ptr<arrow::ArrayBuilder> builder;
      const arrow::Status made =
          arrow::MakeBuilder(arrow::default_memory_pool(), field->type(), &builder);
      if (!made.ok()) return fromArrow(made);
      builders_.push_back(std::move(builder));
    }
    SPATE_ASSIGN_OR_RETURN(records_, CsvRecords::open(request.part, options_));
    const auto& header = records_->header();
    return header && !options_.enforceSchema ? checkHeader(*header, request.settings)
                                             : Status::OK();
  }

  std::shared_ptr<arrow::Schema> schema() const override { return schema_; }

  arrow::Status ReadNext(std::shared_ptr<arrow::RecordBatch>* out) override {
    out->reset();
    int64_t rows = 0;
    for (const auto& builder : builders_) ARROW_RETURN_NOT_OK(builder->Reserve(batchRows_));
    while (rows < batchRows_) {
      const Result<bool> hasRecord = records_->next();
      if (!hasRecord) return toArrowStatus(hasRecord.error());
      if (!*hasRecord) break;
      ARROW_ASSIGN_OR_RAISE(const bool isKept, appendRecord());
      if (isKept) ++rows;
    }
    if (rows == 0) return arrow::Status::OK();
    std::vector<std::shared_ptr<arrow::Array>> arrays;
    for (const auto& builder : builders_) {
      ARROW_ASSIGN_OR_RAISE(auto array, builder->Finish());
      arrays.push_back(std::move(array));
    }
    *out = arrow::RecordBatch::Make(schema_, rows, std::move(arrays));
    return arrow::Status::OK();
  }

 private:
  /// With enforceSchema=false the names in the file must be those of the schema.
  Status checkHeader(const std::vector<CsvToken>& header, const FileReadSettings& settings) const {
    const auto same = [&](std::string_view a, std::string_view b) {
      return isSameName(a, b, settings.caseSensitive);
    };
    std::string headerText;
    for (const CsvToken& token : header)
      headerText += (headerText.empty() ? "" : ", ") + std::string(token.text);
    std::string schemaText;
    for (const std::string& name : names_) schemaText += (schemaText.empty() ? "" : ", ") + name;
    const std::string texts = " Header: " + headerText + "\n Schema: " + schemaText + "\n";
    if (header.size() != names_.size())
      return Status::invalidArgument(
          "Number of column in CSV header is not equal to number of fields in the schema:\n "
          "Header length: " +
          std::to_string(header.size()) + ", schema size: " + std::to_string(names_.size()) +
          "\nCSV file: file://" + path_);
    for (size_t i = 0; i < header.size(); ++i) {
      if (same(header[i].text, names_[i])) continue;
      return Status::invalidArgument(
          "CSV header does not conform to the schema.\n" + texts + "Expected: " + names_[i] +
          " but found: " + std::string(header[i].text) + "\nCSV file: file://" + path_);
    }
    return Status::OK();
  }

  /// False: the record was dropped.
  arrow::Result<bool> appendRecord() {
    const std::vector<CsvToken>& tokens = records_->tokens();
    bool isBad = !records_->fits() || (checksCount_ && tokens.size() != names_.size());
    // Nothing is appended before it is known that the record stays.
    if (isBad && options_.mode == ParseMode::kDropMalformed) return false;
    if (isBad && options_.mode == ParseMode::kFailFast) return failFast();
    for (size_t i = 0; i < builders_.size(); ++i) {
      if (i == corrupt_) continue;
      arrow::ArrayBuilder& builder = *builders_[i];
      const size_t position = columns_[i];
      if (position >= tokens.size() || !records_->fits() || tokens[position].isNull ||
          tokens[position].text == options_.nullValue) {
        ARROW_RETURN_NOT_OK(builder.AppendNull());
      } else if (!options_.values->append(tokens[position].text, required_.fields()[i].type,
                                          builder)) {
        isBad = true;
        if (options_.mode == ParseMode::kFailFast) return failFast();
        if (options_.mode == ParseMode::kDropMalformed) {
          ARROW_RETURN_NOT_OK(takeBack(i));
          return false;
        }
        ARROW_RETURN_NOT_OK(builder.AppendNull());
      }
    }
    if (corrupt_) {
      auto& builder = static_cast<arrow::StringBuilder&>(*builders_[*corrupt_]);
      ARROW_RETURN_NOT_OK(isBad ? builder.Append(records_->text()) : builder.AppendNull());
    }
    return true;
  }

  arrow::Status failFast() const { return toArrowStatus(malformedRecord(records_->text())); }

  /// Removes the last value of the columns before `end`: builders cannot, so they are rebuilt from
  /// what they hold. Rare: a record to be dropped whose first values were good.
  arrow::Status takeBack(size_t end) {
    for (size_t i = 0; i < end; ++i) {
      if (i == corrupt_) continue;
      ARROW_ASSIGN_OR_RAISE(const auto array, builders_[i]->Finish());
      ARROW_RETURN_NOT_OK(builders_[i]->AppendArraySlice(*array->data(), 0, array->length() - 1));
    }
    return arrow::Status::OK();
  }

  const CsvOptions options_;
  const DataType required_;
  const std::shared_ptr<arrow::Schema> schema_;
  const std::string path_;
  const int64_t batchRows_;
  std::vector<std::string> names_;
  /// For each output column its position in a record.
  std::vector<size_t> columns_;
  std::optional<size_t> corrupt_;
  bool checksCount_ = true;
  std::vector<std::unique_ptr<arrow::ArrayBuilder>> builders_;
  std::unique_ptr<CsvRecords> records_;
};

class CsvFormat final : public FileFormat {
 public:
  std::string_view name() const override { return "csv"; }

  bool isSplittable(std::string_view path, const OptionMap& options) const override {
    return !isCompressedFile(path) && !options.getBool("multiLine", false).value_or(false) &&
           isUtf8Encoding(options.get("encoding", options.get("charset", "UTF-8")));
  }

  bool supports(const DataType& type) const override {
    return !type.isNested() && type.kind() < TypeKind::kDayTimeInterval;
  }

  Result<std::optional<DataType>> inferSchema(const std::vector<FileEntry>& files,
                                              const OptionMap& options,
                                              const FileReadSettings& settings) const override {
    SPATE_ASSIGN_OR_FAIL(const CsvOptions csv, CsvOptions::make(options, settings));
    return inferCsvSchema(files, csv, settings);
  }

  Result<std::shared_ptr<arrow::RecordBatchReader>> open(
      const FileReadRequest& request) const override {
    SPATE_ASSIGN_OR_FAIL(CsvOptions options, CsvOptions::make(request.options, request.settings));
    SPATE_ASSIGN_OR_FAIL(auto schema, toArrowSchema(request.requiredSchema));
    auto reader = std::make_shared<CsvReader>(request, std::move(options), std::move(schema));
    SPATE_FAIL_IF_ERROR(reader->init(request));
    return reader;
  }
};

}  // namespace

const FileFormat& csvFileFormat() {
  static const CsvFormat kFormat;
  return kFormat;
}

}  // namespace spate
