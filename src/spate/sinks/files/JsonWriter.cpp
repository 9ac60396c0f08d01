#include <arrow/array/array_binary.h>
#include <arrow/array/array_nested.h>
#include <arrow/array/array_primitive.h>
#include <arrow/record_batch.h>
#include <arrow/util/base64.h>

#include <cmath>
#include <utility>

#include "spate/sinks/files/FormatWriters.h"
#include "spate/sinks/files/ValueText.h"
#include "spate/types/JsonText.h"
#include "spate/types/PrettyString.h"

namespace spate {
namespace {

class JsonWriter final : public FileWriter {
 public:
  JsonWriter(std::unique_ptr<OutputFile> file, ValueText values, DataType schema,
             std::string separator, bool ignoresNulls)
      : file_(std::move(file)),
        values_(std::move(values)),
        schema_(std::move(schema)),
        separator_(std::move(separator)),
        ignoresNulls_(ignoresNulls) {}

  Status write(const arrow::RecordBatch& rows) override {
    for (int64_t row = 0; row < rows.num_rows(); ++row) {
      appendObject(schema_, row, [&](size_t i) -> const arrow::Array& {
        return *rows.column(static_cast<int>(i));
      });
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
  template <class ColumnAt>
  void appendObject(const DataType& type, int64_t row, ColumnAt columnAt) {
    buffer_ += '{';
    bool isFirst = true;
    for (size_t i = 0; i < type.fields().size(); ++i) {
      const arrow::Array& column = columnAt(i);
      const StructField& field = type.fields()[i];
      const bool isNull = field.type.is(TypeKind::kNull) || column.IsNull(row);
      if (isNull && ignoresNulls_) continue;
      if (!isFirst) buffer_ += ',';
      isFirst = false;
      appendJsonText(field.name, buffer_);
      buffer_ += ':';
      appendValue(column, field.type, row);
    }
    buffer_ += '}';
  }

  void appendValue(const arrow::Array& column, const DataType& type, int64_t row) {
    if (type.is(TypeKind::kNull) || column.IsNull(row)) {
      buffer_ += "null";
      return;
    }
    switch (type.kind()) {
      case TypeKind::kString:
      case TypeKind::kChar:
      case TypeKind::kVarchar:
        appendJsonText(static_cast<const arrow::StringArray&>(column).GetView(row), buffer_);
        break;
      case TypeKind::kBinary:
        buffer_ += '"';
        buffer_ +=
            arrow::util::base64_encode(static_cast<const arrow::BinaryArray&>(column).GetView(row));
        buffer_ += '"';
        break;
      case TypeKind::kFloat:
      case TypeKind::kDouble: {
        const double value = type.is(TypeKind::kDouble)
                                 ? static_cast<const arrow::DoubleArray&>(column).Value(row)
                                 : static_cast<const arrow::FloatArray&>(column).Value(row);
        // What JSON has no number for is a string.
        appendText(column, type, row, !std::isfinite(value));
        break;
      }
      case TypeKind::kBoolean:
      case TypeKind::kByte:
      case TypeKind::kShort:
      case TypeKind::kInteger:
      case TypeKind::kLong:
      case TypeKind::kDecimal: appendText(column, type, row, false); break;
      case TypeKind::kArray: {
        const auto& list = static_cast<const arrow::ListArray&>(column);
        buffer_ += '[';
        for (int64_t i = list.value_offset(row); i < list.value_offset(row + 1); ++i) {
          if (i > list.value_offset(row)) buffer_ += ',';
          appendValue(*list.values(), type.elementType(), i);
        }
        buffer_ += ']';
        break;
      }
      case TypeKind::kMap: appendMap(static_cast<const arrow::MapArray&>(column), type, row); break;
      case TypeKind::kStruct: {
        const auto& structure = static_cast<const arrow::StructArray&>(column);
        std::vector<std::shared_ptr<arrow::Array>> children;
        for (int i = 0; i < structure.num_fields(); ++i) children.push_back(structure.field(i));
        appendObject(type, row, [&](size_t i) -> const arrow::Array& { return *children[i]; });
        break;
      }
      default: appendText(column, type, row, true); break;
    }
  }

  void appendMap(const arrow::MapArray& map, const DataType& type, int64_t row) {
    buffer_ += '{';
    for (int64_t i = map.value_offset(row); i < map.value_offset(row + 1); ++i) {
      if (i > map.value_offset(row)) buffer_ += ',';
      std::string key;
      appendPretty(*map.keys(), type.keyType(), i, *TimeZone::utc(), key);
      appendJsonText(key, buffer_);
      buffer_ += ':';
      appendValue(*map.items(), type.valueType(), i);
    }
    buffer_ += '}';
  }

  void appendText(const arrow::Array& column, const DataType& type, int64_t row, bool isQuoted) {
    if (isQuoted) buffer_ += '"';
    values_.append(column, type, row, buffer_);
    if (isQuoted) buffer_ += '"';
  }

  const std::unique_ptr<OutputFile> file_;
  const ValueText values_;
  const DataType schema_;
  const std::string separator_;
  const bool ignoresNulls_;
  std::string buffer_;
};

}  // namespace

Result<std::unique_ptr<FileWriter>> createJsonFile(const FileOutput& output,
                                                   std::unique_ptr<OutputFile> file) {
  SPATE_ASSIGN_OR_FAIL(ValueText values, ValueText::make(output));
  SPATE_ASSIGN_OR_FAIL(const bool ignoresNulls, output.options.getBool("ignoreNullFields", true));
  return std::make_unique<JsonWriter>(std::move(file), std::move(values), output.schema,
                                      output.options.get("lineSep", "\n"), ignoresNulls);
}

}  // namespace spate
