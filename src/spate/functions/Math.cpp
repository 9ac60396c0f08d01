#include <arrow/datum.h>
#include <arrow/scalar.h>
#include <arrow/type.h>

#include <array>
#include <bit>
#include <cmath>
#include <numbers>

#include "spate/functions/Errors.h"
#include "spate/functions/Families.h"
#include "spate/types/Columns.h"

namespace spate {
namespace {

double cotangent(double x) { return 1.0 / std::tan(x); }
double secant(double x) { return 1.0 / std::cos(x); }
double cosecant(double x) { return 1.0 / std::sin(x); }
double toDegrees(double x) { return x * (180.0 / std::numbers::pi); }
double toRadians(double x) { return x / 180.0 * std::numbers::pi; }
double signOf(double x) { return x > 0 ? 1.0 : (x < 0 ? -1.0 : x); }
/// Java's formula, which is what Spark has, overflows as this one does.
double asinh(double x) {
  if (std::isinf(x)) return x;
  return x < 0 ? -std::log(-x + std::sqrt(x * x + 1.0)) : std::log(x + std::sqrt(x * x + 1.0));
}
double acosh(double x) { return std::log(x + std::sqrt(x * x - 1.0)); }
double atanh(double x) { return 0.5 * (std::log1p(x) - std::log1p(-x)); }

struct UnaryMath {
  std::string_view name;
  /// What the column is called.
  std::string_view text;
  double (*function)(double);
  /// Logarithms: null up to here.
  double above = -HUGE_VAL;
};

constexpr std::array<UnaryMath, 29> kUnary = {{
    {"acos", "ACOS", [](double x) { return std::acos(x); }},
    {"acosh", "ACOSH", acosh},
    {"asin", "ASIN", [](double x) { return std::asin(x); }},
    {"asinh", "ASINH", asinh},
    {"atan", "ATAN", [](double x) { return std::atan(x); }},
    {"atanh", "ATANH", atanh},
    {"cbrt", "CBRT", [](double x) { return std::cbrt(x); }},
    {"cos", "COS", [](double x) { return std::cos(x); }},
    {"cosh", "COSH", [](double x) { return std::cosh(x); }},
    {"cot", "COT", cotangent},
    {"csc", "CSC", cosecant},
    {"degrees", "DEGREES", toDegrees},
    {"exp", "EXP", [](double x) { return std::exp(x); }},
    {"expm1", "EXPM1", [](double x) { return std::expm1(x); }},
    {"ln", "ln", [](double x) { return std::log(x); }, 0},
    {"log", "ln", [](double x) { return std::log(x); }, 0},
    {"log10", "LOG10", [](double x) { return std::log10(x); }, 0},
    {"log1p", "LOG1P", [](double x) { return std::log1p(x); }, -1},
    {"log2", "LOG2", [](double x) { return std::log2(x); }, 0},
    {"radians", "RADIANS", toRadians},
    {"rint", "rint", [](double x) { return std::nearbyint(x); }},
    {"sec", "SEC", secant},
    {"sign", "sign", signOf},
    {"signum", "SIGNUM", signOf},
    {"sin", "SIN", [](double x) { return std::sin(x); }},
    {"sinh", "SINH", [](double x) { return std::sinh(x); }},
    {"sqrt", "SQRT", [](double x) { return std::sqrt(x); }},
    {"tan", "TAN", [](double x) { return std::tan(x); }},
    {"tanh", "TANH", [](double x) { return std::tanh(x); }},
}};

using NoError = Status (*)(double, double);
using NoUnaryError = Status (*)(double);

Result<BoundFunction> bindUnary(std::string_view name, std::span<const Argument> arguments,
                                const SessionSettings&) {
  SPATE_FAIL_IF_ERROR(checkArgumentCount(name, arguments.size(), 1, 1));
  const UnaryMath* found = nullptr;
  for (const UnaryMath& each : kUnary) {
    if (each.name == name) found = &each;
  }
  const UnaryMath& math = *found;
  const bool isLog = math.above > -HUGE_VAL;
  return BoundFunction{
      .type = DataType::doubleType(),
      .nullable = arguments[0].nullable || isLog,
      .argumentTypes = {DataType::doubleType()},
      .kernel =
          [math, isLog](EvalContext&, std::span<const arrow::Datum> values, int64_t rows) {
            if (!isLog) {
              return mapColumns<double, double>(arrow::float64(), values, rows, math.function);
            }
            return mapChecked<double, double>(
                arrow::float64(), values, rows,
                [&math](double x, double& out) {
                  out = math.function(x);
                  return !(x <= math.above);
                },
                static_cast<const NoUnaryError*>(nullptr));
          },
      .sql = callText(math.text, arguments)};
}

/// log(x) or log(base, x).
Result<BoundFunction> bindLog(std::string_view name, std::span<const Argument> arguments,
                              const SessionSettings& settings) {
  if (arguments.size() == 1) return bindUnary(name, arguments, settings);
  SPATE_FAIL_IF_ERROR(checkArgumentCount(name, arguments.size(), 1, 2));
  return BoundFunction{.type = DataType::doubleType(),
                       .argumentTypes = {DataType::doubleType(), DataType::doubleType()},
                       .kernel =
                           [](EvalContext&, std::span<const arrow::Datum> values, int64_t rows) {
                             return mapChecked<double, double, double>(
                                 arrow::float64(), values, rows,
                                 [](double base, double x, double& out) {
                                   out = std::log(x) / std::log(base);
                                   return base > 0 && x > 0;
                                 },
                                 static_cast<const NoError*>(nullptr));
                           },
                       .sql = callText("LOG", arguments)};
}

/// Java's pow differs from C's: one to a NaN or an infinity is NaN.
double power(double x, double y) {
  if (std::isnan(y) || (std::fabs(x) == 1 && std::isinf(y))) {
    return std::numeric_limits<double>::quiet_NaN();
  }
  return std::pow(x, y);
}

Result<BoundFunction> bindBinary(std::string_view name, std::span<const Argument> arguments,
                                 const SessionSettings&) {
  SPATE_FAIL_IF_ERROR(checkArgumentCount(name, arguments.size(), 2, 2));
  double (*function)(double, double) = power;
  std::string text(name);
  if (name == "atan2") {
    // Spark adds 0.0 to both, so that -0.0 is 0.0.
    function = [](double y, double x) { return std::atan2(y + 0.0, x + 0.0); };
    text = "ATAN2";
  } else if (name == "hypot") {
    function = [](double x, double y) { return std::hypot(x, y); };
    text = "HYPOT";
  } else if (name == "power") {
    text = "POWER";
  }
  return BoundFunction{
      .type = DataType::doubleType(),
      .nullable = arguments[0].nullable || arguments[1].nullable,
      .argumentTypes = {DataType::doubleType(), DataType::doubleType()},
      .kernel =
          [function](EvalContext&, std::span<const arrow::Datum> values, int64_t rows) {
            return mapColumns<double, double, double>(arrow::float64(), values, rows, function);
          },
      .sql = callText(text, arguments)};
}

Result<BoundFunction> bindConstant(std::string_view name, std::span<const Argument> arguments,
                                   const SessionSettings&) {
  SPATE_FAIL_IF_ERROR(checkArgumentCount(name, arguments.size(), 0, 0));
  const double value = name == "pi" ? std::numbers::pi : std::numbers::e;
  return BoundFunction{.type = DataType::doubleType(),
                       .nullable = false,
                       .argumentTypes = {},
                       .kernel = [value](EvalContext&, std::span<const arrow::Datum>,
                                         int64_t) -> Result<arrow::Datum> {
                         return arrow::Datum(std::make_shared<arrow::DoubleScalar>(value));
                       },
                       .sql = name == "pi" ? "PI()" : "E()"};
}

Result<BoundFunction> bindFactorial(std::string_view name, std::span<const Argument> arguments,
                                    const SessionSettings&) {
  SPATE_FAIL_IF_ERROR(checkArgumentCount(name, arguments.size(), 1, 1));
  return BoundFunction{
      .type = DataType::longType(),
      .argumentTypes = {DataType::integerType()},
      .kernel = [](EvalContext&, std::span<const arrow::Datum> values, int64_t rows) {
        return mapChecked<int64_t, int32_t>(
            arrow::int64(), values, rows,
            [](int32_t n, int64_t& out) {
              if (n < 0 || n > 20) return false;
              out = 1;
              for (int i = 2; i <= n; ++i) out *= i;
              return true;
            },
            static_cast<Status (*const*)(int32_t)>(nullptr));
      }};
}

constexpr std::string_view kHexDigits = "0123456789ABCDEF";

void appendHex(uint64_t value, std::string& out) {
  const int digits = value == 0 ? 1 : (67 - std::countl_zero(value)) / 4;
  for (int i = digits - 1; i >= 0; --i) out += kHexDigits[(value >> (i * 4)) & 15];
}

Result<BoundFunction> bindHex(std::string_view name, std::span<const Argument> arguments,
                              const SessionSettings&) {
  SPATE_FAIL_IF_ERROR(checkArgumentCount(name, arguments.size(), 1, 1));
  const bool isBytes = arguments[0].type.isText() || arguments[0].type.is(TypeKind::kBinary);
  BoundFunction bound{
      .type = DataType::stringType(), .argumentTypes = {DataType::longType()}, .kernel = nullptr};
  if (!isBytes) {
    bound.kernel = [](EvalContext&, std::span<const arrow::Datum> values, int64_t rows) {
      return mapToText<int64_t>(arrow::utf8(), values, rows, [](int64_t value, std::string& out) {
        appendHex(static_cast<uint64_t>(value), out);
        return true;
      });
    };
    return bound;
  }
  bound.argumentTypes = {arguments[0].type};
  bound.kernel = [](EvalContext&, std::span<const arrow::Datum> values, int64_t rows) {
    return mapToText<std::string_view>(arrow::utf8(), values, rows,
                                       [](std::string_view bytes, std::string& out) {
                                         for (const char c : bytes) {
                                           const auto byte = static_cast<unsigned char>(c);
                                           out += kHexDigits[byte >> 4];
                                           out += kHexDigits[byte & 15];
                                         }
                                         return true;
                                       });
  };
  return bound;
}

int digitValue(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'z') return c - 'a' + 10;
  if (c >= 'A' && c <= 'Z') return c - 'A' + 10;
  return 99;
}

Result<BoundFunction> bindUnhex(std::string_view name, std::span<const Argument> arguments,
                                const SessionSettings&) {
  SPATE_FAIL_IF_ERROR(checkArgumentCount(name, arguments.size(), 1, 1));
  return BoundFunction{
      .type = DataType::binaryType(),
      .argumentTypes = {DataType::stringType()},
      .kernel = [](EvalContext&, std::span<const arrow::Datum> values, int64_t rows) {
        return mapToText<std::string_view>(arrow::binary(), values, rows,
                                           [](std::string_view text, std::string& out) {
                                             // Of an odd number of digits the first one is a byte
                                             // of its own.
                                             int high = text.size() % 2 == 1 ? 0 : -1;
                                             for (const char c : text) {
                                               const int digit = digitValue(c);
                                               if (digit > 15) return false;
                                               if (high < 0) {
                                                 high = digit;
                                               } else {
                                                 out += static_cast<char>(high * 16 + digit);
                                                 high = -1;
                                               }
                                             }
                                             return true;
                                           });
      }};
}

Result<BoundFunction> bindBin(std::string_view name, std::span<const Argument> arguments,
                              const SessionSettings&) {
  SPATE_FAIL_IF_ERROR(checkArgumentCount(name, arguments.size(), 1, 1));
  return BoundFunction{
      .type = DataType::stringType(),
      .nullable = arguments[0].nullable,
      .argumentTypes = {DataType::longType()},
      .kernel = [](EvalContext&, std::span<const arrow::Datum> values, int64_t rows) {
        return mapToText<int64_t>(arrow::utf8(), values, rows, [](int64_t value, std::string& out) {
          const auto bits = static_cast<uint64_t>(value);
          const int digits = bits == 0 ? 1 : 64 - std::countl_zero(bits);
          for (int i = digits - 1; i >= 0; --i) out += (bits >> i & 1) != 0 ? '1' : '0';
          return true;
        });
      }};
}

/// False: a base that does not exist, or no text. A number beyond 64 bits is the greatest there is.
bool convert(std::string_view text, int32_t from, int32_t to, std::string& out) {
  const int size = to < 0 ? -to : to;
  if (from < 2 || from > 36 || size < 2 || size > 36) return false;
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  if (text.empty()) return false;
  bool negative = text[0] == '-';
  if (negative) text.remove_prefix(1);
  uint64_t value = 0;
  for (const char c : text) {
    const int digit = digitValue(c);
    if (digit >= from) break;
    if (__builtin_mul_overflow(value, static_cast<uint64_t>(from), &value) ||
        __builtin_add_overflow(value, static_cast<uint64_t>(digit), &value)) {
      value = UINT64_MAX;
      break;
    }
  }
  if (negative && to > 0) {
    // Unsigned: the negative number's two's complement.
    value = static_cast<int64_t>(value) < 0 ? UINT64_MAX : ~value + 1;
    negative = false;
  } else if (to < 0 && static_cast<int64_t>(value) < 0 && !negative) {
    value = ~value + 1;
    negative = true;
  }
  std::string digits;
  do {
    digits += "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"[value % static_cast<uint64_t>(size)];
    value /= static_cast<uint64_t>(size);
  } while (value != 0);
  if (negative && to < 0) out += '-';
  out.append(digits.rbegin(), digits.rend());
  return true;
}

Result<BoundFunction> bindConv(std::string_view name, std::span<const Argument> arguments,
                               const SessionSettings&) {
  SPATE_FAIL_IF_ERROR(checkArgumentCount(name, arguments.size(), 3, 3));
  return BoundFunction{
      .type = DataType::stringType(),
      .argumentTypes = {DataType::stringType(), DataType::integerType(), DataType::integerType()},
      .kernel = [](EvalContext&, std::span<const arrow::Datum> values, int64_t rows) {
        return mapToText<std::string_view, int32_t, int32_t>(arrow::utf8(), values, rows, convert);
      }};
}

Result<BoundFunction> bindWidthBucket(std::string_view name, std::span<const Argument> arguments,
                                      const SessionSettings&) {
  SPATE_FAIL_IF_ERROR(checkArgumentCount(name, arguments.size(), 4, 4));
  const DataType real = DataType::doubleType();
  return BoundFunction{
      .type = DataType::longType(),
      .argumentTypes = {real, real, real, DataType::longType()},
      .kernel = [](EvalContext&, std::span<const arrow::Datum> values, int64_t rows) {
        return mapChecked<int64_t, double, double, double, int64_t>(
            arrow::int64(), values, rows,
            [](double value, double low, double high, int64_t count, int64_t& out) {
              if (count <= 0 || count == INT64_MAX || std::isnan(value) || low == high ||
                  !std::isfinite(low) || !std::isfinite(high)) {
                return false;
              }
              const double least = std::min(low, high);
              const double most = std::max(low, high);
              if (low < high ? value < least : value > most) {
                out = 0;
              } else if (low < high ? value >= most : value <= least) {
                out = count + 1;
              } else {
                const double distance = low < high ? value - least : most - value;
                out = static_cast<int64_t>(static_cast<double>(count) * distance / (most - least)) +
                      1;
              }
              return true;
            },
            static_cast<Status (*const*)(double, double, double, int64_t)>(nullptr));
      }};
}

constexpr std::array<ScalarFunction, 41> kFunctions = {{
    {"acos", bindUnary},
    {"acosh", bindUnary},
    {"asin", bindUnary},
    {"asinh", bindUnary},
    {"atan", bindUnary},
    {"atan2", bindBinary},
    {"atanh", bindUnary},
    {"bin", bindBin},
    {"cbrt", bindUnary},
    {"conv", bindConv},
    {"cos", bindUnary},
    {"cosh", bindUnary},
    {"cot", bindUnary},
    {"csc", bindUnary},
    {"degrees", bindUnary},
    {"e", bindConstant},
    {"exp", bindUnary},
    {"expm1", bindUnary},
    {"factorial", bindFactorial},
    {"hex", bindHex},
    {"hypot", bindBinary},
    {"ln", bindUnary},
    {"log", bindLog},
    {"log10", bindUnary},
    {"log1p", bindUnary},
    {"log2", bindUnary},
    {"pi", bindConstant},
    {"pow", bindBinary},
    {"power", bindBinary},
    {"radians", bindUnary},
    {"rint", bindUnary},
    {"sec", bindUnary},
    {"sign", bindUnary},
    {"signum", bindUnary},
    {"sin", bindUnary},
    {"sinh", bindUnary},
    {"sqrt", bindUnary},
    {"tan", bindUnary},
    {"tanh", bindUnary},
    {"unhex", bindUnhex},
    {"width_bucket", bindWidthBucket},
}};

}  // namespace

std::span<const ScalarFunction> mathFunctions() { return kFunctions; }

}  // namespace spate
