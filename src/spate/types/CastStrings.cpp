// Texts to values and values to texts, column by column.
#include <arrow/array/array_base.h>
#include <arrow/array/array_binary.h>
#include <arrow/array/array_decimal.h>
#include <arrow/array/array_nested.h>
#include <arrow/array/array_primitive.h>
#include <arrow/datum.h>
#include <arrow/type.h>
#include <arrow/util/checked_cast.h>

#include <charconv>
#include <chrono>
#include <limits>

#include "spate/types/ArrowTypes.h"
#include "spate/types/ArrowValues.h"
#include "spate/types/CastKernels.h"
#include "spate/types/CastText.h"
#include "spate/types/Columns.h"
#include "spate/types/ToString.h"
#include "spate/types/Utf8.h"
#include "spate/types/Variant.h"

namespace spate {
namespace {

/// A text in single quotes, as Spark writes it into a message.
std::string quotedText(std::string_view text) {
  std::string quoted = "'";
  for (const char c : text) {
    if (c == '\'' || c == '\\') quoted += '\\';
    quoted += c;
  }
  return quoted + "'";
}

template <class To, class Parse>
Result<ArrayPtr> parseColumn(const ArrayPtr& value, const CastContext& context, Parse parse) {
  SPATE_ASSIGN_OR_FAIL(const auto type, toArrowType(context.to));
  const arrow::Datum arguments[] = {arrow::Datum(value)};
  const auto error = [&](std::string_view text) {
    return castInvalidInput(quotedText(text), context.from, context.to);
  };
  const auto convert = [&](std::string_view text, To& out) {
    const auto parsed = parse(text);
    if (parsed) out = *parsed;
    return parsed.has_value();
  };
  SPATE_ASSIGN_OR_FAIL(const auto result,
                       (mapChecked<To, std::string_view>(type, arguments, value->length(), convert,
                                                         context.fails() ? &error : nullptr)));
  return result.make_array();
}

template <class To>
Result<ArrayPtr> parseIntegers(const ArrayPtr& value, const CastContext& context) {
  const bool allowFraction = context.wraps();
  return parseColumn<To>(value, context, [allowFraction](std::string_view text) {
    const auto number = parseInteger(text, allowFraction);
    std::optional<To> result;
    if (number && *number >= std::numeric_limits<To>::min() &&
        *number <= std::numeric_limits<To>::max()) {
      result = static_cast<To>(*number);
    }
    return result;
  });
}

Result<ArrayPtr> parseDecimals(const ArrayPtr& value, const CastContext& context) {
  SPATE_ASSIGN_OR_FAIL(const auto type, toArrowType(context.to));
  const arrow::Datum arguments[] = {arrow::Datum(value)};
  const int precision = context.to.precision();
  const int scale = context.to.scale();
  const auto error = [&](std::string_view text) {
    Int128 ignored = 0;
    if (parseDecimal(text, precision, scale, ignored) == DecimalParse::kNoNumber) {
      return castInvalidInput(quotedText(text), context.from, context.to);
    }
    return decimalOutOfRange(trimmed(text), precision, scale);
  };
  const auto convert = [&](std::string_view text, Int128& out) {
    return parseDecimal(text, precision, scale, out) == DecimalParse::kOk;
  };
  SPATE_ASSIGN_OR_FAIL(const auto result, (mapChecked<Int128, std::string_view>(
                                              type, arguments, value->length(), convert,
                                              context.fails() ? &error : nullptr)));
  return result.make_array();
}

/// Appends the text of one value, which is not null.
void appendText(const arrow::Array& array, int64_t row, const DataType& type,
                const CastContext& context, std::string& out);

void appendElement(const arrow::Array& array, int64_t row, const DataType& type,
                   const CastContext& context, std::string& out) {
  if (array.IsNull(row)) {
    out += "null";
  } else {
    appendText(array, row, type, context, out);
  }
}

void appendNested(const arrow::Array& array, int64_t row, const DataType& type,
                  const CastContext& context, std::string& out) {
  using arrow::internal::checked_cast;
  if (type.is(TypeKind::kStruct)) {
    const auto& values = checked_cast<const arrow::StructArray&>(array);
    out += '{';
    for (int i = 0; i < values.num_fields(); ++i) {
      if (i > 0) out += ", ";
      appendElement(*values.field(i), row, type.fields()[static_cast<size_t>(i)].type, context,
                    out);
    }
    out += '}';
    return;
  }
  if (type.is(TypeKind::kMap)) {
    const auto& map = checked_cast<const arrow::MapArray&>(array);
    out += '{';
    for (int64_t i = map.value_offset(row); i < map.value_offset(row + 1); ++i) {
      if (i > map.value_offset(row)) out += ", ";
      appendElement(*map.keys(), i, type.keyType(), context, out);
      out += " -> ";
      appendElement(*map.items(), i, type.valueType(), context, out);
    }
    out += '}';
    return;
  }
  const auto& list = checked_cast<const arrow::ListArray&>(array);
  out += '[';
  for (int64_t i = list.value_offset(row); i < list.value_offset(row + 1); ++i) {
    if (i > list.value_offset(row)) out += ", ";
    appendElement(*list.values(), i, type.elementType(), context, out);
  }
  out += ']';
}

template <class ArrowArray>
auto valueIn(const arrow::Array& array, int64_t row) {
  return arrow::internal::checked_cast<const ArrowArray&>(array).Value(row);
}

template <class T>
void appendInteger(T value, std::string& out) {
  char text[24];
  const auto end = std::to_chars(text, text + sizeof(text), value);
  out.append(text, end.ptr);
}

void appendText(const arrow::Array& array, int64_t row, const DataType& type,
                const CastContext& context, std::string& out) {
  switch (type.kind()) {
    case TypeKind::kNull: out += "null"; return;
    case TypeKind::kVariant: {
      // Bytes that are no variant have no text.
      const Datum variant = valueAt(array, row, type);
      const Row& parts = *variant.as<Row>();
      (void)VariantView(*parts[0].as<std::string>(), *parts[1].as<std::string>())
          .appendJson(*context.zone, out);
      return;
    }
    case TypeKind::kBoolean:
      out += valueIn<arrow::BooleanArray>(array, row) ? "true" : "false";
      return;
    case TypeKind::kByte: appendInteger(valueIn<arrow::Int8Array>(array, row), out); return;
    case TypeKind::kShort: appendInteger(valueIn<arrow::Int16Array>(array, row), out); return;
    case TypeKind::kInteger: appendInteger(valueIn<arrow::Int32Array>(array, row), out); return;
    case TypeKind::kLong: appendInteger(valueIn<arrow::Int64Array>(array, row), out); return;
    case TypeKind::kFloat: appendJavaNumber(valueIn<arrow::FloatArray>(array, row), out); return;
    case TypeKind::kDouble: appendJavaNumber(valueIn<arrow::DoubleArray>(array, row), out); return;
    case TypeKind::kDecimal: {
      const Int128 value = ArrayValues<Int128>(*array.data())[row];
      if (context.wraps()) {
        appendDecimalScientific(value, type.scale(), out);
      } else {
        appendDecimal(value, type.scale(), out);
      }
      return;
    }
    case TypeKind::kString:
    case TypeKind::kChar:
    case TypeKind::kVarchar:
      out += arrow::internal::checked_cast<const arrow::StringArray&>(array).GetView(row);
      return;
    case TypeKind::kBinary:
      appendRepairedUtf8(
          arrow::internal::checked_cast<const arrow::BinaryArray&>(array).GetView(row), out);
      return;
    case TypeKind::kDate: appendDate(valueIn<arrow::Date32Array>(array, row), out); return;
    case TypeKind::kTimestamp:
      appendTimestamp(context.zone->toLocal(valueIn<arrow::TimestampArray>(array, row)), out);
      return;
    case TypeKind::kTimestampNtz:
      appendTimestamp(valueIn<arrow::TimestampArray>(array, row), out);
      return;
    case TypeKind::kDayTimeInterval:
      appendDayTimeInterval(valueIn<arrow::DurationArray>(array, row), type, out);
      return;
    case TypeKind::kYearMonthInterval:
      appendYearMonthInterval(valueIn<arrow::MonthIntervalArray>(array, row), type, out);
      return;
    case TypeKind::kCalendarInterval:
      appendCalendarInterval(ArrayValues<CalendarInterval>(*array.data())[row], out);
      return;
    case TypeKind::kArray:
    case TypeKind::kMap:
    case TypeKind::kStruct: appendNested(array, row, type, context, out); return;
  }
}

}  // namespace

Result<ArrayPtr> castFromText(const ArrayPtr& value, const CastContext& context) {
  const DataType& to = context.to;
  switch (to.kind()) {
    case TypeKind::kBoolean: return parseColumn<bool>(value, context, parseBoolean);
    case TypeKind::kByte: return parseIntegers<int8_t>(value, context);
    case TypeKind::kShort: return parseIntegers<int16_t>(value, context);
    case TypeKind::kInteger: return parseIntegers<int32_t>(value, context);
    case TypeKind::kLong: return parseIntegers<int64_t>(value, context);
    case TypeKind::kFloat: return parseColumn<float>(value, context, parseFloat);
    case TypeKind::kDouble: return parseColumn<double>(value, context, parseDouble);
    case TypeKind::kDecimal: return parseDecimals(value, context);
    case TypeKind::kDate: return parseColumn<int32_t>(value, context, parseDate);
    case TypeKind::kTimestamp: {
      const int64_t now = std::chrono::duration_cast<std::chrono::microseconds>(
                              std::chrono::system_clock::now().time_since_epoch())
                              .count();
      return parseColumn<int64_t>(value, context, [&](std::string_view text) {
        return parseTimestamp(text, *context.zone, now);
      });
    }
    case TypeKind::kTimestampNtz: return parseColumn<int64_t>(value, context, parseTimestampNtz);
    case TypeKind::kDayTimeInterval:
      return parseColumn<int64_t>(
          value, context, [&](std::string_view text) { return parseDayTimeInterval(text, to); });
    case TypeKind::kYearMonthInterval:
      return parseColumn<int32_t>(
          value, context, [&](std::string_view text) { return parseYearMonthInterval(text, to); });
    default: return parseColumn<CalendarInterval>(value, context, parseCalendarInterval);
  }
}

Result<ArrayPtr> castToText(const ArrayPtr& value, const CastContext& context) {
  TextWriter out;
  SPATE_FAIL_IF_ERROR(out.reserve(value->length(), value->length() * 8));
  std::string text;
  for (int64_t i = 0; i < value->length(); ++i) {
    if (value->IsNull(i)) {
      SPATE_FAIL_IF_ERROR(out.appendNull());
      continue;
    }
    text.clear();
    appendText(*value, i, context.from, context, text);
    SPATE_FAIL_IF_ERROR(out.append(text));
  }
  return out.finish(arrow::utf8());
}

}  // namespace spate
