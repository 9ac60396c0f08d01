#include "spate/types/PrettyString.h"

#include <arrow/array.h>
#include <arrow/array/array_decimal.h>
#include <arrow/util/decimal.h>
#include <fmt/format.h>

#include <array>
#include <iterator>

#include "spate/types/ArrowValues.h"
#include "spate/types/Datum.h"
#include "spate/types/ToString.h"
#include "spate/types/Variant.h"

namespace spate {
namespace {

constexpr int64_t kMicrosPerSecond = 1'000'000;
constexpr int64_t kMicrosPerDay = 86'400 * kMicrosPerSecond;

int64_t floorDivide(int64_t value, int64_t by) {
  return value / by - (value % by != 0 && (value < 0) != (by < 0) ? 1 : 0);
}

/// ".5", ".000001", or nothing.
void appendFraction(int64_t micros, std::string& out) {
  if (micros == 0) return;
  const size_t begin = out.size();
  fmt::format_to(std::back_inserter(out), ".{:06}", micros);
  while (out.size() > begin && out.back() == '0') out.pop_back();
}

/// "4", "4.5", "04.5" of micros below a minute.
void appendSeconds(uint64_t micros, bool padded, std::string& out) {
  fmt::format_to(std::back_inserter(out), "{:0{}}", micros / kMicrosPerSecond, padded ? 2 : 1);
  appendFraction(static_cast<int64_t>(micros % kMicrosPerSecond), out);
}

void appendUpper(std::string_view text, std::string& out) {
  for (const char c : text) out += static_cast<char>(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c);
}

/// " DAY TO SECOND", or " DAY" of one unit.
void appendUnits(IntervalUnit start, IntervalUnit end, std::string& out) {
  out += "' ";
  appendUpper(toString(start), out);
  if (start == end) return;
  out += " TO ";
  appendUpper(toString(end), out);
}

void appendHex(std::string_view bytes, std::string& out) {
  constexpr const char* kHex = "0123456789ABCDEF";
  out += '[';
  for (size_t i = 0; i < bytes.size(); ++i) {
    const auto byte = static_cast<unsigned char>(bytes[i]);
    if (i > 0) out += ' ';
    out.append({kHex[byte >> 4], kHex[byte & 15]});
  }
  out += ']';
}

template <class ArrayType>
auto valueAt(const arrow::Array& column, int64_t row) {
  return static_cast<const ArrayType&>(column).Value(row);
}
template <class ArrayType>
std::string_view viewAt(const arrow::Array& column, int64_t row) {
  return static_cast<const ArrayType&>(column).GetView(row);
}

void appendElements(const arrow::Array& elements, const DataType& type, int64_t begin, int64_t end,
                    const TimeZone& zone, std::string& out) {
  for (int64_t i = begin; i < end; ++i) {
    if (i > begin) out += ", ";
    appendPretty(elements, type, i, zone, out);
  }
}

void appendNested(const arrow::Array& column, const DataType& type, int64_t row,
                  const TimeZone& zone, std::string& out) {
  if (type.is(TypeKind::kArray)) {
    const auto& list = static_cast<const arrow::ListArray&>(column);
    out += '[';
    appendElements(*list.values(), type.elementType(), list.value_offset(row),
                   list.value_offset(row + 1), zone, out);
    out += ']';
  } else if (type.is(TypeKind::kMap)) {
    const auto& map = static_cast<const arrow::MapArray&>(column);
    out += '{';
    for (int64_t i = map.value_offset(row); i < map.value_offset(row + 1); ++i) {
      if (i > map.value_offset(row)) out += ", ";
      appendPretty(*map.keys(), type.keyType(), i, zone, out);
      out += " -> ";
      appendPretty(*map.items(), type.valueType(), i, zone, out);
    }
    out += '}';
  } else {
    const auto& structure = static_cast<const arrow::StructArray&>(column);
    out += '{';
    for (size_t i = 0; i < type.fields().size(); ++i) {
      if (i > 0) out += ", ";
      appendPretty(*structure.field(static_cast<int>(i)), type.fields()[i].type, row, zone, out);
    }
    out += '}';
  }
}

}  // namespace

void appendDate(int32_t daysSinceEpoch, std::string& out) {
  // std::chrono::year has 16 bits, Spark's dates have years of more: days are counted in eras of
  // 400 years from 0000-03-01.
  const int64_t z = int64_t{daysSinceEpoch} + 719'468;
  const int64_t era = floorDivide(z, 146'097);
  const int64_t dayOfEra = z - era * 146'097;
  const int64_t yearOfEra =
      (dayOfEra - dayOfEra / 1460 + dayOfEra / 36'524 - dayOfEra / 146'096) / 365;
  const int64_t dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100);
  const int64_t shifted = (5 * dayOfYear + 2) / 153;
  const int64_t day = dayOfYear - (153 * shifted + 2) / 5 + 1;
  const int64_t month = shifted < 10 ? shifted + 3 : shifted - 9;
  const int64_t year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0);
  if (year > 9999) out += '+';
  if (year < 0) out += '-';
  fmt::format_to(std::back_inserter(out), "{:04}-{:02}-{:02}", year < 0 ? -year : year, month, day);
}

void appendDateTime(int64_t localMicros, std::string& out) {
  const int64_t days = floorDivide(localMicros, kMicrosPerDay);
  const int64_t micros = localMicros - days * kMicrosPerDay;
  const int64_t seconds = micros / kMicrosPerSecond;
  appendDate(static_cast<int32_t>(days), out);
  fmt::format_to(std::back_inserter(out), " {:02}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60,
                 seconds % 60);
  appendFraction(micros % kMicrosPerSecond, out);
}

void appendDecimal(std::string_view unscaledDigits, int scale, std::string& out) {
  std::string_view digits = unscaledDigits;
  if (digits.starts_with('-')) {
    out += '-';
    digits.remove_prefix(1);
  }
  const auto places = static_cast<size_t>(scale);
  if (scale <= 0) {
    out += digits;
    if (digits != "0") out.append(static_cast<size_t>(-scale), '0');
    return;
  }
  if (digits.size() <= places) {
    out += "0.";
    out.append(places - digits.size(), '0');
    out += digits;
    return;
  }
  out += digits.substr(0, digits.size() - places);
  out += '.';
  out += digits.substr(digits.size() - places);
}

void appendDayTimeInterval(int64_t micros, IntervalUnit start, IntervalUnit end, std::string& out) {
  // As unsigned: the smallest number has no positive counterpart.
  uint64_t rest = micros < 0 ? 0 - static_cast<uint64_t>(micros) : static_cast<uint64_t>(micros);
  constexpr std::array<uint64_t, 4> kUnits = {kMicrosPerDay, 3'600'000'000, 60'000'000, 1};
  const auto indexOf = [](IntervalUnit unit) {
    return static_cast<size_t>(unit) - static_cast<size_t>(IntervalUnit::kDay);
  };
  out += "INTERVAL '";
  if (micros < 0) out += '-';
  for (size_t unit = indexOf(start); unit <= indexOf(end); ++unit) {
    const bool isFirst = unit == indexOf(start);
    if (!isFirst) out += unit == 1 ? ' ' : ':';
    if (unit == 3) {
      appendSeconds(rest, !isFirst || rest >= 10'000'000, out);
      break;
    }
    fmt::format_to(std::back_inserter(out), "{:0{}}", rest / kUnits[unit], isFirst ? 1 : 2);
    rest %= kUnits[unit];
  }
  appendUnits(start, end, out);
}

void appendYearMonthInterval(int32_t months, IntervalUnit start, IntervalUnit end,
                             std::string& out) {
  const int64_t all = months < 0 ? -int64_t{months} : int64_t{months};
  out += "INTERVAL '";
  if (months < 0) out += '-';
  if (start == IntervalUnit::kMonth) {
    fmt::format_to(std::back_inserter(out), "{}", all);
  } else if (end == IntervalUnit::kYear) {
    fmt::format_to(std::back_inserter(out), "{}", all / 12);
  } else {
    fmt::format_to(std::back_inserter(out), "{}-{}", all / 12, all % 12);
  }
  appendUnits(start, end, out);
}

void appendCalendarInterval(int32_t months, int32_t days, int64_t micros, std::string& out) {
  const size_t begin = out.size();
  const auto append = [&](int64_t value, std::string_view unit) {
    if (value != 0) fmt::format_to(std::back_inserter(out), "{} {} ", value, unit);
  };
  append(months / 12, "years");
  append(months % 12, "months");
  append(days, "days");
  append(micros / 3'600'000'000, "hours");
  append(micros / 60'000'000 % 60, "minutes");
  const int64_t rest = micros % 60'000'000;
  if (rest != 0) {
    if (rest < 0) out += '-';
    appendSeconds(static_cast<uint64_t>(rest < 0 ? -rest : rest), false, out);
    out += " seconds ";
  }
  if (out.size() == begin) {
    out += "0 seconds";
  } else {
    out.pop_back();
  }
}

void appendPretty(const arrow::Array& column, const DataType& type, int64_t row,
                  const TimeZone& zone, std::string& out) {
  if (type.is(TypeKind::kNull) || column.IsNull(row)) {
    out += "NULL";
    return;
  }
  const auto number = [&](auto value) { fmt::format_to(std::back_inserter(out), "{}", value); };
  switch (type.kind()) {
    case TypeKind::kBoolean:
      out += valueAt<arrow::BooleanArray>(column, row) ? "true" : "false";
      break;
    case TypeKind::kByte: number(int{valueAt<arrow::Int8Array>(column, row)}); break;
    case TypeKind::kShort: number(valueAt<arrow::Int16Array>(column, row)); break;
    case TypeKind::kInteger: number(valueAt<arrow::Int32Array>(column, row)); break;
    case TypeKind::kLong: number(valueAt<arrow::Int64Array>(column, row)); break;
    case TypeKind::kFloat: appendJavaNumber(valueAt<arrow::FloatArray>(column, row), out); break;
    case TypeKind::kDouble: appendJavaNumber(valueAt<arrow::DoubleArray>(column, row), out); break;
    case TypeKind::kDecimal: {
      const auto& decimals = static_cast<const arrow::Decimal128Array&>(column);
      appendDecimal(arrow::Decimal128(decimals.GetValue(row)).ToIntegerString(), type.scale(), out);
      break;
    }
    case TypeKind::kString:
    case TypeKind::kChar:
    case TypeKind::kVarchar: out += viewAt<arrow::StringArray>(column, row); break;
    case TypeKind::kBinary: appendHex(viewAt<arrow::BinaryArray>(column, row), out); break;
    case TypeKind::kDate: appendDate(valueAt<arrow::Date32Array>(column, row), out); break;
    case TypeKind::kTimestamp:
      appendDateTime(zone.toLocal(valueAt<arrow::TimestampArray>(column, row)), out);
      break;
    case TypeKind::kTimestampNtz:
      appendDateTime(valueAt<arrow::TimestampArray>(column, row), out);
      break;
    case TypeKind::kDayTimeInterval:
      appendDayTimeInterval(valueAt<arrow::DurationArray>(column, row), type.startUnit(),
                            type.endUnit(), out);
      break;
    case TypeKind::kYearMonthInterval:
      appendYearMonthInterval(valueAt<arrow::MonthIntervalArray>(column, row), type.startUnit(),
                              type.endUnit(), out);
      break;
    case TypeKind::kCalendarInterval: {
      const auto value = static_cast<const arrow::MonthDayNanoIntervalArray&>(column).GetValue(row);
      appendCalendarInterval(value.months, value.days, value.nanoseconds / 1000, out);
      break;
    }
    case TypeKind::kVariant: {
      // Bytes that are no variant have no text.
      const Datum variant = spate::valueAt(column, row, type);
      const Row& parts = *variant.as<Row>();
      (void)VariantView(*parts[0].as<std::string>(), *parts[1].as<std::string>())
          .appendJson(zone, out);
      break;
    }
    default: appendNested(column, type, row, zone, out); break;
  }
}

}  // namespace spate
