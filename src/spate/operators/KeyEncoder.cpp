#include "spate/operators/KeyEncoder.h"

#include <arrow/array/array_base.h>
#include <arrow/array/array_binary.h>
#include <arrow/array/array_decimal.h>
#include <arrow/array/array_nested.h>
#include <arrow/array/array_primitive.h>
#include <arrow/util/checked_cast.h>
#include <arrow/util/decimal.h>

#include <bit>
#include <cmath>
#include <limits>

namespace spate {
namespace {

using arrow::internal::checked_cast;

template <class Unsigned>
void appendBigEndian(Unsigned value, std::string& out) {
  char bytes[sizeof value];
  for (size_t i = 0; i < sizeof value; ++i)
    bytes[i] = static_cast<char>(value >> (8 * (sizeof value - 1 - i)));
  out.append(bytes, sizeof bytes);
}

template <class Signed>
void appendSigned(Signed value, std::string& out) {
  using Unsigned = std::make_unsigned_t<Signed>;
  constexpr auto kSignBit = static_cast<Unsigned>(Unsigned{1} << (8 * sizeof(Signed) - 1));
  appendBigEndian(static_cast<Unsigned>(static_cast<Unsigned>(value) ^ kSignBit), out);
}

template <class Float, class Bits>
void appendFloat(Float value, std::string& out) {
  if (std::isnan(value)) value = std::numeric_limits<Float>::quiet_NaN();
  if (value == 0) value = 0;
  auto bits = std::bit_cast<Bits>(value);
  constexpr Bits kSignBit = Bits{1} << (8 * sizeof(Bits) - 1);
  bits = (bits & kSignBit) != 0 ? ~bits : bits | kSignBit;
  appendBigEndian(bits, out);
}

/// 0x00 becomes 0x00 0xff, and 0x00 0x00 ends it: a shorter text comes before a longer one.
void appendText(std::string_view text, std::string& out) {
  size_t from = 0;
  while (true) {
    const size_t zero = text.find('\0', from);
    if (zero == std::string_view::npos) break;
    out.append(text.substr(from, zero + 1 - from));
    out.push_back('\xff');
    from = zero + 1;
  }
  out.append(text.substr(from));
  out.append(2, '\0');
}

void appendValue(const arrow::Array& column, int64_t row, const DataType& type, std::string& out) {
  switch (type.kind()) {
    case TypeKind::kBoolean:
      out.push_back(checked_cast<const arrow::BooleanArray&>(column).Value(row) ? 1 : 0);
      return;
    case TypeKind::kByte:
      return appendSigned(checked_cast<const arrow::Int8Array&>(column).Value(row), out);
    case TypeKind::kShort:
      return appendSigned(checked_cast<const arrow::Int16Array&>(column).Value(row), out);
    case TypeKind::kInteger:
    case TypeKind::kDate:
    case TypeKind::kYearMonthInterval:
      return appendSigned(column.data()->GetValues<int32_t>(1)[row], out);
    case TypeKind::kLong:
    case TypeKind::kTimestamp:
    case TypeKind::kTimestampNtz:
    case TypeKind::kDayTimeInterval:
      return appendSigned(column.data()->GetValues<int64_t>(1)[row], out);
    case TypeKind::kFloat:
      return appendFloat<float, uint32_t>(checked_cast<const arrow::FloatArray&>(column).Value(row),
                                          out);
    case TypeKind::kDouble:
      return appendFloat<double, uint64_t>(
          checked_cast<const arrow::DoubleArray&>(column).Value(row), out);
    case TypeKind::kDecimal: {
      const arrow::Decimal128 value(
          checked_cast<const arrow::Decimal128Array&>(column).GetValue(row));
      appendSigned(value.high_bits(), out);
      appendBigEndian(value.low_bits(), out);
      return;
    }
    case TypeKind::kString:
    case TypeKind::kChar:
    case TypeKind::kVarchar:
    case TypeKind::kBinary:
      return appendText(checked_cast<const arrow::BinaryArray&>(column).GetView(row), out);
    case TypeKind::kCalendarInterval: {
      // Has no order in Spark; as the key of a group equal bytes are enough.
      const auto value =
          checked_cast<const arrow::MonthDayNanoIntervalArray&>(column).GetValue(row);
      appendSigned(value.months, out);
      appendSigned(value.days, out);
      appendSigned(value.nanoseconds, out);
      return;
    }
    case TypeKind::kArray: {
      const auto& lists = checked_cast<const arrow::ListArray&>(column);
      for (int64_t i = lists.value_offset(row); i < lists.value_offset(row + 1); ++i) {
        const bool isNull = lists.values()->IsNull(i);
        out.push_back(isNull ? 1 : 2);
        if (!isNull) appendValue(*lists.values(), i, type.elementType(), out);
      }
      out.push_back(0);
      return;
    }
    case TypeKind::kMap: {
      const auto& maps = checked_cast<const arrow::MapArray&>(column);
      for (int64_t i = maps.value_offset(row); i < maps.value_offset(row + 1); ++i) {
        out.push_back(2);
        appendValue(*maps.keys(), i, type.keyType(), out);
        const bool isNull = maps.items()->IsNull(i);
        out.push_back(isNull ? 1 : 2);
        if (!isNull) appendValue(*maps.items(), i, type.valueType(), out);
      }
      out.push_back(0);
      return;
    }
    case TypeKind::kStruct: {
      const auto& structs = checked_cast<const arrow::StructArray&>(column);
      for (size_t i = 0; i < type.fields().size(); ++i) {
        const auto field = structs.field(static_cast<int>(i));
        const bool isNull = field->IsNull(row);
        out.push_back(isNull ? 1 : 2);
        if (!isNull) appendValue(*field, row, type.fields()[i].type, out);
      }
      return;
    }
    case TypeKind::kNull:
    case TypeKind::kVariant: return;
  }
}

}  // namespace

Status KeyEncoder::check(const DataType& type) {
  if (type.is(TypeKind::kMap) || type.is(TypeKind::kVariant) ||
      type.is(TypeKind::kCalendarInterval)) {
    return Status::unsupported("values of type " + type.sql() + " have no order")
        .withErrorClass("DATATYPE_MISMATCH.INVALID_ORDERING_TYPE", "42K09",
                        {{"dataType", "\"" + type.sql() + "\""}});
  }
  if (type.is(TypeKind::kArray)) return check(type.elementType());
  if (type.is(TypeKind::kStruct)) {
    for (const StructField& field : type.fields()) SPATE_RETURN_IF_ERROR(check(field.type));
  }
  return Status::OK();
}

void KeyEncoder::encode(std::span<const KeyColumn> columns, int64_t row, std::string& out) {
  for (const KeyColumn& column : columns) {
    if (column.values->IsNull(row)) {
      out.push_back(column.nullsFirst ? 0 : 2);
      continue;
    }
    out.push_back(1);
    const size_t at = out.size();
    appendValue(*column.values, row, column.type, out);
    if (!column.ascending) {
      for (size_t i = at; i < out.size(); ++i) out[i] = static_cast<char>(~out[i]);
    }
  }
}

}  // namespace spate
