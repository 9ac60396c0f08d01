#include "spate/connect/service/ProtoLiterals.h"

#include <spark/connect/expressions.pb.h>

#include <algorithm>
#include <limits>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "spate/connect/ErrorDetails.h"
#include "spate/connect/service/ProtoTypes.h"

namespace spate::connect {
namespace {

namespace sc = ::spark::connect;
using plan::Literal;

Status noDecimal(std::string_view text) {
  return invalidPlan("'" + std::string(text) + "' is no decimal of at most 38 digits");
}

/// "-12.50", "1E+3": the digits, and how many of them stand behind the point.
Result<std::pair<Int128, int>> parseDecimal(std::string_view text) {
  size_t at = 0;
  bool isNegative = false;
  if (at < text.size() && (text[at] == '-' || text[at] == '+')) isNegative = text[at++] == '-';
  Int128 digits = 0;
  int count = 0;
  int scale = 0;
  bool isBehindPoint = false;
  bool hasDigits = false;
  for (; at < text.size() && text[at] != 'e' && text[at] != 'E'; ++at) {
    if (text[at] == '.' && !isBehindPoint) {
      isBehindPoint = true;
      continue;
    }
    if (text[at] < '0' || text[at] > '9') return failure(noDecimal(text));
    hasDigits = true;
    if (isBehindPoint) ++scale;
    if (digits == 0 && text[at] == '0') continue;
    if (++count > DataType::kMaxDecimalPrecision) return failure(noDecimal(text));
    digits = digits * 10 + (text[at] - '0');
  }
  if (!hasDigits) return failure(noDecimal(text));
  if (at < text.size()) {
    int exponent = 0;
    bool isExponentNegative = false;
    if (++at < text.size() && (text[at] == '-' || text[at] == '+')) {
      isExponentNegative = text[at++] == '-';
    }
    if (at == text.size()) return failure(noDecimal(text));
    for (; at < text.size(); ++at) {
      if (text[at] < '0' || text[at] > '9' || exponent > 1000) return failure(noDecimal(text));
      exponent = exponent * 10 + (text[at] - '0');
    }
    scale -= isExponentNegative ? -exponent : exponent;
  }
  for (; scale < 0; ++scale) {
    if (digits != 0 && ++count > DataType::kMaxDecimalPrecision) return failure(noDecimal(text));
    digits *= 10;
  }
  if (scale > DataType::kMaxDecimalPrecision) return failure(noDecimal(text));
  return std::pair(isNegative ? -digits : digits, scale);
}

int digitsOf(Int128 value) {
  int count = 0;
  for (; value != 0; value /= 10) ++count;
  return std::max(count, 1);
}

Result<Literal> decimalFrom(const sc::Expression_Literal_Decimal& literal) {
  SPATE_ASSIGN_OR_FAIL(auto parsed, parseDecimal(literal.value()));
  auto [unscaled, scale] = parsed;
  if (literal.has_scale()) {
    for (; scale < literal.scale(); ++scale) {
      if (digitsOf(unscaled) >= DataType::kMaxDecimalPrecision && unscaled != 0) {
        return failure(noDecimal(literal.value()));
      }
      unscaled *= 10;
    }
  }
  int precision = std::max(digitsOf(unscaled), scale);
  if (literal.has_precision()) precision = std::max(precision, literal.precision());
  SPATE_ASSIGN_OR_FAIL(DataType type, DataType::makeDecimal(precision, scale));
  return Literal{std::move(type), Datum(Decimal{unscaled})};
}

template <class Narrow>
Result<Literal> narrowed(int32_t value, DataType type) {
  if (value < std::numeric_limits<Narrow>::min() || value > std::numeric_limits<Narrow>::max()) {
    return failure(invalidPlan(std::to_string(value) + " is no " + type.sql()));
  }
  return Literal{std::move(type), Datum(static_cast<Narrow>(value))};
}

/// The type that the literal says it has, where it does.
Result<std::optional<DataType>> declaredType(const sc::Expression_Literal& literal) {
  if (!literal.has_data_type()) return std::optional<DataType>();
  SPATE_ASSIGN_OR_FAIL(DataType type, fromProto(literal.data_type()));
  return std::optional<DataType>(std::move(type));
}

/// Elements, and their type where it is not known yet.
Result<Row> rowFrom(const google::protobuf::RepeatedPtrField<sc::Expression_Literal>& literals,
                    std::optional<DataType>* type) {
  Row row;
  for (const sc::Expression_Literal& literal : literals) {
    SPATE_ASSIGN_OR_FAIL(Literal element, literalFromProto(literal));
    if (!type->has_value()) *type = element.type;
    if (!element.value.isNull() && element.type.kind() != (*type)->kind()) {
      return failure(
          invalidPlan("A " + element.type.sql() + " among values of type " + (*type)->sql()));
    }
    row.push_back(std::move(element.value));
  }
  return row;
}

Result<Literal> arrayFrom(const sc::Expression_Literal& literal) {
  SPATE_ASSIGN_OR_FAIL(std::optional<DataType> declared, declaredType(literal));
  std::optional<DataType> element;
  bool containsNull = true;
  if (declared && declared->is(TypeKind::kArray)) {
    element = declared->elementType();
    containsNull = declared->containsNull();
  } else if (literal.array().has_element_type()) {
    SPATE_ASSIGN_OR_FAIL(element, fromProto(literal.array().element_type()));
  }
  SPATE_ASSIGN_OR_FAIL(Row row, rowFrom(literal.array().elements(), &element));
  return Literal{DataType::arrayOf(element.value_or(DataType::nullType()), containsNull),
                 Datum(std::move(row))};
}

Result<Literal> mapFrom(const sc::Expression_Literal& literal) {
  SPATE_ASSIGN_OR_FAIL(std::optional<DataType> declared, declaredType(literal));
  std::optional<DataType> key;
  std::optional<DataType> value;
  bool containsNull = true;
  if (declared && declared->is(TypeKind::kMap)) {
    key = declared->keyType();
    value = declared->valueType();
    containsNull = declared->valueContainsNull();
  } else {
    if (literal.map().has_key_type()) {
      SPATE_ASSIGN_OR_FAIL(key, fromProto(literal.map().key_type()));
    }
    if (literal.map().has_value_type()) {
      SPATE_ASSIGN_OR_FAIL(value, fromProto(literal.map().value_type()));
    }
  }
  if (literal.map().keys_size() != literal.map().values_size()) {
    return failure(invalidPlan("A map has not as many keys as values"));
  }
  SPATE_ASSIGN_OR_FAIL(Row keys, rowFrom(literal.map().keys(), &key));
  SPATE_ASSIGN_OR_FAIL(Row values, rowFrom(literal.map().values(), &value));
  return Literal{DataType::mapOf(key.value_or(DataType::nullType()),
                                 value.value_or(DataType::nullType()), containsNull),
                 Datum(MapValue{std::move(keys), std::move(values)})};
}

Result<Literal> structFrom(const sc::Expression_Literal& literal) {
  SPATE_ASSIGN_OR_FAIL(std::optional<DataType> type, declaredType(literal));
  if (!type && literal.struct_().has_struct_type()) {
    SPATE_ASSIGN_OR_FAIL(type, fromProto(literal.struct_().struct_type()));
  }
  if (!type || !type->is(TypeKind::kStruct) ||
      type->fields().size() != static_cast<size_t>(literal.struct_().elements_size())) {
    return failure(invalidPlan("A struct has not the fields of its type"));
  }
  Row row;
  for (const sc::Expression_Literal& element : literal.struct_().elements()) {
    SPATE_ASSIGN_OR_FAIL(Literal converted, literalFromProto(element));
    const DataType& expected = type->fields()[row.size()].type;
    if (!converted.value.isNull() && converted.type.kind() != expected.kind()) {
      return failure(
          invalidPlan("A " + converted.type.sql() + " for a field of type " + expected.sql()));
    }
    row.push_back(std::move(converted.value));
  }
  return Literal{*std::move(type), Datum(std::move(row))};
}

template <class Values>
Literal arrayOfPlain(const Values& values, DataType element) {
  Row row;
  for (const auto& value : values) row.emplace_back(value);
  return {DataType::arrayOf(std::move(element), false), Datum(std::move(row))};
}

Result<Literal> specializedArrayFrom(const sc::Expression_Literal_SpecializedArray& array) {
  using Array = sc::Expression_Literal_SpecializedArray;
  switch (array.value_type_case()) {
    case Array::kBools: return arrayOfPlain(array.bools().values(), DataType::booleanType());
    case Array::kInts: return arrayOfPlain(array.ints().values(), DataType::integerType());
    case Array::kLongs: return arrayOfPlain(array.longs().values(), DataType::longType());
    case Array::kFloats: return arrayOfPlain(array.floats().values(), DataType::floatType());
    case Array::kDoubles: return arrayOfPlain(array.doubles().values(), DataType::doubleType());
    case Array::kStrings: return arrayOfPlain(array.strings().values(), DataType::stringType());
    case Array::VALUE_TYPE_NOT_SET: break;
  }
  return failure(invalidPlan("An array literal has no values of a known type"));
}

}  // namespace

Result<Literal> literalFromProto(const sc::Expression_Literal& literal) {
  switch (literal.literal_type_case()) {
    case sc::Expression_Literal::kNull: {
      const sc::DataType& message =
          literal.has_data_type() && literal.null().kind_case() == sc::DataType::KIND_NOT_SET
              ? literal.data_type()
              : literal.null();
      SPATE_ASSIGN_OR_FAIL(DataType type, fromProto(message));
      return Literal{std::move(type), Datum()};
    }
    case sc::Expression_Literal::kBinary:
      return Literal{DataType::binaryType(), Datum(literal.binary())};
    case sc::Expression_Literal::kBoolean:
      return Literal{DataType::booleanType(), Datum(literal.boolean())};
    case sc::Expression_Literal::kByte:
      return narrowed<int8_t>(literal.byte(), DataType::byteType());
    case sc::Expression_Literal::kShort:
      return narrowed<int16_t>(literal.short_(), DataType::shortType());
    case sc::Expression_Literal::kInteger:
      return Literal{DataType::integerType(), Datum(int32_t{literal.integer()})};
    case sc::Expression_Literal::kLong:
      return Literal{DataType::longType(), Datum(int64_t{literal.long_()})};
    case sc::Expression_Literal::kFloat:
      return Literal{DataType::floatType(), Datum(literal.float_())};
    case sc::Expression_Literal::kDouble:
      return Literal{DataType::doubleType(), Datum(literal.double_())};
    case sc::Expression_Literal::kDecimal: return decimalFrom(literal.decimal());
    case sc::Expression_Literal::kString:
      return Literal{DataType::stringType(), Datum(literal.string())};
    case sc::Expression_Literal::kDate:
      return Literal{DataType::dateType(), Datum(int32_t{literal.date()})};
    case sc::Expression_Literal::kTimestamp:
      return Literal{DataType::timestampType(), Datum(int64_t{literal.timestamp()})};
    case sc::Expression_Literal::kTimestampNtz:
      return Literal{DataType::timestampNtzType(), Datum(int64_t{literal.timestamp_ntz()})};
    case sc::Expression_Literal::kCalendarInterval: {
      const auto& interval = literal.calendar_interval();
      return Literal{
          DataType::calendarIntervalType(),
          Datum(CalendarInterval{interval.months(), interval.days(), interval.microseconds()})};
    }
    case sc::Expression_Literal::kYearMonthInterval: {
      SPATE_ASSIGN_OR_FAIL(const auto type, declaredType(literal));
      return Literal{type.value_or(DataType::yearMonthIntervalType()),
                     Datum(int32_t{literal.year_month_interval()})};
    }
    case sc::Expression_Literal::kDayTimeInterval: {
      SPATE_ASSIGN_OR_FAIL(const auto type, declaredType(literal));
      return Literal{type.value_or(DataType::dayTimeIntervalType()),
                     Datum(int64_t{literal.day_time_interval()})};
    }
    case sc::Expression_Literal::kArray: return arrayFrom(literal);
    case sc::Expression_Literal::kMap: return mapFrom(literal);
    case sc::Expression_Literal::kStruct: return structFrom(literal);
    case sc::Expression_Literal::kSpecializedArray:
      return specializedArrayFrom(literal.specialized_array());
    case sc::Expression_Literal::kTime:
      return failure(
          Status::unsupported("Unsupported data type \"TIME\".")
              .withErrorClass("UNSUPPORTED_DATATYPE", "0A000", {{"typeName", "\"TIME\""}}));
    case sc::Expression_Literal::LITERAL_TYPE_NOT_SET: break;
  }
  return failure(invalidPlan("A literal has no value of a known type"));
}

}  // namespace spate::connect
