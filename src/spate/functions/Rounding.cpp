// round, bround, ceil, floor.
#include <arrow/datum.h>
#include <arrow/type.h>

#include <array>
#include <cmath>

#include "spate/functions/Errors.h"
#include "spate/functions/Families.h"
#include "spate/functions/TypeCoercion.h"
#include "spate/types/ArrowTypes.h"
#include "spate/types/CastText.h"
#include "spate/types/Columns.h"
#include "spate/types/ToString.h"

namespace spate {
namespace {

enum class Mode : uint8_t { kHalfUp, kHalfEven, kCeiling, kFloor };

/// value / 10^places, rounded.
Int128 roundedAway(Int128 value, int places, Mode mode) {
  if (places <= 0) return value;
  if (places > 38) {
    if (value == 0 || mode == Mode::kHalfUp || mode == Mode::kHalfEven) return 0;
    return mode == Mode::kCeiling ? (value > 0 ? 1 : 0) : (value < 0 ? -1 : 0);
  }
  const Int128 divisor = powerOfTen(places);
  const Int128 quotient = value / divisor;
  const Int128 rest = value % divisor;
  if (rest == 0) return quotient;
  const Int128 size = rest < 0 ? -rest : rest;
  const int away = value < 0 ? -1 : 1;
  switch (mode) {
    case Mode::kHalfUp: return size >= divisor - size ? quotient + away : quotient;
    case Mode::kHalfEven: {
      const Int128 other = divisor - size;
      if (size != other) return size > other ? quotient + away : quotient;
      return quotient % 2 == 0 ? quotient : quotient + away;
    }
    case Mode::kCeiling: return value > 0 ? quotient + 1 : quotient;
    case Mode::kFloor: return value < 0 ? quotient - 1 : quotient;
  }
  return quotient;
}

/// A double as its shortest text says it, rounded to `scale` places.
double roundedDouble(double value, int scale, Mode mode) {
  if (!std::isfinite(value) || std::fabs(value) >= 9007199254740992.0) {
    if (scale >= 0 || !std::isfinite(value)) return value;
  }
  if (scale == 0 && std::fabs(value) < 4503599627370496.0) {
    const double size = std::fabs(value);
    double whole = std::floor(size);
    const double rest = size - whole;
    const bool isOdd = std::fmod(whole, 2.0) == 1.0;
    if (rest > 0.5 || (rest == 0.5 && (mode == Mode::kHalfUp || isOdd))) whole += 1;
    return std::copysign(whole, value);
  }
  std::string text;
  appendJavaNumber(value, text);
  // 17 digits at most, and as many places as the text has: no double is cut here.
  for (int places = 22; places >= 0; places -= 11) {
    Int128 unscaled = 0;
    if (parseDecimal(text, 38, places, unscaled) != DecimalParse::kOk) continue;
    if (scale >= places) return value;
    const Int128 rounded = roundedAway(unscaled, places - scale, mode);
    if (scale >= 0) return decimalToDouble(rounded, scale);
    return static_cast<double>(rounded) * std::pow(10.0, -scale);
  }
  return value;
}

template <class T>
Kernel integerKernel(int scale, Mode mode, bool ansi,
                     const std::shared_ptr<arrow::DataType>& type) {
  return [=](EvalContext&, std::span<const arrow::Datum> values,
             int64_t rows) -> Result<arrow::Datum> {
    if (scale >= 0) return values[0];
    const std::span<const arrow::Datum> first = values.first(1);
    const auto convert = [=](T value, T& out) {
      const Int128 rounded =
          -scale > 38 ? Int128{0} : roundedAway(value, -scale, mode) * powerOfTen(-scale);
      out = static_cast<T>(rounded);
      return Int128{out} == rounded || !ansi;
    };
    const auto error = [](T) { return arithmeticOverflow("Overflow"); };
    return mapChecked<T, T>(type, first, rows, convert, &error);
  };
}

template <class T>
Kernel floatKernel(int scale, Mode mode, const std::shared_ptr<arrow::DataType>& type) {
  return [=](EvalContext&, std::span<const arrow::Datum> values, int64_t rows) {
    return mapColumns<T, T>(type, values.first(1), rows, [=](T value) {
      if constexpr (std::is_same_v<T, float>) {
        // The float's own shortest text, not that of the double beside it.
        std::string text;
        appendJavaNumber(value, text);
        return static_cast<T>(
            roundedDouble(parseDouble(text).value_or(static_cast<double>(value)), scale, mode));
      } else {
        return roundedDouble(value, scale, mode);
      }
    });
  };
}

Kernel decimalKernel(int fromScale, const DataType& to, int scale, Mode mode, bool ansi,
                     const std::shared_ptr<arrow::DataType>& type) {
  return [=](EvalContext&, std::span<const arrow::Datum> values, int64_t rows) {
    const Int128 limit = powerOfTen(to.precision());
    const auto convert = [&](Int128 value, Int128& out) {
      out = scale >= fromScale ? value : roundedAway(value, fromScale - scale, mode);
      if (scale < 0 && (-scale > 38 || __builtin_mul_overflow(out, powerOfTen(-scale), &out))) {
        return out == 0;
      }
      return out < limit && out > -limit;
    };
    const auto error = [&](Int128 value) {
      std::string text;
      appendDecimal(value, fromScale, text);
      return decimalOutOfRange(text, to.precision(), to.scale());
    };
    return mapChecked<Int128, Int128>(type, values.first(1), rows, convert,
                                      ansi ? &error : nullptr);
  };
}

/// The type of a decimal rounded to `scale` places.
DataType roundedDecimal(const DataType& type, int scale) {
  const int integral = type.precision() - type.scale() + 1;
  if (scale < 0) return boundedDecimal(std::max(integral, -scale + 1), 0);
  const int places = std::min(type.scale(), scale);
  return boundedDecimal(integral + places, places);
}

Result<BoundFunction> bindRound(std::string_view name, std::span<const Argument> arguments,
                                const SessionSettings& settings) {
  SPATE_FAIL_IF_ERROR(checkArgumentCount(name, arguments.size(), 1, 2));
  const Mode mode = name == "bround"  ? Mode::kHalfEven
                    : name == "round" ? Mode::kHalfUp
                    : name == "floor" ? Mode::kFloor
                                      : Mode::kCeiling;
  const std::string sql = arguments.size() == 2
                              ? callText(name, arguments)
                              : std::string(name) + "(" + arguments[0].sql + ", 0)";
  int scale = 0;
  bool isNull = false;
  if (arguments.size() == 2) {
    if (!arguments[1].constant) return failure(nonFoldableInput(sql, "scale", arguments[1]));
    const Datum& given = *arguments[1].constant;
    isNull = given.isNull();
    if (const auto* places = given.as<int32_t>()) scale = *places;
    if (const auto* places = given.as<int16_t>()) scale = *places;
    if (const auto* places = given.as<int8_t>()) scale = *places;
  }
  DataType argument = arguments[0].type;
  if (argument.isText() || argument.is(TypeKind::kNull)) argument = DataType::doubleType();
  // ceil and floor to places are made on decimals only.
  const bool isDirected = mode == Mode::kCeiling || mode == Mode::kFloor;
  if (isDirected && argument.isNumeric()) argument = decimalFor(argument);
  if (!argument.isNumeric()) {
    return failure(unexpectedInputType(sql, 0, "\"NUMERIC\"", arguments[0]));
  }
  const DataType type =
      argument.is(TypeKind::kDecimal) ? roundedDecimal(argument, scale) : argument;
  SPATE_ASSIGN_OR_FAIL(const auto arrowType, toArrowType(type));
  BoundFunction bound{.type = type,
                      .nullable = arguments[0].nullable || isNull,
                      .argumentTypes = {argument},
                      .kernel = nullptr,
                      .sql = sql};
  if (arguments.size() == 2) bound.argumentTypes.push_back(DataType::integerType());
  if (isNull) {
    bound.kernel = [arrowType](EvalContext&, std::span<const arrow::Datum>,
                               int64_t) -> Result<arrow::Datum> { return nullScalar(arrowType); };
    return bound;
  }
  const bool ansi = settings.ansi;
  switch (argument.kind()) {
    case TypeKind::kByte: bound.kernel = integerKernel<int8_t>(scale, mode, ansi, arrowType); break;
    case TypeKind::kShort:
      bound.kernel = integerKernel<int16_t>(scale, mode, ansi, arrowType);
      break;
    case TypeKind::kInteger:
      bound.kernel = integerKernel<int32_t>(scale, mode, ansi, arrowType);
      break;
    case TypeKind::kLong:
      bound.kernel = integerKernel<int64_t>(scale, mode, ansi, arrowType);
      break;
    case TypeKind::kFloat: bound.kernel = floatKernel<float>(scale, mode, arrowType); break;
    case TypeKind::kDouble: bound.kernel = floatKernel<double>(scale, mode, arrowType); break;
    default: bound.kernel = decimalKernel(argument.scale(), type, scale, mode, ansi, arrowType);
  }
  return bound;
}

/// ceil(x) and floor(x): a BIGINT, or a decimal without places.
Result<BoundFunction> bindWhole(std::string_view name, std::span<const Argument> arguments,
                                const SessionSettings& settings) {
  const bool isFloor = name == "floor";
  if (arguments.size() == 2) return bindRound(isFloor ? "floor" : "ceil", arguments, settings);
  SPATE_FAIL_IF_ERROR(checkArgumentCount(name, arguments.size(), 1, 2));
  const std::string sql =
      callText(name == "ceiling" ? "ceiling" : (isFloor ? "FLOOR" : "CEIL"), arguments);
  DataType argument = arguments[0].type;
  if (argument.isIntegral()) argument = DataType::longType();
  if (argument.isText() || argument.is(TypeKind::kFloat) || argument.is(TypeKind::kNull)) {
    argument = DataType::doubleType();
  }
  if (!argument.isNumeric()) {
    return failure(
        unexpectedInputType(sql, 0, "(\"DOUBLE\" or \"DECIMAL\" or \"BIGINT\")", arguments[0]));
  }
  BoundFunction bound{.type = DataType::longType(),
                      .nullable = arguments[0].nullable,
                      .argumentTypes = {argument},
                      .kernel = nullptr,
                      .sql = sql};
  if (argument.is(TypeKind::kLong)) {
    bound.kernel = [](EvalContext&, std::span<const arrow::Datum> values,
                      int64_t) -> Result<arrow::Datum> { return values[0]; };
  } else if (argument.is(TypeKind::kDouble)) {
    bound.kernel = [isFloor](EvalContext&, std::span<const arrow::Datum> values, int64_t rows) {
      return mapColumns<int64_t, double>(
          arrow::int64(), values, rows, [isFloor](double value) -> int64_t {
            const double whole = isFloor ? std::floor(value) : std::ceil(value);
            if (std::isnan(whole)) return 0;
            if (whole >= 9223372036854775808.0) return INT64_MAX;
            return whole < -9223372036854775808.0 ? INT64_MIN : static_cast<int64_t>(whole);
          });
    };
  } else {
    const int scale = argument.scale();
    bound.type = boundedDecimal(argument.precision() - scale + (scale > 0 ? 1 : 0), 0);
    SPATE_ASSIGN_OR_FAIL(const auto arrowType, toArrowType(bound.type));
    bound.kernel = decimalKernel(scale, bound.type, 0, isFloor ? Mode::kFloor : Mode::kCeiling,
                                 settings.ansi, arrowType);
  }
  return bound;
}

constexpr std::array<ScalarFunction, 5> kFunctions = {{
    {"bround", bindRound},
    {"ceil", bindWhole},
    {"ceiling", bindWhole},
    {"floor", bindWhole},
    {"round", bindRound},
}};

}  // namespace

std::span<const ScalarFunction> roundingFunctions() { return kFunctions; }

}  // namespace spate
