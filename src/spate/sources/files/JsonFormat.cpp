#include <arrow/array/builder_binary.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>

#include <utility>

#include "spate/sources/files/FileFormat.h"
#include "spate/sources/files/JsonColumns.h"
#include "spate/sources/files/JsonInference.h"
#include "spate/sources/files/JsonRecords.h"
#include "spate/types/ArrowStatus.h"
#include "spate/types/ArrowTypes.h"
#include "spate/types/MalformedRecord.h"

namespace spate {
namespace {

class JsonReader final : public arrow::RecordBatchReader {
 public:
  JsonReader(const FileReadRequest& request, const JsonOptions& options,
             std::shared_ptr<arrow::Schema> schema)
      : options_(options),
        scanner_(options_),
        required_(request.requiredSchema),
        schema_(std::move(schema)),
        columns_(options_, required_),
        batchRows_(request.settings.batchRows) {}

  Status init(const FileReadRequest& request) {
    for (size_t i = 0; i < required_.fields().size(); ++i) {
      if (required_.fields()[i].name != options_.corruptColumn) continue;
      if (!required_.fields()[i].type.is(TypeKind::kString))
        return invalidCorruptRecordType(required_.fields()[i]);
      corrupt_ = i;
    }
    SPATE_RETURN_IF_ERROR(columns_.init());
    SPATE_ASSIGN_OR_RETURN(records_, JsonRecords::open(request.part, options_));
    return Status::OK();
  }

  std::shared_ptr<arrow::Schema> schema() const override { return schema_; }

  arrow::Status ReadNext(std::shared_ptr<arrow::RecordBatch>* out) override {
    out->reset();
    rows_ = 0;
    while (rows_ < batchRows_) {
      const Result<bool> hasText = records_->next();
      if (!hasText) return toArrowStatus(hasText.error());
      if (!*hasText) break;
      const Status appended = appendText();
      if (!appended.ok()) return toArrowStatus(appended);
    }
    if (rows_ == 0) return arrow::Status::OK();
    ARROW_ASSIGN_OR_RAISE(auto arrays, columns_.finish());
    *out = arrow::RecordBatch::Make(schema_, rows_, std::move(arrays));
    return arrow::Status::OK();
  }

 private:
  /// The rows of one text: an object, or an array of objects.
  Status appendText() {
    std::string_view rest = records_->text();
    if (!scanner_.skipBlanks(rest)) return malformed();
    if (rest.empty()) return Status::OK();
    if (rest.front() == '{') return columns_.scan(rest) ? appendRow() : malformed();
    JsonValue array;
    if (rest.front() != '[' || !scanner_.takeValue(rest, array)) return malformed();
    std::vector<std::string_view> objects;
    bool isAllObjects = true;
    scanner_.eachElement(array.text, [&](const JsonValue& value) {
      isAllObjects = isAllObjects && value.kind == JsonValue::Kind::kObject;
      objects.push_back(value.text);
      return isAllObjects;
    });
    if (!isAllObjects) return malformed();
    for (std::string_view object : objects) {
      if (!columns_.scan(object)) return malformed();
      SPATE_RETURN_IF_ERROR(appendRow());
    }
    return Status::OK();
  }

  Status appendRow() {
    const bool isGood = columns_.append(corrupt_) == JsonColumns::Outcome::kGood;
    if (!isGood && options_.mode == ParseMode::kFailFast) return malformedRecord(records_->text());
    if (!isGood && options_.mode == ParseMode::kDropMalformed) return columns_.takeBack(corrupt_);
    return finishRow(isGood);
  }

  Status malformed() {
    if (options_.mode == ParseMode::kFailFast) return malformedRecord(records_->text());
    if (options_.mode == ParseMode::kDropMalformed) return Status::OK();
    SPATE_RETURN_IF_ERROR(columns_.appendNulls(corrupt_));
    return finishRow(false);
  }

  Status finishRow(bool isGood) {
    ++rows_;
    if (corrupt_ == SIZE_MAX) return Status::OK();
    auto& builder = static_cast<arrow::StringBuilder&>(columns_.builder(corrupt_));
    return fromArrow(isGood ? builder.AppendNull() : builder.Append(records_->text()));
  }

  const JsonOptions options_;
  const JsonScanner scanner_;
  const DataType required_;
  const std::shared_ptr<arrow::Schema> schema_;
  JsonColumns columns_;
  const int64_t batchRows_;
  size_t corrupt_ = SIZE_MAX;
  int64_t rows_ = 0;
  std::unique_ptr<JsonRecords> records_;
};

class JsonFormat final : public FileFormat {
 public:
  std::string_view name() const override { return "json"; }

  bool isSplittable(std::string_view path, const OptionMap& options) const override {
    return !isCompressedFile(path) && !options.getBool("multiLine", false).value_or(false) &&
           isUtf8Encoding(options.get("encoding", options.get("charset", "UTF-8")));
  }

  bool supports(const DataType& type) const override {
    switch (type.kind()) {
      case TypeKind::kArray: return supports(type.elementType());
      case TypeKind::kMap: return type.keyType().isText() && supports(type.valueType());
      case TypeKind::kStruct:
        for (const StructField& field : type.fields())
          if (!supports(field.type)) return false;
        return true;
      case TypeKind::kVariant:
      case TypeKind::kDayTimeInterval:
      case TypeKind::kYearMonthInterval:
      case TypeKind::kCalendarInterval: return false;
      default: return true;
    }
  }

  Result<std::optional<DataType>> inferSchema(const std::vector<FileEntry>& files,
                                              const OptionMap& options,
                                              const FileReadSettings& settings) const override {
    SPATE_ASSIGN_OR_FAIL(const JsonOptions json, JsonOptions::make(options, settings));
    return inferJsonSchema(files, json, settings);
  }

  Result<std::shared_ptr<arrow::RecordBatchReader>> open(
      const FileReadRequest& request) const override {
    SPATE_ASSIGN_OR_FAIL(const JsonOptions options,
                         JsonOptions::make(request.options, request.settings));
    SPATE_ASSIGN_OR_FAIL(auto schema, toArrowSchema(request.requiredSchema));
    auto reader = std::make_shared<JsonReader>(request, options, std::move(schema));
    SPATE_FAIL_IF_ERROR(reader->init(request));
    return reader;
  }
};

}  // namespace

const FileFormat& jsonFileFormat() {
  static const JsonFormat kFormat;
  return kFormat;
}

}  // namespace spate
