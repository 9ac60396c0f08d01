#include <arrow/datum.h>
#include <arrow/type.h>

#include <array>
#include <bit>

#include "spate/functions/Errors.h"
#include "spate/functions/Families.h"
#include "spate/functions/TypeCoercion.h"
#include "spate/types/ArrowTypes.h"
#include "spate/types/Columns.h"

namespace spate {
namespace {

template <class T>
Kernel binaryKernel(char op, const std::shared_ptr<arrow::DataType>& type) {
  return [op, type](EvalContext&, std::span<const arrow::Datum> values, int64_t rows) {
    switch (op) {
      case '&': return mapColumns<T, T, T>(type, values, rows, [](T a, T b) { return T(a & b); });
      case '|': return mapColumns<T, T, T>(type, values, rows, [](T a, T b) { return T(a | b); });
      default: return mapColumns<T, T, T>(type, values, rows, [](T a, T b) { return T(a ^ b); });
    }
  };
}

/// Calls f with an integer of the type's width.
template <class F>
auto withInteger(const DataType& type, F f) {
  switch (type.kind()) {
    case TypeKind::kByte: return f(int8_t{});
    case TypeKind::kShort: return f(int16_t{});
    case TypeKind::kInteger: return f(int32_t{});
    default: return f(int64_t{});
  }
}

Result<BoundFunction> bindBinary(std::string_view name, std::span<const Argument> arguments,
                                 const SessionSettings& settings) {
  SPATE_FAIL_IF_ERROR(checkArgumentCount(name, arguments.size(), 2, 2));
  std::string sql = "(" + arguments[0].sql + " " + std::string(name) + " " + arguments[1].sql + ")";
  auto common = commonType(arguments[0].type, arguments[1].type, settings);
  if (common && common->isText()) common = DataType::longType();
  if (common && common->is(TypeKind::kNull)) common = DataType::integerType();
  if (!common) return failure(binaryOpDiffTypes(sql, arguments[0].type, arguments[1].type));
  if (!common->isIntegral()) return failure(binaryOpWrongType(sql, "\"INTEGRAL\"", *common));
  SPATE_ASSIGN_OR_FAIL(const auto type, toArrowType(*common));
  Kernel kernel =
      withInteger(*common, [&](auto zero) { return binaryKernel<decltype(zero)>(name[0], type); });
  return BoundFunction{.type = *common,
                       .nullable = arguments[0].nullable || arguments[1].nullable,
                       .argumentTypes = {*common, *common},
                       .kernel = std::move(kernel),
                       .sql = std::move(sql)};
}

Result<BoundFunction> bindNot(std::string_view name, std::span<const Argument> arguments,
                              const SessionSettings&) {
  SPATE_FAIL_IF_ERROR(checkArgumentCount(name, arguments.size(), 1, 1));
  const DataType type = arguments[0].type.isIntegral() ? arguments[0].type : DataType::longType();
  if (!arguments[0].type.isIntegral() && !arguments[0].type.isText() &&
      !arguments[0].type.is(TypeKind::kNull)) {
    return failure(unexpectedInputType("~" + arguments[0].sql, 0, "\"INTEGRAL\"", arguments[0]));
  }
  SPATE_ASSIGN_OR_FAIL(const auto arrowType, toArrowType(type));
  return BoundFunction{
      .type = type,
      .nullable = arguments[0].nullable,
      .argumentTypes = {type},
      .kernel =
          [type, arrowType](EvalContext&, std::span<const arrow::Datum> values, int64_t rows) {
            return withInteger(type, [&](auto zero) {
              using T = decltype(zero);
              return mapColumns<T, T>(arrowType, values, rows, [](T v) { return T(~v); });
            });
          },
      .sql = "~" + arguments[0].sql};
}

enum class Shift : uint8_t { kLeft, kRight, kRightUnsigned };

template <class T>
Kernel shiftKernel(Shift shift, const std::shared_ptr<arrow::DataType>& type) {
  return [shift, type](EvalContext&, std::span<const arrow::Datum> values, int64_t rows) {
    using Bits = std::make_unsigned_t<T>;
    // As in Java, only the low bits of the distance count.
    constexpr int kMask = sizeof(T) * 8 - 1;
    return mapColumns<T, T, int32_t>(type, values, rows, [shift](T value, int32_t by) {
      const int places = by & kMask;
      if (shift == Shift::kLeft) return static_cast<T>(static_cast<Bits>(value) << places);
      if (shift == Shift::kRight) return static_cast<T>(value >> places);
      return static_cast<T>(static_cast<Bits>(value) >> places);
    });
  };
}

Result<BoundFunction> bindShift(std::string_view name, std::span<const Argument> arguments,
                                const SessionSettings&) {
  SPATE_FAIL_IF_ERROR(checkArgumentCount(name, arguments.size(), 2, 2));
  const bool isLong = arguments[0].type.is(TypeKind::kLong);
  const Shift shift = name == "<<" || name == "shiftleft"    ? Shift::kLeft
                      : name == ">>" || name == "shiftright" ? Shift::kRight
                                                             : Shift::kRightUnsigned;
  const bool isSign = name.starts_with('<') || name.starts_with('>');
  return BoundFunction{.type = isLong ? DataType::longType() : DataType::integerType(),
                       .nullable = arguments[0].nullable || arguments[1].nullable,
                       .argumentTypes = {isLong ? DataType::longType() : DataType::integerType(),
                                         DataType::integerType()},
                       .kernel = isLong ? shiftKernel<int64_t>(shift, arrow::int64())
                                        : shiftKernel<int32_t>(shift, arrow::int32()),
                       .sql = isSign ? "(" + arguments[0].sql + " " + std::string(name) + " " +
                                           arguments[1].sql + ")"
                                     : std::string()};
}

Result<BoundFunction> bindBitCount(std::string_view name, std::span<const Argument> arguments,
                                   const SessionSettings&) {
  SPATE_FAIL_IF_ERROR(checkArgumentCount(name, arguments.size(), 1, 1));
  const DataType given = arguments[0].type;
  if (!given.isIntegral() && !given.is(TypeKind::kBoolean)) {
    return failure(unexpectedInputType(callText(name, arguments), 0,
                                       "(\"INTEGRAL\" or \"BOOLEAN\")", arguments[0]));
  }
  BoundFunction bound{.type = DataType::integerType(),
                      .nullable = arguments[0].nullable,
                      .argumentTypes = {given},
                      .kernel = nullptr};
  if (given.is(TypeKind::kBoolean)) {
    bound.kernel = [](EvalContext&, std::span<const arrow::Datum> values, int64_t rows) {
      return mapColumns<int32_t, bool>(arrow::int32(), values, rows,
                                       [](bool v) { return v ? 1 : 0; });
    };
    return bound;
  }
  bound.kernel = [given](EvalContext&, std::span<const arrow::Datum> values, int64_t rows) {
    return withInteger(given, [&](auto zero) {
      using T = decltype(zero);
      // A negative number counts as a long, with its sign drawn out.
      return mapColumns<int32_t, T>(arrow::int32(), values, rows, [](T v) {
        return std::popcount(static_cast<uint64_t>(static_cast<int64_t>(v)));
      });
    });
  };
  return bound;
}

Result<BoundFunction> bindBitGet(std::string_view name, std::span<const Argument> arguments,
                                 const SessionSettings&) {
  SPATE_FAIL_IF_ERROR(checkArgumentCount(name, arguments.size(), 2, 2));
  const DataType type = arguments[0].type.isIntegral() ? arguments[0].type : DataType::longType();
  const int bits = withInteger(type, [](auto zero) { return int{sizeof(zero) * 8}; });
  return BoundFunction{
      .type = DataType::byteType(),
      .nullable = arguments[0].nullable || arguments[1].nullable,
      .argumentTypes = {type, DataType::integerType()},
      .kernel = [type, bits](EvalContext&, std::span<const arrow::Datum> values, int64_t rows) {
        const auto error = [bits](auto, int32_t position) {
          const std::string given = std::to_string(position);
          const std::string text = position < 0
                                       ? "Invalid bit position: " + given + " is less than zero"
                                       : "Invalid bit position: " + given +
                                             " exceeds the bit upper limit " + std::to_string(bits);
          return Status::invalidArgument(text).withErrorClass(
              "INVALID_PARAMETER_VALUE.BIT_POSITION_RANGE", "22023",
              {{"functionName", "`bit_get`"},
               {"parameter", "`pos`"},
               {"invalidValue", given},
               {"upper", std::to_string(bits)}});
        };
        return withInteger(type, [&](auto zero) {
          using T = decltype(zero);
          return mapChecked<int8_t, T, int32_t>(
              arrow::int8(), values, rows,
              [bits](T value, int32_t position, int8_t& out) {
                if (position < 0 || position >= bits) return false;
                out = static_cast<int8_t>((static_cast<int64_t>(value) >> position) & 1);
                return true;
              },
              &error);
        });
      }};
}

constexpr std::array<ScalarFunction, 13> kFunctions = {{
    {"&", bindBinary},
    {"<<", bindShift},
    {">>", bindShift},
    {">>>", bindShift},
    {"^", bindBinary},
    {"bit_count", bindBitCount},
    {"bit_get", bindBitGet},
    {"getbit", bindBitGet},
    {"shiftleft", bindShift},
    {"shiftright", bindShift},
    {"shiftrightunsigned", bindShift},
    {"|", bindBinary},
    {"~", bindNot},
}};

}  // namespace

std::span<const ScalarFunction> bitwiseFunctions() { return kFunctions; }

}  // namespace spate
