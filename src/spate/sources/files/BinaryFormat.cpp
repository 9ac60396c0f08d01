#include <arrow/record_batch.h>
#include <arrow/type.h>

#include "spate/sources/files/FileFormat.h"
#include "spate/types/ArrowStatus.h"
#include "spate/types/ArrowTypes.h"
#include "spate/types/ArrowValues.h"
#include "spate/types/FilePathUri.h"

namespace spate {
namespace {

DataType binarySchema() {
  return DataType::structOf({{"path", DataType::stringType(), false},
                             {"modificationTime", DataType::timestampType(), false},
                             {"length", DataType::longType(), false},
                             {"content", DataType::binaryType(), true}});
}

/// A row a file: where it is, and its bytes.
class BinaryFormat final : public FileFormat {
 public:
  std::string_view name() const override { return "binaryFile"; }
  bool isSplittable(std::string_view, const OptionMap&) const override { return false; }
  bool supports(const DataType&) const override { return true; }

  Result<std::optional<DataType>> inferSchema(const std::vector<FileEntry>&, const OptionMap&,
                                              const FileReadSettings&) const override {
    return std::optional(binarySchema());
  }

  Result<std::shared_ptr<arrow::RecordBatchReader>> open(
      const FileReadRequest& request) const override {
    const FileEntry& file = request.part.file;
    SPATE_ASSIGN_OR_FAIL(auto schema, toArrowSchema(request.requiredSchema));
    std::vector<std::shared_ptr<arrow::Array>> columns;
    for (const StructField& field : request.requiredSchema.fields()) {
      Datum value;
      if (field.name == "path") {
        value = Datum(uriOfFilePath(file.path));
      } else if (field.name == "modificationTime") {
        value = Datum(int64_t{millisOf(file.modificationTime)} * 1000);
      } else if (field.name == "length") {
        value = Datum(file.size);
      } else if (field.name == "content") {
        SPATE_ASSIGN_OR_FAIL(std::string bytes, FileSystem::local()->readFile(file.path));
        value = Datum(std::move(bytes));
      } else {
        return failure(
            Status::invalidArgument("Binary file data source has no column `" + field.name + "`."));
      }
      SPATE_ASSIGN_OR_FAIL(auto column, columnOf(std::span(&value, 1), field.type));
      columns.push_back(std::move(column));
    }
    return fromArrow(arrow::RecordBatchReader::Make(
        {arrow::RecordBatch::Make(schema, 1, std::move(columns))}, schema));
  }
};

}  // namespace

const FileFormat& binaryFileFormat() {
  static const BinaryFormat kFormat;
  return kFormat;
}

}  // namespace spate
