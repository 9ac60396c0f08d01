#include "spate/types/ArrowTypes.h"

#include <arrow/type.h>
#include <arrow/util/key_value_metadata.h>

#include <optional>
#include <utility>

#include "spate/types/ArrowStatus.h"
#include "spate/types/DataTypeJson.h"

namespace spate {
namespace {

constexpr const char* kMetadataKey = "SPARK:metadata";

Result<std::shared_ptr<arrow::Field>> toArrowField(const StructField& field) {
  SPATE_ASSIGN_OR_FAIL(std::shared_ptr<arrow::DataType> type, toArrowType(field.type));
  std::shared_ptr<const arrow::KeyValueMetadata> metadata;
  if (field.metadata != "{}")
    metadata = arrow::key_value_metadata({{kMetadataKey, field.metadata}});
  return arrow::field(field.name, std::move(type), field.nullable, std::move(metadata));
}

Result<arrow::FieldVector> toArrowFields(const DataType& structType) {
  arrow::FieldVector fields;
  for (const StructField& field : structType.fields()) {
    SPATE_ASSIGN_OR_FAIL(std::shared_ptr<arrow::Field> converted, toArrowField(field));
    fields.push_back(std::move(converted));
  }
  return fields;
}

Result<DataType> fromArrow(const arrow::DataType& type, int depth);

/// The two buffers of a variant, marked as Spark marks them.
std::shared_ptr<arrow::DataType> variantArrowType() {
  return arrow::struct_({arrow::field("value", arrow::binary(), false),
                         arrow::field("metadata", arrow::binary(), false,
                                      arrow::key_value_metadata({{"variant", "true"}}))});
}

/// What a struct of two fields is that has been marked so; empty for any other.
std::optional<DataType> markedType(const arrow::FieldVector& fields) {
  if (fields.size() != 2 || !fields[1]->HasMetadata()) return std::nullopt;
  const auto marked = [&](const char* key) {
    return fields[1]->metadata()->Get(key).ValueOr("") == "true";
  };
  if (fields[1]->name() == "metadata" && marked("variant")) return DataType::variantType();
  return std::nullopt;
}

Result<std::vector<StructField>> fromArrowFields(const arrow::FieldVector& fields, int depth) {
  std::vector<StructField> converted;
  for (const auto& field : fields) {
    StructField each;
    each.name = field->name();
    SPATE_ASSIGN_OR_FAIL(each.type, fromArrow(*field->type(), depth + 1));
    each.nullable = field->nullable();
    if (field->HasMetadata()) {
      const auto metadata = field->metadata()->Get(kMetadataKey);
      if (metadata.ok()) each.metadata = normalizedMetadata(*metadata).value_or("{}");
    }
    converted.push_back(std::move(each));
  }
  return converted;
}

Status unsupportedArrow(const arrow::DataType& type) {
  return Status::unsupported("Unsupported arrow type " + type.ToString() + ".")
      .withErrorClass("UNSUPPORTED_ARROWTYPE", "0A000", {{"typeName", type.ToString()}});
}

Result<DataType> fromArrow(const arrow::DataType& type, int depth) {
  if (depth > DataType::kMaxDepth) {
    return failure(Status::unsupported("an Arrow type is nested deeper than " +
                                       std::to_string(DataType::kMaxDepth)));
  }
  switch (type.id()) {
    case arrow::Type::NA: return DataType::nullType();
    case arrow::Type::BOOL: return DataType::booleanType();
    case arrow::Type::INT8: return DataType::byteType();
    case arrow::Type::INT16: return DataType::shortType();
    case arrow::Type::INT32: return DataType::integerType();
    case arrow::Type::INT64: return DataType::longType();
    case arrow::Type::FLOAT: return DataType::floatType();
    case arrow::Type::DOUBLE: return DataType::doubleType();
    case arrow::Type::STRING:
    case arrow::Type::LARGE_STRING:
    case arrow::Type::STRING_VIEW: return DataType::stringType();
    case arrow::Type::BINARY:
    case arrow::Type::LARGE_BINARY:
    case arrow::Type::BINARY_VIEW:
    case arrow::Type::FIXED_SIZE_BINARY: return DataType::binaryType();
    case arrow::Type::DATE32:
    case arrow::Type::DATE64: return DataType::dateType();
    case arrow::Type::TIMESTAMP:
      return static_cast<const arrow::TimestampType&>(type).timezone().empty()
                 ? DataType::timestampNtzType()
                 : DataType::timestampType();
    case arrow::Type::DURATION: return DataType::dayTimeIntervalType();
    case arrow::Type::INTERVAL_MONTHS: return DataType::yearMonthIntervalType();
    case arrow::Type::INTERVAL_MONTH_DAY_NANO: return DataType::calendarIntervalType();
    case arrow::Type::DECIMAL32:
    case arrow::Type::DECIMAL64:
    case arrow::Type::DECIMAL128: {
      const auto& decimal = static_cast<const arrow::DecimalType&>(type);
      return DataType::makeDecimal(decimal.precision(), decimal.scale());
    }
    case arrow::Type::DICTIONARY:
      return fromArrow(*static_cast<const arrow::DictionaryType&>(type).value_type(), depth + 1);
    case arrow::Type::LIST:
    case arrow::Type::LARGE_LIST:
    case arrow::Type::LIST_VIEW:
    case arrow::Type::LARGE_LIST_VIEW:
    case arrow::Type::FIXED_SIZE_LIST: {
      const arrow::Field& element = *type.field(0);
      SPATE_ASSIGN_OR_FAIL(DataType elementType, fromArrow(*element.type(), depth + 1));
      return DataType::arrayOf(std::move(elementType), element.nullable());
    }
    case arrow::Type::MAP: {
      const auto& map = static_cast<const arrow::MapType&>(type);
      SPATE_ASSIGN_OR_FAIL(DataType key, fromArrow(*map.key_type(), depth + 1));
      SPATE_ASSIGN_OR_FAIL(DataType value, fromArrow(*map.item_type(), depth + 1));
      return DataType::mapOf(std::move(key), std::move(value), map.item_field()->nullable());
    }
    case arrow::Type::STRUCT: {
      if (auto marked = markedType(type.fields())) return *std::move(marked);
      SPATE_ASSIGN_OR_FAIL(auto fields, fromArrowFields(type.fields(), depth));
      return DataType::structOf(std::move(fields));
    }
    default: return failure(unsupportedArrow(type));
  }
}

}  // namespace

Result<std::shared_ptr<arrow::DataType>> toArrowType(const DataType& type) {
  switch (type.kind()) {
    case TypeKind::kNull: return arrow::null();
    case TypeKind::kBoolean: return arrow::boolean();
    case TypeKind::kByte: return arrow::int8();
    case TypeKind::kShort: return arrow::int16();
    case TypeKind::kInteger: return arrow::int32();
    case TypeKind::kLong: return arrow::int64();
    case TypeKind::kFloat: return arrow::float32();
    case TypeKind::kDouble: return arrow::float64();
    case TypeKind::kDecimal: return arrow::decimal128(type.precision(), type.scale());
    case TypeKind::kString:
    case TypeKind::kChar:
    case TypeKind::kVarchar: return arrow::utf8();
    case TypeKind::kBinary: return arrow::binary();
    case TypeKind::kDate: return arrow::date32();
    case TypeKind::kTimestamp: return arrow::timestamp(arrow::TimeUnit::MICRO, "UTC");
    case TypeKind::kTimestampNtz: return arrow::timestamp(arrow::TimeUnit::MICRO);
    case TypeKind::kDayTimeInterval: return arrow::duration(arrow::TimeUnit::MICRO);
    case TypeKind::kYearMonthInterval: return arrow::month_interval();
    case TypeKind::kCalendarInterval: return arrow::month_day_nano_interval();
    case TypeKind::kArray: {
      SPATE_ASSIGN_OR_FAIL(auto element, toArrowType(type.elementType()));
      return arrow::list(arrow::field("element", std::move(element), type.containsNull()));
    }
    case TypeKind::kMap: {
      SPATE_ASSIGN_OR_FAIL(auto key, toArrowType(type.keyType()));
      SPATE_ASSIGN_OR_FAIL(auto value, toArrowType(type.valueType()));
      return arrow::map(std::move(key),
                        arrow::field("value", std::move(value), type.valueContainsNull()));
    }
    case TypeKind::kStruct: {
      SPATE_ASSIGN_OR_FAIL(auto fields, toArrowFields(type));
      return arrow::struct_(std::move(fields));
    }
    case TypeKind::kVariant: return variantArrowType();
  }
  return failure(Status::internal("a type of no kind"));
}

Result<std::shared_ptr<arrow::Schema>> toArrowSchema(const DataType& structType) {
  SPATE_ASSIGN_OR_FAIL(auto fields, toArrowFields(structType));
  return arrow::schema(std::move(fields));
}

Result<DataType> fromArrowType(const arrow::DataType& type) { return fromArrow(type, 1); }

Result<DataType> fromArrowSchema(const arrow::Schema& schema) {
  SPATE_ASSIGN_OR_FAIL(auto fields, fromArrowFields(schema.fields(), 1));
  return DataType::structOf(std::move(fields));
}

}  // namespace spate
