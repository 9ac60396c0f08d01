#include "spate/types/DataType.h"

#include <cassert>
#include <utility>

namespace spate {

DataType DataType::dayTimeIntervalType(IntervalUnit start, IntervalUnit end) {
  assert(start >= IntervalUnit::kDay && start <= end);
  return DataType(TypeKind::kDayTimeInterval, static_cast<int>(start), static_cast<int>(end));
}

DataType DataType::yearMonthIntervalType(IntervalUnit start, IntervalUnit end) {
  assert(start <= end && end <= IntervalUnit::kMonth);
  return DataType(TypeKind::kYearMonthInterval, static_cast<int>(start), static_cast<int>(end));
}

DataType DataType::decimalType(int precision, int scale) {
  // Scales below zero: only of casts, where spark.sql.legacy.allowNegativeScaleOfDecimal is set.
  assert(precision >= 1 && precision <= kMaxDecimalPrecision && scale >= -kMaxDecimalPrecision &&
         scale <= precision);
  return DataType(TypeKind::kDecimal, precision, scale);
}

Result<DataType> DataType::makeDecimal(int64_t precision, int64_t scale) {
  if (precision > kMaxDecimalPrecision) {
    const std::string given = std::to_string(precision);
    const std::string most = std::to_string(kMaxDecimalPrecision);
    return failure(Status::invalidArgument("Decimal precision " + given +
                                           " exceeds max precision " + most + ".")
                       .withErrorClass("DECIMAL_PRECISION_EXCEEDS_MAX_PRECISION", "22003",
                                       {{"precision", given}, {"maxPrecision", most}}));
  }
  const std::string precisionText = std::to_string(precision);
  const std::string scaleText = std::to_string(scale);
  if (scale > precision) {
    return failure(Status::invalidArgument("Decimal scale (" + scaleText +
                                           ") cannot be greater than precision (" + precisionText +
                                           ").")
                       .withErrorClass("DECIMAL_SCALE_EXCEEDS_PRECISION", "22003",
                                       {{"scale", scaleText}, {"precision", precisionText}}));
  }
  if (scale < 0) {
    const std::string key = "\"spark.sql.legacy.allowNegativeScaleOfDecimal\"";
    return failure(Status::invalidArgument("Negative scale is not allowed: '" + scaleText +
                                           "'. Set the config " + key + " to \"true\" to allow it.")
                       .withErrorClass("NEGATIVE_SCALE_DISALLOWED", "0A000",
                                       {{"scale", "'" + scaleText + "'"}, {"sqlConf", key}}));
  }
  // Spark makes the type and then fits no value into it.
  if (precision < 1) {
    const std::string name = "\"DECIMAL(" + precisionText + "," + scaleText + ")\"";
    return failure(Status::unsupported("Unsupported data type " + name + ".")
                       .withErrorClass("UNSUPPORTED_DATATYPE", "0A000", {{"typeName", name}}));
  }
  return decimalType(static_cast<int>(precision), static_cast<int>(scale));
}

DataType DataType::charType(int length) {
  assert(length >= 1);
  return DataType(TypeKind::kChar, length);
}

DataType DataType::varcharType(int length) {
  assert(length >= 1);
  return DataType(TypeKind::kVarchar, length);
}

DataType DataType::arrayOf(DataType element, bool containsNull) {
  DataType type(TypeKind::kArray);
  std::vector<StructField> parts;
  parts.push_back({"element", std::move(element), containsNull});
  type.parts_ = std::make_shared<const std::vector<StructField>>(std::move(parts));
  return type;
}

DataType DataType::mapOf(DataType key, DataType value, bool valueContainsNull) {
  DataType type(TypeKind::kMap);
  std::vector<StructField> parts;
  parts.push_back({"key", std::move(key), false});
  parts.push_back({"value", std::move(value), valueContainsNull});
  type.parts_ = std::make_shared<const std::vector<StructField>>(std::move(parts));
  return type;
}

DataType DataType::structOf(std::vector<StructField> fields) {
  DataType type(TypeKind::kStruct);
  type.parts_ = std::make_shared<const std::vector<StructField>>(std::move(fields));
  return type;
}

int DataType::precision() const {
  assert(is(TypeKind::kDecimal));
  return first_;
}

int DataType::scale() const {
  assert(is(TypeKind::kDecimal));
  return second_;
}

int DataType::length() const {
  assert(is(TypeKind::kChar) || is(TypeKind::kVarchar));
  return first_;
}

IntervalUnit DataType::startUnit() const {
  assert(is(TypeKind::kDayTimeInterval) || is(TypeKind::kYearMonthInterval));
  return static_cast<IntervalUnit>(first_);
}

IntervalUnit DataType::endUnit() const {
  assert(is(TypeKind::kDayTimeInterval) || is(TypeKind::kYearMonthInterval));
  return static_cast<IntervalUnit>(second_);
}

const DataType& DataType::elementType() const {
  assert(is(TypeKind::kArray));
  return (*parts_)[0].type;
}

bool DataType::containsNull() const {
  assert(is(TypeKind::kArray));
  return (*parts_)[0].nullable;
}

const DataType& DataType::keyType() const {
  assert(is(TypeKind::kMap));
  return (*parts_)[0].type;
}

const DataType& DataType::valueType() const {
  assert(is(TypeKind::kMap));
  return (*parts_)[1].type;
}

bool DataType::valueContainsNull() const {
  assert(is(TypeKind::kMap));
  return (*parts_)[1].nullable;
}

const std::vector<StructField>& DataType::fields() const {
  assert(is(TypeKind::kStruct));
  return *parts_;
}

const StructField* DataType::findField(std::string_view name) const {
  for (const StructField& field : fields()) {
    if (field.name == name) return &field;
  }
  return nullptr;
}

bool operator==(const DataType& a, const DataType& b) {
  if (a.kind_ != b.kind_ || a.first_ != b.first_ || a.second_ != b.second_) return false;
  return a.parts_ == b.parts_ || (a.parts_ && b.parts_ && *a.parts_ == *b.parts_);
}

}  // namespace spate
