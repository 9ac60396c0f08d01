#include <arrow/array/array_binary.h>
#include <arrow/buffer.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>

#include <cstring>
#include <utility>

#include "spate/sources/files/FileFormat.h"
#include "spate/sources/files/LineReader.h"
#include "spate/types/ArrowStatus.h"
#include "spate/types/ArrowTypes.h"

namespace spate {
namespace {

/// One column of texts, packed: much faster than a builder, which would check room for each.
arrow::Result<std::shared_ptr<arrow::Array>> textColumn(
    const std::vector<std::string_view>& texts) {
  int64_t bytes = 0;
  for (const std::string_view text : texts) bytes += static_cast<int64_t>(text.size());
  if (bytes > INT32_MAX)
    return arrow::Status::CapacityError("a text of more than 2 GB cannot be read");
  const auto rows = static_cast<int64_t>(texts.size());
  ARROW_ASSIGN_OR_RAISE(std::shared_ptr<arrow::Buffer> offsets,
                        arrow::AllocateBuffer((rows + 1) * int64_t{sizeof(int32_t)}));
  ARROW_ASSIGN_OR_RAISE(std::shared_ptr<arrow::Buffer> values, arrow::AllocateBuffer(bytes));
  auto* offset = reinterpret_cast<int32_t*>(offsets->mutable_data());
  uint8_t* value = values->mutable_data();
  int32_t at = 0;
  for (const std::string_view text : texts) {
    *offset++ = at;
    std::memcpy(value + at, text.data(), text.size());
    at += static_cast<int32_t>(text.size());
  }
  *offset = at;
  return std::make_shared<arrow::StringArray>(rows, std::move(offsets), std::move(values));
}

class TextReader final : public arrow::RecordBatchReader {
 public:
  TextReader(std::shared_ptr<arrow::Schema> schema, std::unique_ptr<LineReader> lines,
             int64_t batchRows)
      : schema_(std::move(schema)),
        lines_(std::move(lines)),
        batchRows_(static_cast<size_t>(batchRows)) {}

  std::shared_ptr<arrow::Schema> schema() const override { return schema_; }

  arrow::Status ReadNext(std::shared_ptr<arrow::RecordBatch>* out) override {
    out->reset();
    const auto lines = lines_->next(batchRows_);
    if (!lines) return toArrowStatus(lines.error());
    if (lines->empty()) return arrow::Status::OK();
    std::vector<std::shared_ptr<arrow::Array>> columns;
    if (schema_->num_fields() > 0) {
      ARROW_ASSIGN_OR_RAISE(auto column, textColumn(*lines));
      columns.push_back(std::move(column));
    }
    *out = arrow::RecordBatch::Make(schema_, static_cast<int64_t>(lines->size()), columns);
    return arrow::Status::OK();
  }

 private:
  const std::shared_ptr<arrow::Schema> schema_;
  const std::unique_ptr<LineReader> lines_;
  const size_t batchRows_;
};

class TextFormat final : public FileFormat {
 public:
  std::string_view name() const override { return "text"; }

  bool isSplittable(std::string_view path, const OptionMap& options) const override {
    return !isCompressedFile(path) && !options.getBool("wholetext", false).value_or(false) &&
           isUtf8Encoding(options.get("encoding", "UTF-8"));
  }

  bool supports(const DataType& type) const override { return type.isText(); }

  Result<std::optional<DataType>> inferSchema(const std::vector<FileEntry>&, const OptionMap&,
                                              const FileReadSettings&) const override {
    return std::optional(DataType::structOf({{"value", DataType::stringType()}}));
  }

  Result<std::shared_ptr<arrow::RecordBatchReader>> open(
      const FileReadRequest& request) const override {
    if (request.dataSchema.fields().size() > 1)
      return failure(Status::invalidArgument(
          "Text data source supports only a single column, and you have " +
          std::to_string(request.dataSchema.fields().size()) + " columns."));
    SPATE_ASSIGN_OR_FAIL(auto schema, toArrowSchema(request.requiredSchema));
    SPATE_ASSIGN_OR_FAIL(const bool isWhole, request.options.getBool("wholetext", false));
    const std::string encoding = request.options.get("encoding", "UTF-8");
    const std::string& path = request.part.file.path;
    if (isWhole) {
      SPATE_ASSIGN_OR_FAIL(const std::string text, readWholeText(path, encoding));
      std::vector<std::shared_ptr<arrow::Array>> columns;
      if (schema->num_fields() > 0) {
        SPATE_ASSIGN_OR_FAIL(auto column, fromArrow(textColumn({std::string_view(text)})));
        columns.push_back(std::move(column));
      }
      return fromArrow(arrow::RecordBatchReader::Make(
          {arrow::RecordBatch::Make(schema, 1, std::move(columns))}, schema));
    }
    LineReader::Options options;
    options.start = request.part.start;
    options.length = request.part.length;
    options.separator = request.options.find("lineSep");
    options.encoding = encoding;
    if (options.separator && options.separator->empty())
      return failure(Status::invalidArgument("'lineSep' cannot be an empty string."));
    SPATE_ASSIGN_OR_FAIL(auto lines, LineReader::open(path, std::move(options)));
    return std::make_shared<TextReader>(std::move(schema), std::move(lines),
                                        request.settings.batchRows);
  }
};

}  // namespace

const FileFormat& textFileFormat() {
  static const TextFormat kFormat;
  return kFormat;
}

}  // namespace spate
