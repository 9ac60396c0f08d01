#include "spate/functions/TypeCoercion.h"

#include <strings.h>

#include <algorithm>

#include "spate/types/StoreAssignment.h"

namespace spate {
namespace {

using Kind = TypeKind;

bool isDatetime(const DataType& type) {
  return type.is(Kind::kDate) || type.is(Kind::kTimestamp) || type.is(Kind::kTimestampNtz);
}

bool isAtomic(const DataType& type) {
  return !type.isNested() && !type.is(Kind::kNull) && !type.is(Kind::kCalendarInterval) &&
         !type.is(Kind::kVariant);
}

std::optional<DataType> widerInterval(const DataType& a, const DataType& b) {
  if (a.kind() != b.kind()) return std::nullopt;
  const IntervalUnit start = std::min(a.startUnit(), b.startUnit());
  const IntervalUnit end = std::max(a.endUnit(), b.endUnit());
  return a.is(Kind::kDayTimeInterval) ? DataType::dayTimeIntervalType(start, end)
                                      : DataType::yearMonthIntervalType(start, end);
}

template <class Wider>
std::optional<DataType> widerNested(const DataType& a, const DataType& b, Wider wider) {
  if (a.kind() != b.kind()) return std::nullopt;
  if (a.is(Kind::kArray)) {
    const auto element = wider(a.elementType(), b.elementType());
    if (!element) return std::nullopt;
    return DataType::arrayOf(*element, a.containsNull() || b.containsNull());
  }
  if (a.is(Kind::kMap)) {
    const auto key = wider(a.keyType(), b.keyType());
    const auto value = wider(a.valueType(), b.valueType());
    if (!key || !value) return std::nullopt;
    return DataType::mapOf(*key, *value, a.valueContainsNull() || b.valueContainsNull());
  }
  if (!a.is(Kind::kStruct) || a.fields().size() != b.fields().size()) return std::nullopt;
  std::vector<StructField> fields;
  for (size_t i = 0; i < a.fields().size(); ++i) {
    const StructField& left = a.fields()[i];
    const StructField& right = b.fields()[i];
    if (strcasecmp(left.name.c_str(), right.name.c_str()) != 0) return std::nullopt;
    const auto type = wider(left.type, right.type);
    if (!type) return std::nullopt;
    fields.push_back({left.name, *type, left.nullable || right.nullable});
  }
  return DataType::structOf(std::move(fields));
}

/// The type of a text beside a value of another type, by ANSI rules.
std::optional<DataType> ansiTypeBesideText(const DataType& text, const DataType& other) {
  if (other.isIntegral()) return DataType::longType();
  if (other.isNumeric()) return DataType::doubleType();
  if (other.is(Kind::kNull)) return text;
  if (other.is(Kind::kDayTimeInterval) || other.is(Kind::kYearMonthInterval)) return std::nullopt;
  if (isAtomic(other)) return other;
  return std::nullopt;
}

std::optional<DataType> widerType(const DataType& a, const DataType& b, bool ansi) {
  if (auto tightest = tightestCommonType(a, b, ansi)) return tightest;
  if (a.isNumeric() && b.isNumeric()) {
    const auto isFloat = [](const DataType& t) {
      return t.is(Kind::kFloat) || t.is(Kind::kDouble);
    };
    if (isFloat(a) || isFloat(b)) return DataType::doubleType();
    return widerDecimal(decimalFor(a), decimalFor(b));
  }
  if (a.isText() && b.isText()) return DataType::stringType();
  if (a.isText() != b.isText()) {
    const DataType& other = a.isText() ? b : a;
    if (ansi) return ansiTypeBesideText(DataType::stringType(), other);
    if (isAtomic(other) && !other.is(Kind::kBinary) && !other.is(Kind::kBoolean)) {
      return DataType::stringType();
    }
    return std::nullopt;
  }
  return widerNested(
      a, b, [ansi](const DataType& l, const DataType& r) { return widerType(l, r, ansi); });
}

/// Both arrays, both maps or both structs of as many fields, whose parts are all castable.
template <class Castable>
bool isNestedCastable(const DataType& from, const DataType& to, Castable castable) {
  if (from.kind() != to.kind()) return false;
  if (from.is(Kind::kArray)) return castable(from.elementType(), to.elementType());
  if (from.is(Kind::kMap)) {
    return castable(from.keyType(), to.keyType()) && castable(from.valueType(), to.valueType());
  }
  return std::ranges::equal(
      from.fields(), to.fields(),
      [&](const StructField& a, const StructField& b) { return castable(a.type, b.type); });
}

}  // namespace

DataType boundedDecimal(int precision, int scale) {
  return DataType::decimalType(std::min(precision, 38), std::min(scale, 38));
}

DataType adjustedDecimal(int precision, int scale) {
  if (precision <= 38) return DataType::decimalType(precision, scale);
  const int integral = precision - scale;
  return DataType::decimalType(38, std::max(38 - integral, std::min(scale, 6)));
}

DataType decimalFor(const DataType& type) {
  switch (type.kind()) {
    case Kind::kByte: return DataType::decimalType(3, 0);
    case Kind::kShort: return DataType::decimalType(5, 0);
    case Kind::kInteger: return DataType::decimalType(10, 0);
    case Kind::kLong: return DataType::decimalType(20, 0);
    case Kind::kFloat: return DataType::decimalType(14, 7);
    case Kind::kDouble: return DataType::decimalType(30, 15);
    case Kind::kDecimal: return type;
    default: return DataType::decimalType(38, 18);
  }
}

DataType widerDecimal(const DataType& a, const DataType& b) {
  const int scale = std::max(a.scale(), b.scale());
  const int range = std::max(a.precision() - a.scale(), b.precision() - b.scale());
  if (range + scale <= 38) return DataType::decimalType(range + scale, scale);
  return DataType::decimalType(38, std::max(0, scale - (range + scale - 38)));
}

std::optional<DataType> tightestCommonType(const DataType& a, const DataType& b, bool ansi) {
  if (a == b) return a;
  if (a.is(Kind::kNull)) return b;
  if (b.is(Kind::kNull)) return a;
  if (a.isNumeric() && b.isNumeric() && !a.is(Kind::kDecimal) && !b.is(Kind::kDecimal)) {
    const DataType& wider = a.kind() > b.kind() ? a : b;
    const DataType& narrower = a.kind() > b.kind() ? b : a;
    // A float does not hold every integer.
    if (ansi && wider.is(Kind::kFloat) && narrower.isIntegral()) return DataType::doubleType();
    return wider;
  }
  if (isDatetime(a) && isDatetime(b)) {
    if (a.is(Kind::kTimestamp) || b.is(Kind::kTimestamp)) return DataType::timestampType();
    return DataType::timestampNtzType();
  }
  if (a.is(Kind::kDayTimeInterval) || a.is(Kind::kYearMonthInterval)) return widerInterval(a, b);
  return widerNested(a, b, [ansi](const DataType& l, const DataType& r) {
    return tightestCommonType(l, r, ansi);
  });
}

std::optional<DataType> commonType(const DataType& a, const DataType& b,
                                   const SessionSettings& settings) {
  return widerType(a, b, settings.ansi);
}

std::optional<DataType> commonTypeOf(std::span<const Argument> arguments,
                                     const SessionSettings& settings) {
  DataType common = DataType::nullType();
  // Texts come last: whether they meet a number first must not depend on the order.
  const auto fold = [&](bool texts) {
    for (const Argument& argument : arguments) {
      if (argument.type.isText() != texts) continue;
      const auto wider = commonType(common, argument.type, settings);
      if (!wider) return false;
      common = *wider;
    }
    return true;
  };
  if (!fold(false) || !fold(true)) return std::nullopt;
  return common;
}

std::optional<DataType> comparisonType(const DataType& a, const DataType& b,
                                       const SessionSettings& settings) {
  if (settings.ansi || a.isText() == b.isText()) return commonType(a, b, settings);
  const DataType& other = a.isText() ? b : a;
  // Legacy rules: a text is read as what it is compared with.
  if (other.is(Kind::kDecimal)) return DataType::doubleType();
  if (other.is(Kind::kNull) || other.is(Kind::kBinary)) return DataType::stringType();
  if (isAtomic(other)) return other;
  return std::nullopt;
}

bool isImplicitlyCastable(const DataType& from, const DataType& to, bool ansi) {
  if (from == to || from.is(Kind::kNull)) return true;
  if (ansi) {
    if (from.isText() && !to.isText()) return isAtomic(to);
    // The rule of what may be stored, and a little more.
    if (to.isText() && from.is(Kind::kCalendarInterval)) return true;
    return isStoreAssignable(from, to) || (from.kind() == to.kind() && !from.isNested());
  }
  if (from.isText() && to.isText()) return true;
  if (from.isNested() || to.isNested()) {
    return isNestedCastable(from, to, [](const DataType& a, const DataType& b) {
      return isImplicitlyCastable(a, b, false);
    });
  }
  if (from.isText()) return isAtomic(to) && !to.is(Kind::kBoolean);
  if (to.isText()) return isAtomic(from);
  if (from.isNumeric() && to.isNumeric()) return true;
  if (isDatetime(from) && isDatetime(to)) return true;
  return from.kind() == to.kind();
}

}  // namespace spate
