#include <arrow/array/array_dict.h>
#include <arrow/array/util.h>
#include <arrow/compute/api_vector.h>
#include <arrow/io/file.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>
#include <arrow/util/key_value_metadata.h>
#include <parquet/arrow/reader.h>
#include <parquet/arrow/schema.h>
#include <parquet/exception.h>
#include <parquet/file_reader.h>
#include <parquet/metadata.h>
#include <strings.h>

#include <algorithm>
#include <string>
#include <utility>

#include "spate/sources/files/ColumnAdapter.h"
#include "spate/sources/files/FileFormat.h"
#include "spate/sources/files/FormatErrors.h"
#include "spate/types/ArrowStatus.h"
#include "spate/types/ArrowTypes.h"
#include "spate/types/DataTypeJson.h"

namespace spate {
namespace {

/// Columns are decoded whole: batches may be larger than those of formats that are parsed row by
/// row, and each kernel behind them is called less often.
constexpr int64_t kRowFactor = 4;
constexpr const char* kSparkSchemaKey = "org.apache.spark.sql.parquet.row.metadata";

/// All values of the column are in the dictionaries of its groups.
bool isAllDictionary(const parquet::FileMetaData& metadata, int column) {
  for (int group = 0; group < metadata.num_row_groups(); ++group) {
    const auto stats = metadata.RowGroup(group)->ColumnChunk(column)->encoding_stats();
    if (stats.empty()) return false;
    for (const parquet::PageEncodingStats& pages : stats) {
      const bool isData = pages.page_type == parquet::PageType::DATA_PAGE ||
                          pages.page_type == parquet::PageType::DATA_PAGE_V2;
      if (isData && pages.encoding != parquet::Encoding::RLE_DICTIONARY &&
          pages.encoding != parquet::Encoding::PLAIN_DICTIONARY)
        return false;
    }
  }
  return true;
}

/// Texts by their dictionaries, where they have them: looked up all at once they cost a fraction of
/// what the decoder takes to append them one by one.
void readDictionaries(const parquet::FileMetaData& metadata, const DataType& required,
                      parquet::ArrowReaderProperties& properties) {
  const auto isRead = [&](const std::string& name) {
    return std::ranges::any_of(required.fields(), [&](const StructField& field) {
      return ::strcasecmp(field.name.c_str(), name.c_str()) == 0;
    });
  };
  for (int i = 0; i < metadata.num_columns(); ++i) {
    const parquet::ColumnDescriptor& column = *metadata.schema()->Column(i);
    if (column.physical_type() == parquet::Type::BYTE_ARRAY && isRead(column.name()) &&
        column.path()->ToDotVector().size() == 1 && column.max_repetition_level() == 0 &&
        !column.logical_type()->is_decimal() && isAllDictionary(metadata, i))
      properties.set_read_dictionary(i, true);
  }
}

/// With `required`, the columns that are read, texts come out as dictionaries where that pays.
Result<std::unique_ptr<parquet::arrow::FileReader>> openParquet(const std::string& path,
                                                                int64_t batchRows,
                                                                const DataType* required) {
  auto file = arrow::io::ReadableFile::Open(path);
  if (!file.ok())
    return failure(FileSystem::local()->exists(path)
                       ? fromArrow(file.status())
                       : Status::notFound("File " + path + " does not exist"));
  parquet::ArrowReaderProperties properties(/*use_threads=*/false);
  properties.set_batch_size(batchRows);
  properties.set_coerce_int96_timestamp_unit(arrow::TimeUnit::MICRO);
  parquet::arrow::FileReaderBuilder builder;
  const arrow::Status opened = builder.Open(*file);
  if (!opened.ok()) return failure(cannotReadFooter(path, fromArrow(opened)));
  if (required != nullptr)
    readDictionaries(*builder.raw_reader()->metadata(), *required, properties);
  std::unique_ptr<parquet::arrow::FileReader> reader;
  const arrow::Status built = builder.properties(properties)->Build(&reader);
  if (!built.ok()) return failure(cannotReadFooter(path, fromArrow(built)));
  return reader;
}

/// The positions of the values that make up a column.
void appendLeaves(const parquet::arrow::SchemaField& field, std::vector<int>& leaves) {
  if (field.is_leaf()) leaves.push_back(field.column_index);
  for (const auto& child : field.children) appendLeaves(child, leaves);
}

/// The groups whose middle lies in the part: each group in exactly one.
std::vector<int> rowGroupsIn(const parquet::FileMetaData& metadata, const FilePart& part) {
  std::vector<int> groups;
  for (int i = 0; i < metadata.num_row_groups(); ++i) {
    const auto group = metadata.RowGroup(i);
    if (group->num_columns() == 0) continue;
    const auto column = group->ColumnChunk(0);
    int64_t begin = column->data_page_offset();
    if (column->has_dictionary_page() && column->dictionary_page_offset() > 0)
      begin = std::min(begin, column->dictionary_page_offset());
    const int64_t middle = begin + group->total_compressed_size() / 2;
    const bool isWhole = part.start == 0 && part.length >= part.file.size;
    if (isWhole || (middle >= part.start && middle < part.start + part.length)) groups.push_back(i);
  }
  return groups;
}

class ParquetReader final : public arrow::RecordBatchReader {
 public:
  ParquetReader(const FileReadRequest& request, std::shared_ptr<arrow::Schema> schema)
      : required_(request.requiredSchema),
        path_(request.part.file.path),
        caseSensitive_(request.settings.caseSensitive),
        batchRows_(kRowFactor * request.settings.batchRows),
        schema_(std::move(schema)) {}

  Status init(const FileReadRequest& request) {
    SPATE_ASSIGN_OR_RETURN(file_, openParquet(path_, batchRows_, &required_));
    std::shared_ptr<arrow::Schema> fileSchema;
    const arrow::Status got = file_->GetSchema(&fileSchema);
    if (!got.ok()) return cannotReadFooter(path_, fromArrow(got));
    const auto metadata = file_->parquet_reader()->metadata();
    const std::vector<int> groups = rowGroupsIn(*metadata, request.part);
    std::vector<int> fields;
    for (const int position : positionsInFile(*fileSchema, required_, caseSensitive_))
      if (position >= 0) fields.push_back(position);
    std::sort(fields.begin(), fields.end());
    std::vector<int> leaves;
    for (const int field : fields)
      appendLeaves(file_->manifest().schema_fields[static_cast<size_t>(field)], leaves);
    if (leaves.empty()) {
      for (const int group : groups) rowsLeft_ += metadata->RowGroup(group)->num_rows();
      return Status::OK();
    }
    auto batches = file_->GetRecordBatchReader(groups, leaves);
    if (!batches.ok()) return fromArrow(batches.status());
    batches_ = std::move(*batches);
    positions_ = positionsInFile(*batches_->schema(), required_, caseSensitive_);
    return Status::OK();
  }

  std::shared_ptr<arrow::Schema> schema() const override { return schema_; }

  arrow::Status ReadNext(std::shared_ptr<arrow::RecordBatch>* out) override {
    out->reset();
    std::shared_ptr<arrow::RecordBatch> rows;
    int64_t count = std::min(rowsLeft_, batchRows_);
    rowsLeft_ -= count;
    if (batches_ != nullptr) {
      ARROW_RETURN_NOT_OK(batches_->ReadNext(&rows));
      if (rows == nullptr) return arrow::Status::OK();
      count = rows->num_rows();
    } else if (count == 0) {
      return arrow::Status::OK();
    }
    std::vector<std::shared_ptr<arrow::Array>> columns;
    for (size_t i = 0; i < required_.fields().size(); ++i) {
      const int position = positions_.empty() ? -1 : positions_[i];
      if (position < 0) {
        ARROW_ASSIGN_OR_RAISE(
            auto nulls, arrow::MakeArrayOfNull(schema_->field(static_cast<int>(i))->type(), count));
        columns.push_back(std::move(nulls));
        continue;
      }
      std::shared_ptr<arrow::Array> values = rows->column(position);
      if (values->type_id() == arrow::Type::DICTIONARY) {
        const auto& coded = static_cast<const arrow::DictionaryArray&>(*values);
        ARROW_ASSIGN_OR_RAISE(values, arrow::compute::Take(*coded.dictionary(), *coded.indices()));
      }
      auto column = adaptColumn(values, required_.fields()[i], path_, caseSensitive_);
      if (!column) return toArrowStatus(column.error());
      columns.push_back(std::move(*column));
    }
    *out = arrow::RecordBatch::Make(schema_, count, std::move(columns));
    return arrow::Status::OK();
  }

 private:
  const DataType required_;
  const std::string path_;
  const bool caseSensitive_;
  const int64_t batchRows_;
  const std::shared_ptr<arrow::Schema> schema_;
  std::unique_ptr<parquet::arrow::FileReader> file_;
  std::unique_ptr<arrow::RecordBatchReader> batches_;
  std::vector<int> positions_;
  /// When no column of the file is asked for.
  int64_t rowsLeft_ = 0;
};

/// The reader of Parquet may throw where Arrow's own do not.
template <class F>
auto withoutThrowing(const std::string& path, F f) -> decltype(f()) {
  try {
    return f();
  } catch (const parquet::ParquetException& e) {
    return failure(cannotReadFooter(path, Status::corrupt(e.what())));
  }
}

Result<DataType> schemaOf(const std::string& path, const FileReadSettings& settings) {
  return withoutThrowing(path, [&]() -> Result<DataType> {
    SPATE_ASSIGN_OR_FAIL(const auto reader, openParquet(path, settings.batchRows, nullptr));
    const auto keys = reader->parquet_reader()->metadata()->key_value_metadata();
    if (keys != nullptr && keys->Contains(kSparkSchemaKey)) {
      auto schema = dataTypeFromJson(keys->Get(kSparkSchemaKey).ValueOr(""));
      if (schema && schema->is(TypeKind::kStruct)) return *schema;
    }
    std::shared_ptr<arrow::Schema> schema;
    const arrow::Status got = reader->GetSchema(&schema);
    if (!got.ok()) return failure(cannotReadFooter(path, fromArrow(got)));
    return columnsOfFile(*schema);
  });
}

/// The columns of both; types must agree.
Result<DataType> mergeSchemas(const DataType& a, const DataType& b) {
  std::vector<StructField> fields = a.fields();
  for (const StructField& field : b.fields()) {
    const auto it = std::find_if(fields.begin(), fields.end(),
                                 [&](const StructField& each) { return each.name == field.name; });
    if (it == fields.end()) {
      fields.push_back(field);
    } else if (!(it->type == field.type)) {
      const std::string left = "\"" + a.sql() + "\"";
      const std::string right = "\"" + b.sql() + "\"";
      return failure(
          Status::invalidArgument("Failed merging schemas:\nInitial schema:\n" + left +
                                  "\nSchema that cannot be merged with the initial schema:\n" +
                                  right + ".")
              .withErrorClass("CANNOT_MERGE_SCHEMAS", "42KD9", {{"left", left}, {"right", right}}));
    }
  }
  return DataType::structOf(std::move(fields));
}

class ParquetFormat final : public FileFormat {
 public:
  std::string_view name() const override { return "parquet"; }
  bool isSplittable(std::string_view, const OptionMap&) const override { return true; }
  bool supports(const DataType& type) const override {
    return !type.is(TypeKind::kVariant) && !type.is(TypeKind::kCalendarInterval) &&
           !type.is(TypeKind::kNull);
  }

  Result<std::optional<DataType>> inferSchema(const std::vector<FileEntry>& files,
                                              const OptionMap& options,
                                              const FileReadSettings& settings) const override {
    SPATE_ASSIGN_OR_FAIL(const bool mergesAll, options.getBool("mergeSchema", false));
    std::optional<DataType> schema;
    for (const FileEntry& file : files) {
      Result<DataType> ofFile = schemaOf(file.path, settings);
      if (!ofFile) {
        const bool isSkipped =
            options.getBool("ignoreCorruptFiles", settings.ignoreCorruptFiles).value_or(false);
        if (isSkipped) continue;
        return failure(failedReadFile(file.path, ofFile.error()));
      }
      if (!schema) {
        schema = *ofFile;
      } else {
        SPATE_ASSIGN_OR_FAIL(schema, mergeSchemas(*schema, *ofFile));
      }
      if (!mergesAll) break;
    }
    return schema;
  }

  Result<std::shared_ptr<arrow::RecordBatchReader>> open(
      const FileReadRequest& request) const override {
    SPATE_ASSIGN_OR_FAIL(auto schema, toArrowSchema(request.requiredSchema));
    return withoutThrowing(
        request.part.file.path, [&]() -> Result<std::shared_ptr<arrow::RecordBatchReader>> {
          auto reader = std::make_shared<ParquetReader>(request, std::move(schema));
          SPATE_FAIL_IF_ERROR(reader->init(request));
          return reader;
        });
  }
};

}  // namespace

const FileFormat& parquetFileFormat() {
  static const ParquetFormat kFormat;
  return kFormat;
}

}  // namespace spate
