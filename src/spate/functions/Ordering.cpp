#include "spate/functions/Ordering.h"

#include <arrow/array/array_base.h>
#include <arrow/array/array_binary.h>
#include <arrow/array/array_nested.h>
#include <arrow/array/array_primitive.h>
#include <arrow/util/checked_cast.h>

#include <algorithm>
#include <tuple>

#include "spate/types/Columns.h"

namespace spate {
namespace {

using arrow::internal::checked_cast;

template <class T>
int compareRaw(const arrow::Array& a, int64_t i, const arrow::Array& b, int64_t j) {
  const T left = ArrayValues<T>(*a.data())[i];
  const T right = ArrayValues<T>(*b.data())[j];
  if constexpr (std::is_floating_point_v<T>) {
    return compareFloats(left, right);
  } else {
    return left < right ? -1 : (right < left ? 1 : 0);
  }
}

int compareNullable(const arrow::Array& a, int64_t i, const arrow::Array& b, int64_t j,
                    const DataType& type) {
  const bool leftNull = a.IsNull(i);
  const bool rightNull = b.IsNull(j);
  if (leftNull || rightNull) return static_cast<int>(rightNull) - static_cast<int>(leftNull);
  return compareValues(a, i, b, j, type);
}

int compareLists(const arrow::Array& a, int64_t i, const arrow::Array& b, int64_t j,
                 const DataType& type) {
  const auto& left = checked_cast<const arrow::ListArray&>(a);
  const auto& right = checked_cast<const arrow::ListArray&>(b);
  const int64_t shared = std::min(left.value_length(i), right.value_length(j));
  for (int64_t k = 0; k < shared; ++k) {
    const int order = compareNullable(*left.values(), left.value_offset(i) + k, *right.values(),
                                      right.value_offset(j) + k, type.elementType());
    if (order != 0) return order;
  }
  return left.value_length(i) - right.value_length(j);
}

int compareStructs(const arrow::Array& a, int64_t i, const arrow::Array& b, int64_t j,
                   const DataType& type) {
  const auto& left = checked_cast<const arrow::StructArray&>(a);
  const auto& right = checked_cast<const arrow::StructArray&>(b);
  for (int k = 0; k < left.num_fields(); ++k) {
    const int order = compareNullable(*left.field(k), i, *right.field(k), j,
                                      type.fields()[static_cast<size_t>(k)].type);
    if (order != 0) return order;
  }
  return 0;
}

int compareIntervals(const arrow::Array& a, int64_t i, const arrow::Array& b, int64_t j) {
  const CalendarInterval left = ArrayValues<CalendarInterval>(*a.data())[i];
  const CalendarInterval right = ArrayValues<CalendarInterval>(*b.data())[j];
  const auto key = [](const CalendarInterval& v) { return std::tuple(v.months, v.days, v.micros); };
  return key(left) < key(right) ? -1 : (key(right) < key(left) ? 1 : 0);
}

}  // namespace

bool isOrderable(const DataType& type) {
  switch (type.kind()) {
    case TypeKind::kMap:
    case TypeKind::kVariant:
    case TypeKind::kCalendarInterval: return false;
    case TypeKind::kArray: return isOrderable(type.elementType());
    case TypeKind::kStruct:
      return std::ranges::all_of(type.fields(),
                                 [](const StructField& field) { return isOrderable(field.type); });
    default: return true;
  }
}

bool isComparable(const DataType& type) {
  if (type.is(TypeKind::kCalendarInterval)) return true;
  if (type.is(TypeKind::kArray)) return isComparable(type.elementType());
  if (type.is(TypeKind::kStruct)) {
    return std::ranges::all_of(type.fields(),
                               [](const StructField& field) { return isComparable(field.type); });
  }
  return isOrderable(type);
}

int compareValues(const arrow::Array& a, int64_t i, const arrow::Array& b, int64_t j,
                  const DataType& type) {
  switch (type.kind()) {
    case TypeKind::kNull:
    case TypeKind::kMap:
    case TypeKind::kVariant: return 0;
    case TypeKind::kBoolean: return compareRaw<bool>(a, i, b, j);
    case TypeKind::kByte: return compareRaw<int8_t>(a, i, b, j);
    case TypeKind::kShort: return compareRaw<int16_t>(a, i, b, j);
    case TypeKind::kInteger:
    case TypeKind::kDate:
    case TypeKind::kYearMonthInterval: return compareRaw<int32_t>(a, i, b, j);
    case TypeKind::kLong:
    case TypeKind::kTimestamp:
    case TypeKind::kTimestampNtz:
    case TypeKind::kDayTimeInterval: return compareRaw<int64_t>(a, i, b, j);
    case TypeKind::kFloat: return compareRaw<float>(a, i, b, j);
    case TypeKind::kDouble: return compareRaw<double>(a, i, b, j);
    case TypeKind::kDecimal: return compareRaw<Int128>(a, i, b, j);
    case TypeKind::kString:
    case TypeKind::kChar:
    case TypeKind::kVarchar:
    case TypeKind::kBinary: return compareRaw<std::string_view>(a, i, b, j);
    case TypeKind::kCalendarInterval: return compareIntervals(a, i, b, j);
    case TypeKind::kArray: return compareLists(a, i, b, j, type);
    case TypeKind::kStruct: return compareStructs(a, i, b, j, type);
  }
  return 0;
}

}  // namespace spate
