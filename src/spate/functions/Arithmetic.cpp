// + - * / % div pmod, their try_ forms, negative, positive and abs.
#include <arrow/datum.h>
#include <arrow/type.h>

#include <array>
#include <cmath>
#include <limits>

#include "spate/functions/DecimalArithmetic.h"
#include "spate/functions/Errors.h"
#include "spate/functions/Families.h"
#include "spate/functions/IntervalArithmetic.h"
#include "spate/functions/TypeCoercion.h"
#include "spate/types/ArrowTypes.h"
#include "spate/types/CastText.h"
#include "spate/types/Columns.h"

namespace spate {
namespace {

enum class Operator : uint8_t { kAdd, kSubtract, kMultiply, kDivide, kRemainder, kPmod, kQuotient };

/// What an operation without a result does.
enum class OnFailure : uint8_t { kError, kNull, kWrap };

struct Spelling {
  std::string_view name;
  Operator op;
  /// The sign between the operands; empty: the text is that of a call.
  std::string_view sign;
  bool isTry = false;
};
constexpr std::array<Spelling, 12> kSpellings = {{
    {"%", Operator::kRemainder, "%"},
    {"*", Operator::kMultiply, "*"},
    {"+", Operator::kAdd, "+"},
    {"-", Operator::kSubtract, "-"},
    {"/", Operator::kDivide, "/"},
    {"div", Operator::kQuotient, "div"},
    {"mod", Operator::kRemainder, ""},
    {"pmod", Operator::kPmod, ""},
    {"try_add", Operator::kAdd, "", true},
    {"try_divide", Operator::kDivide, "", true},
    {"try_mod", Operator::kRemainder, "", true},
    {"try_multiply", Operator::kMultiply, "", true},
}};

const Spelling& spellingOf(std::string_view name) {
  static constexpr Spelling kTrySubtract = {"try_subtract", Operator::kSubtract, "", true};
  for (const Spelling& spelling : kSpellings) {
    if (spelling.name == name) return spelling;
  }
  return kTrySubtract;
}

std::string_view signOf(Operator op) {
  constexpr std::string_view kSigns[] = {"+", "-", "*", "/", "%", "pmod", "div"};
  return kSigns[static_cast<size_t>(op)];
}

std::string_view tryNameOf(Operator op) {
  constexpr std::string_view kNames[] = {
      "try_add", "try_subtract", "try_multiply", "try_divide", "try_mod", "", "try_divide"};
  return kNames[static_cast<size_t>(op)];
}

constexpr bool divides(Operator op) { return op >= Operator::kDivide; }

Status zeroDivisor(Operator op) {
  if (op != Operator::kRemainder && op != Operator::kPmod) return divideByZero();
  const std::string config = "\"spark.sql.ansi.enabled\"";
  return Status::invalidArgument(
             "Remainder by zero. Use `try_mod` to tolerate divisor being 0 and return NULL "
             "instead. If necessary set " +
             config + " to \"false\" to bypass this error.")
      .withErrorClass("REMAINDER_BY_ZERO", "22012", {{"config", config}});
}

template <class T>
T positiveRemainder(T a, T n) {
  if constexpr (std::is_floating_point_v<T>) {
    const T rest = std::fmod(a, n);
    return rest < 0 ? std::fmod(rest + n, n) : rest;
  } else {
    if (n == T(-1)) return 0;
    const T rest = static_cast<T>(a % n);
    return rest < 0 ? static_cast<T>((rest + n) % n) : rest;
  }
}

/// False: an overflow (`result` has wrapped round) or a zero divisor.
template <Operator op, class T>
bool operate(T a, T b, T& result) {
  if constexpr (std::is_floating_point_v<T>) {
    if constexpr (op == Operator::kAdd) {
      result = a + b;
    } else if constexpr (op == Operator::kSubtract) {
      result = a - b;
    } else if constexpr (op == Operator::kMultiply) {
      result = a * b;
    } else if constexpr (op == Operator::kDivide) {
      result = a / b;
      return b != 0;
    } else if constexpr (op == Operator::kPmod) {
      result = positiveRemainder(a, b);
      return b != 0;
    } else {
      result = std::fmod(a, b);
      return b != 0;
    }
    return true;
  } else {
    if constexpr (op == Operator::kAdd) return !__builtin_add_overflow(a, b, &result);
    if constexpr (op == Operator::kSubtract) return !__builtin_sub_overflow(a, b, &result);
    if constexpr (op == Operator::kMultiply) return !__builtin_mul_overflow(a, b, &result);
    if (b == 0) return false;
    if constexpr (op == Operator::kPmod) {
      result = positiveRemainder(a, b);
    } else if constexpr (op == Operator::kRemainder) {
      result = b == T(-1) ? T(0) : static_cast<T>(a % b);
    } else {
      // The one quotient that does not fit: the least number by -1.
      if (b == T(-1)) return !__builtin_sub_overflow(T(0), a, &result);
      result = static_cast<T>(a / b);
    }
    return true;
  }
}

template <class T>
Status failureOf(Operator op, T a, T b) {
  if (divides(op) && b == 0) return zeroDivisor(op);
  if constexpr (sizeof(T) <= 2) {
    // Spark shows bytes as shorts, too.
    return binaryArithmeticOverflow(std::to_string(a) + "S", signOf(op), std::to_string(b) + "S",
                                    tryNameOf(op));
  } else {
    return arithmeticOverflow(
        op == Operator::kQuotient ? "Overflow in integral divide" : "overflow", tryNameOf(op));
  }
}

template <Operator op, class T>
Kernel kernelOf(const std::shared_ptr<arrow::DataType>& type, OnFailure onFailure) {
  return [type, onFailure](EvalContext&, std::span<const arrow::Datum> values, int64_t rows) {
    const auto checked = [](T a, T b, T& out) { return operate<op, T>(a, b, out); };
    const auto error = [](T a, T b) { return failureOf<T>(op, a, b); };
    constexpr bool kTotal = std::is_floating_point_v<T> && !divides(op);
    if (kTotal || (onFailure == OnFailure::kWrap && !divides(op))) {
      return mapColumns<T, T, T>(type, values, rows, [](T a, T b) {
        T result{};
        (void)operate<op, T>(a, b, result);
        return result;
      });
    }
    const bool wraps = onFailure == OnFailure::kWrap;
    if (wraps && op == Operator::kQuotient) {
      const auto wrapping = [](T a, T b, T& out) { return operate<op, T>(a, b, out) || b != 0; };
      return mapChecked<T, T, T>(type, values, rows, wrapping,
                                 static_cast<decltype(&error)>(nullptr));
    }
    return mapChecked<T, T, T>(type, values, rows, checked,
                               onFailure == OnFailure::kError ? &error : nullptr);
  };
}

template <class T>
Kernel kernelFor(Operator op, const std::shared_ptr<arrow::DataType>& type, OnFailure onFailure) {
  switch (op) {
    case Operator::kAdd: return kernelOf<Operator::kAdd, T>(type, onFailure);
    case Operator::kSubtract: return kernelOf<Operator::kSubtract, T>(type, onFailure);
    case Operator::kMultiply: return kernelOf<Operator::kMultiply, T>(type, onFailure);
    case Operator::kRemainder: return kernelOf<Operator::kRemainder, T>(type, onFailure);
    case Operator::kPmod: return kernelOf<Operator::kPmod, T>(type, onFailure);
    case Operator::kDivide:
      if constexpr (std::is_floating_point_v<T>) {
        return kernelOf<Operator::kDivide, T>(type, onFailure);
      } else {
        return kernelOf<Operator::kQuotient, T>(type, onFailure);
      }
    case Operator::kQuotient:
      if constexpr (std::is_integral_v<T>) return kernelOf<Operator::kQuotient, T>(type, onFailure);
      break;
  }
  return nullptr;
}

DataType decimalResult(Operator op, const DataType& a, const DataType& b) {
  const int p1 = a.precision();
  const int s1 = a.scale();
  const int p2 = b.precision();
  const int s2 = b.scale();
  const int scale = std::max(s1, s2);
  switch (op) {
    case Operator::kAdd:
    case Operator::kSubtract: return adjustedDecimal(std::max(p1 - s1, p2 - s2) + scale + 1, scale);
    case Operator::kMultiply: return adjustedDecimal(p1 + p2 + 1, s1 + s2);
    case Operator::kDivide: {
      const int places = std::max(6, s1 + p2 + 1);
      return adjustedDecimal(p1 - s1 + s2 + places, places);
    }
    case Operator::kQuotient: return boundedDecimal(std::max(1, p1 - s1 + s2), 0);
    default: return adjustedDecimal(std::max(1, std::min(p1 - s1, p2 - s2) + scale), scale);
  }
}

/// A constant integer beside a decimal has as many digits as it shows.
DataType decimalOfArgument(const Argument& argument) {
  if (!argument.type.isIntegral() || !argument.constant || argument.constant->isNull()) {
    return decimalFor(argument.type);
  }
  int64_t value = 0;
  if (const auto* byte = argument.constant->as<int8_t>()) value = *byte;
  if (const auto* small = argument.constant->as<int16_t>()) value = *small;
  if (const auto* number = argument.constant->as<int32_t>()) value = *number;
  if (const auto* big = argument.constant->as<int64_t>()) value = *big;
  int digits = 1;
  while (value / 10 != 0) {
    value /= 10;
    ++digits;
  }
  return DataType::decimalType(digits, 0);
}

Result<BoundFunction> bindDecimal(Operator op, const std::string& sql,
                                  std::span<const Argument> arguments, OnFailure onFailure,
                                  bool nullable) {
  const DataType left = decimalOfArgument(arguments[0]);
  const DataType right = decimalOfArgument(arguments[1]);
  const DataType exact = decimalResult(op, left, right);
  const bool isQuotient = op == Operator::kQuotient;
  const DataType type = isQuotient ? DataType::longType() : exact;
  constexpr DecimalOperator kOperators[] = {
      DecimalOperator::kAdd,     DecimalOperator::kSubtract,  DecimalOperator::kMultiply,
      DecimalOperator::kDivide,  DecimalOperator::kRemainder, DecimalOperator::kRemainder,
      DecimalOperator::kQuotient};
  const DecimalArithmetic arithmetic{kOperators[static_cast<size_t>(op)], left.scale(),
                                     right.scale(), exact.precision(), exact.scale()};
  SPATE_ASSIGN_OR_FAIL(const auto arrowType, toArrowType(type));
  Kernel kernel = [=](EvalContext&, std::span<const arrow::Datum> values, int64_t rows) {
    const auto convert = [&](Int128 a, Int128 b, Int128& out) {
      if (divides(op) && b == 0) return false;
      if (!arithmetic(a, b, out)) return false;
      if (op == Operator::kPmod && out < 0) {
        Int128 sum = 0;
        const DecimalArithmetic add{DecimalOperator::kAdd, arithmetic.scale, arithmetic.rightScale,
                                    38, arithmetic.scale};
        return add(out, b, sum) && DecimalArithmetic{DecimalOperator::kRemainder, arithmetic.scale,
                                                     arithmetic.rightScale, arithmetic.precision,
                                                     arithmetic.scale}(sum, b, out);
      }
      return true;
    };
    const auto error = [&](Int128 a, Int128 b) {
      if (divides(op) && b == 0) return zeroDivisor(op);
      // The digits that did not fit; where even 38 are too few, the operands.
      DecimalArithmetic widest = arithmetic;
      widest.precision = 38;
      Int128 value = 0;
      std::string text;
      if (widest(a, b, value)) {
        appendDecimal(value, arithmetic.scale, text);
      } else {
        appendDecimal(a, arithmetic.leftScale, text);
        text += ' ';
        text += signOf(op);
        text += ' ';
        appendDecimal(b, arithmetic.rightScale, text);
      }
      return decimalOutOfRange(text, arithmetic.precision, arithmetic.scale);
    };
    const auto* onError = onFailure == OnFailure::kError ? &error : nullptr;
    if (!isQuotient) {
      return mapChecked<Int128, Int128, Int128>(arrowType, values, rows, convert, onError);
    }
    const auto whole = [&](Int128 a, Int128 b, int64_t& out) {
      Int128 value = 0;
      if (!convert(a, b, value)) return false;
      out = static_cast<int64_t>(value);
      return Int128{out} == value || onFailure == OnFailure::kWrap;
    };
    const auto wholeError = [&](Int128 a, Int128 b) {
      if (b == 0) return zeroDivisor(op);
      (void)a;
      return arithmeticOverflow("Overflow in integral divide", "try_divide");
    };
    return mapChecked<int64_t, Int128, Int128>(
        arrowType, values, rows, whole, onFailure == OnFailure::kError ? &wholeError : nullptr);
  };
  return BoundFunction{.type = type,
                       .nullable = nullable,
                       .argumentTypes = {left, right},
                       .kernel = std::move(kernel),
                       .sql = sql};
}

Result<DataType> operandType(Operator op, const std::string& sql,
                             std::span<const Argument> arguments, const SessionSettings& settings) {
  const DataType& a = arguments[0].type;
  const DataType& b = arguments[1].type;
  const auto isOperand = [](const DataType& t) {
    return t.isNumeric() || t.isText() || t.is(TypeKind::kNull);
  };
  if (!isOperand(a) || !isOperand(b)) {
    if (a == b || a.is(TypeKind::kNull) || b.is(TypeKind::kNull)) {
      const DataType& wrong = a.is(TypeKind::kNull) ? b : a;
      std::string required = "\"NUMERIC\"";
      if (op == Operator::kAdd || op == Operator::kSubtract) {
        required =
            "(\"NUMERIC\" or \"INTERVAL DAY TO SECOND\" or \"INTERVAL YEAR TO MONTH\" or "
            "\"INTERVAL\")";
      } else if (op == Operator::kDivide) {
        required = "(\"DOUBLE\" or \"DECIMAL\")";
      }
      return failure(binaryOpWrongType(sql, required, wrong));
    }
    return failure(binaryOpDiffTypes(sql, a, b));
  }
  // A text is a double, but a whole number beside a whole number (ANSI).
  const auto number = [&](const DataType& type, const DataType& other) {
    if (!type.isText()) return type;
    return settings.ansi && other.isIntegral() ? DataType::longType() : DataType::doubleType();
  };
  DataType common = tightestCommonType(number(a, b), number(b, a), settings.ansi)
                        .value_or(DataType::doubleType());
  if (common.is(TypeKind::kNull)) common = DataType::doubleType();
  if (op == Operator::kDivide && !common.is(TypeKind::kDecimal)) return DataType::doubleType();
  if (op == Operator::kQuotient && !common.is(TypeKind::kDecimal)) return DataType::longType();
  return common;
}

Kernel kernelForType(Operator op, const DataType& type,
                     const std::shared_ptr<arrow::DataType>& arrowType, OnFailure onFailure) {
  switch (type.kind()) {
    case TypeKind::kByte: return kernelFor<int8_t>(op, arrowType, onFailure);
    case TypeKind::kShort: return kernelFor<int16_t>(op, arrowType, onFailure);
    case TypeKind::kInteger: return kernelFor<int32_t>(op, arrowType, onFailure);
    case TypeKind::kLong: return kernelFor<int64_t>(op, arrowType, onFailure);
    case TypeKind::kFloat: return kernelFor<float>(op, arrowType, onFailure);
    default: return kernelFor<double>(op, arrowType, onFailure);
  }
}

Result<BoundFunction> bindUnary(std::string_view name, std::span<const Argument> arguments,
                                const SessionSettings& settings);

Result<BoundFunction> bindArithmetic(std::string_view name, std::span<const Argument> arguments,
                                     const SessionSettings& settings) {
  if (arguments.size() == 1 && (name == "-" || name == "+")) {
    return bindUnary(name, arguments, settings);
  }
  SPATE_FAIL_IF_ERROR(checkArgumentCount(name, arguments.size(), 2, 2));
  const Spelling& spelling = spellingOf(name);
  const Operator op = spelling.op;
  const std::string sql = spelling.sign.empty()
                              ? callText(name, arguments)
                              : "(" + arguments[0].sql + " " + std::string(spelling.sign) + " " +
                                    arguments[1].sql + ")";
  if (auto interval =
          bindIntervalArithmetic(signOf(op), spelling.isTry, sql, arguments, settings)) {
    return std::move(*interval);
  }
  const OnFailure onFailure = spelling.isTry  ? OnFailure::kNull
                              : settings.ansi ? OnFailure::kError
                                              : OnFailure::kWrap;
  const bool nullable = arguments[0].nullable || arguments[1].nullable || spelling.isTry ||
                        (!settings.ansi && divides(op));
  const auto isDecimal = [](const Argument& each) { return each.type.is(TypeKind::kDecimal); };
  const auto isExact = [&](const Argument& each) {
    return isDecimal(each) || each.type.isIntegral();
  };
  if ((isDecimal(arguments[0]) && isExact(arguments[1])) ||
      (isDecimal(arguments[1]) && isExact(arguments[0]))) {
    return bindDecimal(op, sql, arguments, onFailure, nullable || !settings.ansi);
  }
  SPATE_ASSIGN_OR_FAIL(const DataType type, operandType(op, sql, arguments, settings));
  if (type.is(TypeKind::kDecimal)) {
    std::array<Argument, 2> both = {arguments[0], arguments[1]};
    for (Argument& each : both) each.type = type;
    return bindDecimal(op, sql, both, onFailure, nullable || !settings.ansi);
  }
  SPATE_ASSIGN_OR_FAIL(const auto arrowType, toArrowType(type));
  return BoundFunction{.type = type,
                       .nullable = nullable,
                       .argumentTypes = {type, type},
                       .kernel = kernelForType(op, type, arrowType, onFailure),
                       .sql = sql};
}

/// Negation and absolute value of one number or interval.
template <class T>
Kernel unaryKernel(bool isAbs, const std::shared_ptr<arrow::DataType>& type, bool ansi) {
  return [=](EvalContext&, std::span<const arrow::Datum> values, int64_t rows) {
    const auto convert = [isAbs](T v, T& out) {
      if (isAbs && !(v < 0) && !(std::is_floating_point_v<T> && v == 0)) {
        out = v;
        return true;
      }
      if constexpr (std::is_floating_point_v<T>) {
        out = isAbs ? std::fabs(v) : -v;
        return true;
      } else {
        return !__builtin_sub_overflow(T(0), v, &out);
      }
    };
    if (!ansi) {
      return mapColumns<T, T>(type, values, rows, [&](T v) {
        T out{};
        (void)convert(v, out);
        return out;
      });
    }
    const auto error = [](T v) {
      if constexpr (sizeof(T) <= 2) {
        return arithmeticOverflow("- " + std::to_string(v) + (sizeof(T) == 1 ? "Y" : "S") +
                                  " caused overflow");
      } else {
        (void)v;
        return arithmeticOverflow("overflow");
      }
    };
    return mapChecked<T, T>(type, values, rows, convert, &error);
  };
}

Result<BoundFunction> bindUnary(std::string_view name, std::span<const Argument> arguments,
                                const SessionSettings& settings) {
  SPATE_FAIL_IF_ERROR(checkArgumentCount(name, arguments.size(), 1, 1));
  DataType type = arguments[0].type;
  if (type.isText() || type.is(TypeKind::kNull)) type = DataType::doubleType();
  const std::string sql =
      name == "-" || name == "+"
          ? "(" + std::string(name) + " " + arguments[0].sql + ")"
          : (name == "positive" ? "(+ " + arguments[0].sql + ")" : callText(name, arguments));
  const bool isInterval =
      type.is(TypeKind::kDayTimeInterval) || type.is(TypeKind::kYearMonthInterval);
  const bool isCalendar = type.is(TypeKind::kCalendarInterval) && name != "abs";
  if (!type.isNumeric() && !isInterval && !isCalendar) {
    return failure(unexpectedInputType(
        sql, 0,
        "(\"NUMERIC\" or \"INTERVAL DAY TO SECOND\" or \"INTERVAL YEAR TO MONTH\"" +
            std::string(name == "abs" ? ")" : " or \"INTERVAL\")"),
        arguments[0]));
  }
  BoundFunction bound{.type = type,
                      .nullable = arguments[0].nullable,
                      .argumentTypes = {type},
                      .kernel = nullptr,
                      .sql = sql};
  if (name == "positive" || name == "+") {
    bound.kernel = [](EvalContext&, std::span<const arrow::Datum> values,
                      int64_t) -> Result<arrow::Datum> { return values[0]; };
    return bound;
  }
  const bool isAbs = name == "abs";
  const bool ansi = settings.ansi || isInterval;
  SPATE_ASSIGN_OR_FAIL(const auto arrowType, toArrowType(type));
  switch (type.kind()) {
    case TypeKind::kByte: bound.kernel = unaryKernel<int8_t>(isAbs, arrowType, ansi); break;
    case TypeKind::kShort: bound.kernel = unaryKernel<int16_t>(isAbs, arrowType, ansi); break;
    case TypeKind::kInteger:
    case TypeKind::kYearMonthInterval:
      bound.kernel = unaryKernel<int32_t>(isAbs, arrowType, ansi);
      break;
    case TypeKind::kLong:
    case TypeKind::kDayTimeInterval:
      bound.kernel = unaryKernel<int64_t>(isAbs, arrowType, ansi);
      break;
    case TypeKind::kFloat: bound.kernel = unaryKernel<float>(isAbs, arrowType, ansi); break;
    case TypeKind::kDouble: bound.kernel = unaryKernel<double>(isAbs, arrowType, ansi); break;
    case TypeKind::kDecimal:
      bound.kernel = [=](EvalContext&, std::span<const arrow::Datum> values, int64_t rows) {
        return mapColumns<Int128, Int128>(arrowType, values, rows,
                                          [isAbs](Int128 v) { return isAbs && v > 0 ? v : -v; });
      };
      break;
    default:
      bound.kernel = [=](EvalContext&, std::span<const arrow::Datum> values, int64_t rows) {
        return mapColumns<CalendarInterval, CalendarInterval>(
            arrowType, values, rows, [](CalendarInterval v) {
              return CalendarInterval{static_cast<int32_t>(0u - static_cast<uint32_t>(v.months)),
                                      static_cast<int32_t>(0u - static_cast<uint32_t>(v.days)),
                                      -v.micros};
            });
      };
  }
  return bound;
}

constexpr std::array<ScalarFunction, 16> kFunctions = {{
    {"%", bindArithmetic},
    {"*", bindArithmetic},
    {"+", bindArithmetic},
    {"-", bindArithmetic},
    {"/", bindArithmetic},
    {"abs", bindUnary},
    {"div", bindArithmetic},
    {"mod", bindArithmetic},
    {"negative", bindUnary},
    {"pmod", bindArithmetic},
    {"positive", bindUnary},
    {"try_add", bindArithmetic},
    {"try_divide", bindArithmetic},
    {"try_mod", bindArithmetic},
    {"try_multiply", bindArithmetic},
    {"try_subtract", bindArithmetic},
}};

}  // namespace

std::span<const ScalarFunction> arithmeticFunctions() { return kFunctions; }

}  // namespace spate
