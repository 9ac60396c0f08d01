#include <arrow/adapters/orc/adapter.h>
#include <arrow/array/array_base.h>
#include <arrow/array/util.h>
#include <arrow/io/file.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>

#include <algorithm>
#include <utility>

#include "spate/sources/files/ColumnAdapter.h"
#include "spate/sources/files/FileFormat.h"
#include "spate/sources/files/FormatErrors.h"
#include "spate/types/ArrowStatus.h"
#include "spate/types/ArrowTypes.h"

namespace spate {
namespace {

using arrow::adapters::orc::ORCFileReader;

Result<std::unique_ptr<ORCFileReader>> openOrc(const std::string& path) {
  auto file = arrow::io::ReadableFile::Open(path);
  if (!file.ok())
    return failure(FileSystem::local()->exists(path)
                       ? fromArrow(file.status())
                       : Status::notFound("File " + path + " does not exist"));
  auto reader = ORCFileReader::Open(*file, arrow::default_memory_pool());
  if (!reader.ok()) return failure(cannotReadFooter(path, fromArrow(reader.status())));
  return std::move(*reader);
}

/// The stripes that begin in a part, each cut into record batches.
class OrcReader final : public arrow::RecordBatchReader {
 public:
  OrcReader(const FileReadRequest& request, std::shared_ptr<arrow::Schema> schema)
      : required_(request.requiredSchema),
        part_(request.part),
        caseSensitive_(request.settings.caseSensitive),
        batchRows_(request.settings.batchRows),
        schema_(std::move(schema)) {}

  Status init() {
    SPATE_ASSIGN_OR_RETURN(file_, openOrc(part_.file.path));
    SPATE_ASSIGN_OR_RETURN(const auto fileSchema, fromArrow(file_->ReadSchema()));
    for (const int position : positionsInFile(*fileSchema, required_, caseSensitive_))
      if (position >= 0) names_.push_back(fileSchema->field(position)->name());
    return Status::OK();
  }

  std::shared_ptr<arrow::Schema> schema() const override { return schema_; }

  arrow::Status ReadNext(std::shared_ptr<arrow::RecordBatch>* out) override {
    out->reset();
    while (at_ >= count_) {
      if (stripe_ >= file_->NumberOfStripes()) return arrow::Status::OK();
      const auto information = file_->GetStripeInformation(stripe_++);
      if (information.offset < part_.start || information.offset >= part_.start + part_.length)
        continue;
      at_ = 0;
      count_ = information.num_rows;
      rows_.reset();
      if (!names_.empty()) {
        ARROW_ASSIGN_OR_RAISE(rows_, file_->ReadStripe(stripe_ - 1, names_));
        positions_ = positionsInFile(*rows_->schema(), required_, caseSensitive_);
      }
    }
    const int64_t count = std::min(batchRows_, count_ - at_);
    std::vector<std::shared_ptr<arrow::Array>> columns;
    for (size_t i = 0; i < required_.fields().size(); ++i) {
      const int position = rows_ == nullptr ? -1 : positions_[i];
      if (position < 0) {
        ARROW_ASSIGN_OR_RAISE(
            auto nulls, arrow::MakeArrayOfNull(schema_->field(static_cast<int>(i))->type(), count));
        columns.push_back(std::move(nulls));
        continue;
      }
      auto column = adaptColumn(rows_->column(position)->Slice(at_, count), required_.fields()[i],
                                part_.file.path, caseSensitive_);
      if (!column) return toArrowStatus(column.error());
      columns.push_back(std::move(*column));
    }
    at_ += count;
    *out = arrow::RecordBatch::Make(schema_, count, std::move(columns));
    return arrow::Status::OK();
  }

 private:
  const DataType required_;
  const FilePart part_;
  const bool caseSensitive_;
  const int64_t batchRows_;
  const std::shared_ptr<arrow::Schema> schema_;
  std::unique_ptr<ORCFileReader> file_;
  std::vector<std::string> names_;
  int64_t stripe_ = 0;
  std::shared_ptr<arrow::RecordBatch> rows_;
  std::vector<int> positions_;
  int64_t at_ = 0;
  int64_t count_ = 0;
};

class OrcFormat final : public FileFormat {
 public:
  std::string_view name() const override { return "orc"; }
  bool isSplittable(std::string_view, const OptionMap&) const override { return true; }
  bool supports(const DataType& type) const override {
    return !type.is(TypeKind::kVariant) && !type.is(TypeKind::kCalendarInterval) &&
           !type.is(TypeKind::kNull);
  }

  Result<std::optional<DataType>> inferSchema(const std::vector<FileEntry>& files, const OptionMap&,
                                              const FileReadSettings&) const override {
    if (files.empty()) return std::nullopt;
    SPATE_ASSIGN_OR_FAIL(const auto reader, openOrc(files.front().path));
    SPATE_ASSIGN_OR_FAIL(const auto schema, fromArrow(reader->ReadSchema()));
    SPATE_ASSIGN_OR_FAIL(auto columns, columnsOfFile(*schema));
    return columns;
  }

  Result<std::shared_ptr<arrow::RecordBatchReader>> open(
      const FileReadRequest& request) const override {
    SPATE_ASSIGN_OR_FAIL(auto schema, toArrowSchema(request.requiredSchema));
    auto reader = std::make_shared<OrcReader>(request, std::move(schema));
    SPATE_FAIL_IF_ERROR(reader->init());
    return reader;
  }
};

}  // namespace

const FileFormat& orcFileFormat() {
  static const OrcFormat kFormat;
  return kFormat;
}

}  // namespace spate
