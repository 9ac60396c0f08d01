#include "spate/sources/files/ColumnAdapter.h"

#include <arrow/array/array_nested.h>
#include <arrow/array/concatenate.h>
#include <arrow/array/util.h>
#include <arrow/compute/cast.h>
#include <arrow/compute/initialize.h>
#include <arrow/type.h>

#include <algorithm>

#include "spate/base/AsciiCase.h"
#include "spate/types/ArrowStatus.h"
#include "spate/types/ArrowTypes.h"
#include "spate/types/FilePathUri.h"

namespace spate {
namespace {

using arrow::Type;

/// The type without what Spark has no type for.
std::shared_ptr<arrow::DataType> plainType(const std::shared_ptr<arrow::DataType>& type) {
  const auto plainField = [](const std::shared_ptr<arrow::Field>& field) {
    return field->WithType(plainType(field->type()));
  };
  switch (type->id()) {
    case Type::UINT8: return arrow::int16();
    case Type::UINT16: return arrow::int32();
    case Type::UINT32: return arrow::int64();
    case Type::UINT64: return arrow::decimal128(20, 0);
    case Type::FIXED_SIZE_BINARY: return arrow::binary();
    case Type::LIST:
      return arrow::list(plainField(static_cast<const arrow::ListType&>(*type).value_field()));
    case Type::MAP: {
      const auto& map = static_cast<const arrow::MapType&>(*type);
      return arrow::map(plainType(map.key_type()), plainField(map.item_field()));
    }
    case Type::STRUCT: {
      arrow::FieldVector fields;
      for (const auto& field : type->fields()) fields.push_back(plainField(field));
      return arrow::struct_(fields);
    }
    default: return type;
  }
}

/// Whether every value of the one is a value of the other, as Spark's readers take it.
bool canAdapt(const arrow::DataType& from, const DataType& to) {
  const Type::type id = from.id();
  const bool isSmall = id == Type::INT8 || id == Type::INT16 || id == Type::INT32 ||
                       id == Type::UINT8 || id == Type::UINT16;
  switch (to.kind()) {
    case TypeKind::kBoolean: return id == Type::BOOL;
    // Parquet has them as INT32 or with a narrower note; values decide.
    case TypeKind::kByte:
    case TypeKind::kShort:
    case TypeKind::kInteger: return isSmall;
    case TypeKind::kLong: return isSmall || id == Type::INT64 || id == Type::UINT32;
    case TypeKind::kFloat: return id == Type::FLOAT;
    case TypeKind::kDouble: return id == Type::FLOAT || id == Type::DOUBLE || isSmall;
    case TypeKind::kDecimal:
      return id == Type::DECIMAL128 || id == Type::DECIMAL32 || id == Type::DECIMAL64 || isSmall ||
             id == Type::INT64 || id == Type::UINT64;
    case TypeKind::kString:
    case TypeKind::kChar:
    case TypeKind::kVarchar:
    case TypeKind::kBinary:
      return id == Type::STRING || id == Type::BINARY || id == Type::LARGE_STRING ||
             id == Type::LARGE_BINARY || id == Type::FIXED_SIZE_BINARY;
    case TypeKind::kDate: return id == Type::DATE32 || id == Type::DATE64;
    case TypeKind::kTimestamp: return id == Type::TIMESTAMP;
    case TypeKind::kTimestampNtz: return id == Type::TIMESTAMP || id == Type::DATE32;
    case TypeKind::kDayTimeInterval: return id == Type::INT64 || id == Type::DURATION;
    case TypeKind::kYearMonthInterval: return id == Type::INT32;
    default: return false;
  }
}

Status typeMismatch(const std::string& path, const StructField& column,
                    const arrow::DataType& actual) {
  const std::string uri = uriOfFilePath(path);
  return Status::invalidArgument("Encountered error while reading file " + uri +
                                 ". Data type mismatches when reading Parquet column `[" +
                                 column.name + "]`. Expected Spark type " +
                                 column.type.simpleString() + ", actual Parquet type " +
                                 actual.ToString() + ".")
      .withErrorClass("FAILED_READ_FILE.PARQUET_COLUMN_DATA_TYPE_MISMATCH", "KD001",
                      {{"path", uri},
                       {"column", "`[" + column.name + "]`"},
                       {"expectedType", column.type.simpleString()},
                       {"actualType", actual.ToString()}});
}

Result<std::shared_ptr<arrow::Array>> adaptStruct(const std::shared_ptr<arrow::Array>& array,
                                                  const StructField& column,
                                                  const std::shared_ptr<arrow::DataType>& wanted,
                                                  const std::string& path, bool caseSensitive) {
  const auto& structure = static_cast<const arrow::StructArray&>(*array);
  const auto positions =
      positionsInFile(arrow::Schema(array->type()->fields()), column.type, caseSensitive);
  std::vector<std::shared_ptr<arrow::Array>> children;
  for (size_t i = 0; i < positions.size(); ++i) {
    std::shared_ptr<arrow::Array> child;
    if (positions[i] < 0) {
      SPATE_ASSIGN_OR_FAIL(
          child, fromArrow(arrow::MakeArrayOfNull(wanted->field(static_cast<int>(i))->type(),
                                                  array->length())));
    } else {
      SPATE_ASSIGN_OR_FAIL(child, adaptColumn(structure.field(positions[i]),
                                              column.type.fields()[i], path, caseSensitive));
    }
    children.push_back(std::move(child));
  }
  std::shared_ptr<arrow::Buffer> validity;
  if (array->null_count() > 0) {
    // The children are cut to the slice, so the bits must begin at 0 as well.
    SPATE_ASSIGN_OR_FAIL(const auto whole,
                         fromArrow(arrow::Concatenate({array}, arrow::default_memory_pool())));
    validity = whole->null_bitmap();
  }
  return std::make_shared<arrow::StructArray>(wanted, array->length(), std::move(children),
                                              std::move(validity));
}

}  // namespace

Result<DataType> columnsOfFile(const arrow::Schema& schema) {
  arrow::FieldVector fields;
  for (const auto& field : schema.fields())
    fields.push_back(field->WithType(plainType(field->type()))->RemoveMetadata());
  return fromArrowSchema(arrow::Schema(fields));
}

std::vector<int> positionsInFile(const arrow::Schema& schema, const DataType& columns,
                                 bool caseSensitive) {
  std::vector<int> positions;
  for (const StructField& column : columns.fields()) {
    int position = schema.GetFieldIndex(column.name);
    for (int i = 0; position < 0 && i < schema.num_fields(); ++i)
      if (isSameName(schema.field(i)->name(), column.name, caseSensitive)) position = i;
    positions.push_back(position);
  }
  return positions;
}

Result<std::shared_ptr<arrow::Array>> adaptColumn(const std::shared_ptr<arrow::Array>& array,
                                                  const StructField& column,
                                                  const std::string& path, bool caseSensitive) {
  SPATE_ASSIGN_OR_FAIL(const auto wanted, toArrowType(column.type));
  if (array->type()->Equals(*wanted)) return array;
  const Type::type id = array->type_id();
  if (column.type.is(TypeKind::kStruct) && id == Type::STRUCT)
    return adaptStruct(array, column, wanted, path, caseSensitive);
  if (id == Type::NA) return fromArrow(arrow::MakeArrayOfNull(wanted, array->length()));
  const bool isNested = column.type.isNested() && array->type()->num_fields() > 0;
  if (!isNested && !canAdapt(*array->type(), column.type))
    return failure(typeMismatch(path, column, *array->type()));
  static const arrow::Status kInitialized = arrow::compute::Initialize();
  SPATE_FAIL_IF_ERROR(fromArrow(kInitialized));
  arrow::compute::CastOptions options = arrow::compute::CastOptions::Safe(wanted);
  // Nanoseconds are cut to microseconds, as Spark does.
  options.allow_time_truncate = true;
  options.allow_invalid_utf8 = true;
  auto cast = arrow::compute::Cast(*array, wanted, options);
  if (!cast.ok()) return failure(typeMismatch(path, column, *array->type()));
  return *cast;
}

}  // namespace spate
