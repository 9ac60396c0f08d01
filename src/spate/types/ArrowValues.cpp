#include "spate/types/ArrowValues.h"

#include <arrow/array/array_base.h>
#include <arrow/array/array_binary.h>
#include <arrow/array/array_decimal.h>
#include <arrow/array/array_nested.h>
#include <arrow/array/array_primitive.h>
#include <arrow/array/util.h>
#include <arrow/builder.h>
#include <arrow/scalar.h>
#include <arrow/util/checked_cast.h>
#include <arrow/util/decimal.h>

#include <string>
#include <string_view>
#include <utility>

#include "spate/types/ArrowStatus.h"
#include "spate/types/ArrowTypes.h"

namespace spate {
namespace {

using arrow::internal::checked_cast;

Int128 toInt128(const arrow::Decimal128& value) {
  return static_cast<Int128>(value.high_bits()) << 64 | static_cast<Int128>(value.low_bits());
}
arrow::Decimal128 toDecimal128(Int128 value) {
  return {static_cast<int64_t>(value >> 64), static_cast<uint64_t>(value)};
}

Row elements(const arrow::Array& values, int64_t from, int64_t to, const DataType& type) {
  Row row;
  row.reserve(static_cast<size_t>(to - from));
  for (int64_t i = from; i < to; ++i) row.push_back(valueAt(values, i, type));
  return row;
}

Status wrongType(const DataType& type) {
  return Status::invalidArgument("a value that is no " + type.simpleString());
}

template <class Builder, class Value>
Status append(const Datum& value, const DataType& type, arrow::ArrayBuilder& builder) {
  const auto* plain = value.as<Value>();
  if (plain == nullptr) return wrongType(type);
  return fromArrow(checked_cast<Builder&>(builder).Append(*plain));
}

Status appendStruct(const Row& row, const DataType& type, arrow::ArrayBuilder& builder) {
  auto& structs = checked_cast<arrow::StructBuilder&>(builder);
  const auto& fields = type.fields();
  if (row.size() != fields.size()) return wrongType(type);
  SPATE_RETURN_IF_ERROR(fromArrow(structs.Append()));
  for (size_t i = 0; i < fields.size(); ++i)
    SPATE_RETURN_IF_ERROR(
        appendValue(row[i], fields[i].type, *structs.field_builder(static_cast<int>(i))));
  return Status::OK();
}

/// A variant: two binaries that are never null.
Status appendPair(const Datum& value, const DataType& type, arrow::ArrayBuilder& builder) {
  const auto* row = value.as<Row>();
  if (row == nullptr || row->size() != 2) return wrongType(type);
  auto& structs = checked_cast<arrow::StructBuilder&>(builder);
  SPATE_RETURN_IF_ERROR(fromArrow(structs.Append()));
  for (size_t i = 0; i < 2; ++i) {
    SPATE_RETURN_IF_ERROR(appendValue((*row)[i], DataType::binaryType(),
                                      *structs.field_builder(static_cast<int>(i))));
  }
  return Status::OK();
}

Status appendArray(const Row& row, const DataType& type, arrow::ArrayBuilder& builder) {
  auto& lists = checked_cast<arrow::ListBuilder&>(builder);
  SPATE_RETURN_IF_ERROR(fromArrow(lists.Append()));
  for (const Datum& element : row)
    SPATE_RETURN_IF_ERROR(appendValue(element, type.elementType(), *lists.value_builder()));
  return Status::OK();
}

Status appendMap(const MapValue& map, const DataType& type, arrow::ArrayBuilder& builder) {
  auto& maps = checked_cast<arrow::MapBuilder&>(builder);
  SPATE_RETURN_IF_ERROR(fromArrow(maps.Append()));
  if (map.keys.size() != map.values.size()) return wrongType(type);
  for (size_t i = 0; i < map.keys.size(); ++i) {
    SPATE_RETURN_IF_ERROR(appendValue(map.keys[i], type.keyType(), *maps.key_builder()));
    SPATE_RETURN_IF_ERROR(appendValue(map.values[i], type.valueType(), *maps.item_builder()));
  }
  return Status::OK();
}

}  // namespace

Datum valueAt(const arrow::Array& column, int64_t row, const DataType& type) {
  if (column.IsNull(row)) return {};
  switch (type.kind()) {
    case TypeKind::kNull: return {};
    case TypeKind::kVariant: {
      const auto& pair = checked_cast<const arrow::StructArray&>(column);
      Row parts;
      for (int i = 0; i < 2; ++i)
        parts.emplace_back(checked_cast<const arrow::BinaryArray&>(*pair.field(i)).GetView(row));
      return parts;
    }
    case TypeKind::kBoolean: return checked_cast<const arrow::BooleanArray&>(column).Value(row);
    case TypeKind::kByte: return checked_cast<const arrow::Int8Array&>(column).Value(row);
    case TypeKind::kShort: return checked_cast<const arrow::Int16Array&>(column).Value(row);
    case TypeKind::kInteger: return checked_cast<const arrow::Int32Array&>(column).Value(row);
    case TypeKind::kDate: return checked_cast<const arrow::Date32Array&>(column).Value(row);
    case TypeKind::kYearMonthInterval:
      return checked_cast<const arrow::MonthIntervalArray&>(column).Value(row);
    case TypeKind::kLong: return checked_cast<const arrow::Int64Array&>(column).Value(row);
    case TypeKind::kTimestamp:
    case TypeKind::kTimestampNtz:
      return checked_cast<const arrow::TimestampArray&>(column).Value(row);
    case TypeKind::kDayTimeInterval:
      return checked_cast<const arrow::DurationArray&>(column).Value(row);
    case TypeKind::kFloat: return checked_cast<const arrow::FloatArray&>(column).Value(row);
    case TypeKind::kDouble: return checked_cast<const arrow::DoubleArray&>(column).Value(row);
    case TypeKind::kDecimal: {
      const auto& decimals = checked_cast<const arrow::Decimal128Array&>(column);
      return Decimal{toInt128(arrow::Decimal128(decimals.GetValue(row)))};
    }
    case TypeKind::kString:
    case TypeKind::kChar:
    case TypeKind::kVarchar:
    case TypeKind::kBinary:
      return std::string(checked_cast<const arrow::BinaryArray&>(column).GetView(row));
    case TypeKind::kCalendarInterval: {
      const auto value =
          checked_cast<const arrow::MonthDayNanoIntervalArray&>(column).GetValue(row);
      return CalendarInterval{value.months, value.days, value.nanoseconds / 1000};
    }
    case TypeKind::kArray: {
      const auto& lists = checked_cast<const arrow::ListArray&>(column);
      return elements(*lists.values(), lists.value_offset(row), lists.value_offset(row + 1),
                      type.elementType());
    }
    case TypeKind::kMap: {
      const auto& maps = checked_cast<const arrow::MapArray&>(column);
      const int64_t from = maps.value_offset(row);
      const int64_t to = maps.value_offset(row + 1);
      return MapValue{elements(*maps.keys(), from, to, type.keyType()),
                      elements(*maps.items(), from, to, type.valueType())};
    }
    case TypeKind::kStruct: {
      const auto& structs = checked_cast<const arrow::StructArray&>(column);
      Row fields;
      fields.reserve(type.fields().size());
      for (size_t i = 0; i < type.fields().size(); ++i)
        fields.push_back(valueAt(*structs.field(static_cast<int>(i)), row, type.fields()[i].type));
      return fields;
    }
  }
  return {};
}

Status appendValue(const Datum& value, const DataType& type, arrow::ArrayBuilder& builder) {
  if (value.isNull()) return fromArrow(builder.AppendNull());
  switch (type.kind()) {
    case TypeKind::kNull: return wrongType(type);
    case TypeKind::kVariant: return appendPair(value, type, builder);
    case TypeKind::kBoolean: return append<arrow::BooleanBuilder, bool>(value, type, builder);
    case TypeKind::kByte: return append<arrow::Int8Builder, int8_t>(value, type, builder);
    case TypeKind::kShort: return append<arrow::Int16Builder, int16_t>(value, type, builder);
    case TypeKind::kInteger: return append<arrow::Int32Builder, int32_t>(value, type, builder);
    case TypeKind::kDate: return append<arrow::Date32Builder, int32_t>(value, type, builder);
    case TypeKind::kYearMonthInterval:
      return append<arrow::MonthIntervalBuilder, int32_t>(value, type, builder);
    case TypeKind::kLong: return append<arrow::Int64Builder, int64_t>(value, type, builder);
    case TypeKind::kTimestamp:
    case TypeKind::kTimestampNtz:
      return append<arrow::TimestampBuilder, int64_t>(value, type, builder);
    case TypeKind::kDayTimeInterval:
      return append<arrow::DurationBuilder, int64_t>(value, type, builder);
    case TypeKind::kFloat: return append<arrow::FloatBuilder, float>(value, type, builder);
    case TypeKind::kDouble: return append<arrow::DoubleBuilder, double>(value, type, builder);
    case TypeKind::kDecimal: {
      const auto* decimal = value.as<Decimal>();
      if (decimal == nullptr) return wrongType(type);
      return fromArrow(
          checked_cast<arrow::Decimal128Builder&>(builder).Append(toDecimal128(decimal->unscaled)));
    }
    case TypeKind::kString:
    case TypeKind::kChar:
    case TypeKind::kVarchar:
    case TypeKind::kBinary: {
      const auto* text = value.as<std::string>();
      if (text == nullptr) return wrongType(type);
      return fromArrow(
          checked_cast<arrow::BinaryBuilder&>(builder).Append(std::string_view(*text)));
    }
    case TypeKind::kCalendarInterval: {
      const auto* interval = value.as<CalendarInterval>();
      if (interval == nullptr) return wrongType(type);
      int64_t nanos = 0;
      if (__builtin_mul_overflow(interval->micros, int64_t{1000}, &nanos))
        return Status::invalidArgument("long overflow.")
            .withErrorClass("ARITHMETIC_OVERFLOW", "22003");
      return fromArrow(checked_cast<arrow::MonthDayNanoIntervalBuilder&>(builder).Append(
          {interval->months, interval->days, nanos}));
    }
    case TypeKind::kArray: {
      const auto* row = value.as<Row>();
      return row == nullptr ? wrongType(type) : appendArray(*row, type, builder);
    }
    case TypeKind::kMap: {
      const auto* map = value.as<MapValue>();
      return map == nullptr ? wrongType(type) : appendMap(*map, type, builder);
    }
    case TypeKind::kStruct: {
      const auto* row = value.as<Row>();
      return row == nullptr ? wrongType(type) : appendStruct(*row, type, builder);
    }
  }
  return wrongType(type);
}

Result<std::shared_ptr<arrow::Array>> columnOf(std::span<const Datum> values,
                                               const DataType& type) {
  SPATE_ASSIGN_OR_FAIL(const auto arrowType, toArrowType(type));
  std::unique_ptr<arrow::ArrayBuilder> builder;
  SPATE_FAIL_IF_ERROR(
      fromArrow(arrow::MakeBuilder(arrow::default_memory_pool(), arrowType, &builder)));
  for (const Datum& value : values) SPATE_FAIL_IF_ERROR(appendValue(value, type, *builder));
  std::shared_ptr<arrow::Array> column;
  SPATE_FAIL_IF_ERROR(fromArrow(builder->Finish(&column)));
  return column;
}

Result<std::shared_ptr<arrow::Scalar>> scalarOf(const Datum& value, const DataType& type) {
  SPATE_ASSIGN_OR_FAIL(const auto column, columnOf(std::span(&value, 1), type));
  auto scalar = column->GetScalar(0);
  if (!scalar.ok()) return failure(fromArrow(scalar.status()));
  return *std::move(scalar);
}

Datum valueOf(const arrow::Scalar& scalar, const DataType& type) {
  auto column = arrow::MakeArrayFromScalar(scalar, 1);
  return column.ok() ? valueAt(**column, 0, type) : Datum();
}

}  // namespace spate
