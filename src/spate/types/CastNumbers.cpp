#include <arrow/array/array_base.h>
#include <arrow/array/array_primitive.h>
#include <arrow/array/builder_primitive.h>
#include <arrow/datum.h>
#include <arrow/type.h>
#include <arrow/type_traits.h>

#include <cmath>
#include <limits>

#include "spate/types/ArrowTypes.h"
#include "spate/types/CastKernels.h"
#include "spate/types/CastText.h"
#include "spate/types/Columns.h"
#include "spate/types/ToString.h"

namespace spate {
namespace {

template <class T>
std::string sqlText(T value, std::string_view suffix) {
  std::string text;
  if constexpr (std::is_floating_point_v<T>) {
    appendJavaNumber(value, text);
  } else {
    text = std::to_string(value);
  }
  text += suffix;
  return text;
}

/// A value as Spark writes it into a message: 1L, 1S, 1.0D, 1.0BD.
template <class T>
std::string messageText(T value, const DataType& type) {
  switch (type.kind()) {
    case TypeKind::kByte: return sqlText(value, "Y");
    case TypeKind::kShort: return sqlText(value, "S");
    case TypeKind::kLong: return sqlText(value, "L");
    case TypeKind::kDouble: return sqlText(value, "D");
    case TypeKind::kFloat: {
      return "CAST('" + sqlText(value, "") + "' AS FLOAT)";
    }
    default: return sqlText(value, "");
  }
}

std::string decimalMessageText(Int128 value, int scale) {
  std::string text;
  appendDecimal(value, scale, text);
  return text + "BD";
}

/// Java's conversion of a floating number to an integer: cut off, NaN is 0, the rest saturates.
template <class To, class From>
To saturated(From value) {
  using Wide = std::conditional_t<(sizeof(To) > 4), int64_t, int32_t>;
  if (std::isnan(value)) return 0;
  // The largest Wide is no float: compare with the power of two behind it.
  if (value >= -static_cast<From>(std::numeric_limits<Wide>::min())) {
    return static_cast<To>(std::numeric_limits<Wide>::max());
  }
  if (value < static_cast<From>(std::numeric_limits<Wide>::min())) {
    return static_cast<To>(std::numeric_limits<Wide>::min());
  }
  return static_cast<To>(static_cast<Wide>(value));
}

template <class To, class From>
bool floatFits(From value) {
  const From limit = -static_cast<From>(std::numeric_limits<To>::min());
  return std::floor(value) < limit && std::ceil(value) >= -limit;
}

Result<ArrayPtr> arrayOf(Result<arrow::Datum> datum) {
  if (!datum) return failure(std::move(datum).error());
  return datum->make_array();
}

template <class From, class To>
Result<ArrayPtr> castPrimitive(const ArrayPtr& value, const CastContext& context,
                               const std::shared_ptr<arrow::DataType>& type) {
  const arrow::Datum arguments[] = {arrow::Datum(value)};
  const int64_t rows = value->length();
  constexpr bool kToInteger = std::is_integral_v<To> && !std::is_same_v<To, bool>;
  constexpr bool kNarrows = kToInteger && std::is_integral_v<From> && sizeof(From) > sizeof(To);
  constexpr bool kCuts = kToInteger && std::is_floating_point_v<From>;
  if constexpr (kNarrows || kCuts) {
    const auto convert = [](From v) {
      if constexpr (kCuts) {
        return saturated<To>(v);
      } else {
        return static_cast<To>(v);
      }
    };
    if (context.wraps()) return arrayOf(mapColumns<To, From>(type, arguments, rows, convert));
    const auto error = [&](From v) {
      return castOverflow(messageText(v, context.from), context.from, context.to);
    };
    const auto checked = [&](From v, To& out) {
      out = convert(v);
      if constexpr (kCuts) {
        return floatFits<To>(v);
      } else {
        return static_cast<From>(out) == v;
      }
    };
    return arrayOf(
        mapChecked<To, From>(type, arguments, rows, checked, context.fails() ? &error : nullptr));
  } else {
    return arrayOf(mapColumns<To, From>(type, arguments, rows, [](From v) {
      if constexpr (std::is_same_v<To, bool>) {
        return v != From{};
      } else {
        return static_cast<To>(v);
      }
    }));
  }
}

/// Nulls for NaN and the infinities, which Spark casts to no decimal, but to null, also where a
/// number that does not fit is an error.
template <class From>
Result<ArrayPtr> finiteOf(const ArrayPtr& value) {
  const auto& numbers =
      static_cast<const arrow::NumericArray<typename arrow::CTypeTraits<From>::ArrowType>&>(*value);
  const auto isOther = [&](int64_t i) {
    return numbers.IsValid(i) && !std::isfinite(numbers.Value(i));
  };
  int64_t first = 0;
  while (first < numbers.length() && !isOther(first)) ++first;
  if (first == numbers.length()) return value;
  arrow::NumericBuilder<typename arrow::CTypeTraits<From>::ArrowType> finite;
  SPATE_FAIL_IF_ERROR(fromArrow(finite.Reserve(numbers.length())));
  for (int64_t i = 0; i < numbers.length(); ++i) {
    if (numbers.IsNull(i) || isOther(i)) {
      finite.UnsafeAppendNull();
    } else {
      finite.UnsafeAppend(numbers.Value(i));
    }
  }
  auto made = finite.Finish();
  if (!made.ok()) return failure(fromArrow(made.status()));
  return *std::move(made);
}

template <class From>
Result<ArrayPtr> castPrimitiveToDecimal(const ArrayPtr& given, const CastContext& context,
                                        const std::shared_ptr<arrow::DataType>& type) {
  ArrayPtr value = given;
  if constexpr (std::is_floating_point_v<From>) {
    SPATE_ASSIGN_OR_FAIL(value, finiteOf<From>(given));
  }
  const arrow::Datum arguments[] = {arrow::Datum(value)};
  const int precision = context.to.precision();
  const int scale = context.to.scale();
  const auto error = [&](From v) { return decimalOutOfRange(sqlText(v, ""), precision, scale); };
  const auto convert = [&](From v, Int128& out) {
    if constexpr (std::is_floating_point_v<From>) {
      std::string text;
      appendJavaNumber(static_cast<double>(v), text);
      return parseDecimal(text, precision, scale, out) == DecimalParse::kOk;
    } else {
      return rescaleDecimal(Int128{v}, 0, precision, scale, out);
    }
  };
  return arrayOf(mapChecked<Int128, From>(type, arguments, value->length(), convert,
                                          context.fails() ? &error : nullptr));
}

template <class To>
Result<ArrayPtr> castDecimalToInteger(const ArrayPtr& value, const CastContext& context,
                                      const std::shared_ptr<arrow::DataType>& type) {
  const arrow::Datum arguments[] = {arrow::Datum(value)};
  const int scale = context.from.scale();
  const Int128 divisor = powerOfTen(scale);
  const bool wraps = context.wraps();
  const auto error = [&](Int128 v) {
    return castOverflow(decimalMessageText(v, scale), context.from, context.to);
  };
  const auto convert = [&](Int128 v, To& out) {
    const Int128 whole = v / divisor;
    out = static_cast<To>(whole);
    return wraps || Int128{out} == whole;
  };
  return arrayOf(mapChecked<To, Int128>(type, arguments, value->length(), convert,
                                        context.fails() ? &error : nullptr));
}

Result<ArrayPtr> castFromDecimal(const ArrayPtr& value, const CastContext& context,
                                 const std::shared_ptr<arrow::DataType>& type) {
  const arrow::Datum arguments[] = {arrow::Datum(value)};
  const int64_t rows = value->length();
  const int scale = context.from.scale();
  switch (context.to.kind()) {
    case TypeKind::kByte: return castDecimalToInteger<int8_t>(value, context, type);
    case TypeKind::kShort: return castDecimalToInteger<int16_t>(value, context, type);
    case TypeKind::kInteger: return castDecimalToInteger<int32_t>(value, context, type);
    case TypeKind::kLong: return castDecimalToInteger<int64_t>(value, context, type);
    case TypeKind::kFloat:
      return arrayOf(mapColumns<float, Int128>(type, arguments, rows, [scale](Int128 v) {
        return static_cast<float>(decimalToDouble(v, scale));
      }));
    case TypeKind::kDouble:
      return arrayOf(mapColumns<double, Int128>(
          type, arguments, rows, [scale](Int128 v) { return decimalToDouble(v, scale); }));
    case TypeKind::kBoolean:
      return arrayOf(
          mapColumns<bool, Int128>(type, arguments, rows, [](Int128 v) { return v != 0; }));
    default: break;
  }
  const int precision = context.to.precision();
  const int toScale = context.to.scale();
  const auto error = [&](Int128 v) {
    std::string text;
    appendDecimal(v, scale, text);
    return decimalOutOfRange(text, precision, toScale);
  };
  const auto convert = [&](Int128 v, Int128& out) {
    return rescaleDecimal(v, scale, precision, toScale, out);
  };
  return arrayOf(mapChecked<Int128, Int128>(type, arguments, rows, convert,
                                            context.fails() ? &error : nullptr));
}

template <class From>
Result<ArrayPtr> castFrom(const ArrayPtr& value, const CastContext& context,
                          const std::shared_ptr<arrow::DataType>& type) {
  switch (context.to.kind()) {
    case TypeKind::kBoolean: return castPrimitive<From, bool>(value, context, type);
    case TypeKind::kByte: return castPrimitive<From, int8_t>(value, context, type);
    case TypeKind::kShort: return castPrimitive<From, int16_t>(value, context, type);
    case TypeKind::kInteger: return castPrimitive<From, int32_t>(value, context, type);
    case TypeKind::kLong: return castPrimitive<From, int64_t>(value, context, type);
    case TypeKind::kFloat: return castPrimitive<From, float>(value, context, type);
    case TypeKind::kDouble: return castPrimitive<From, double>(value, context, type);
    default: return castPrimitiveToDecimal<From>(value, context, type);
  }
}

}  // namespace

Result<ArrayPtr> castNumber(const ArrayPtr& value, const CastContext& context) {
  SPATE_ASSIGN_OR_FAIL(const auto type, toArrowType(context.to));
  switch (context.from.kind()) {
    case TypeKind::kBoolean: return castFrom<bool>(value, context, type);
    case TypeKind::kByte: return castFrom<int8_t>(value, context, type);
    case TypeKind::kShort: return castFrom<int16_t>(value, context, type);
    case TypeKind::kInteger: return castFrom<int32_t>(value, context, type);
    case TypeKind::kLong: return castFrom<int64_t>(value, context, type);
    case TypeKind::kFloat: return castFrom<float>(value, context, type);
    case TypeKind::kDouble: return castFrom<double>(value, context, type);
    default: return castFromDecimal(value, context, type);
  }
}

}  // namespace spate
