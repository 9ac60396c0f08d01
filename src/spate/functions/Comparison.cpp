#include <arrow/array/array_base.h>
#include <arrow/array/util.h>
#include <arrow/datum.h>
#include <arrow/scalar.h>
#include <arrow/type.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <functional>
#include <optional>
#include <string_view>

#include "spate/functions/Errors.h"
#include "spate/functions/Families.h"
#include "spate/functions/Ordering.h"
#include "spate/functions/Selection.h"
#include "spate/functions/TypeCoercion.h"
#include "spate/types/ArrowTypes.h"
#include "spate/types/ArrowValues.h"
#include "spate/types/Columns.h"
#include "spate/types/HashMix.h"
#include "spate/types/SameBytes.h"

namespace spate {
namespace {

enum class Operator : uint8_t { kEqual, kNotEqual, kLess, kLessOrEqual, kGreater, kGreaterOrEqual };

struct Spelling {
  std::string_view name;
  Operator op;
  std::string_view sql;
};
constexpr std::array<Spelling, 8> kSpellings = {{
    {"!=", Operator::kNotEqual, "="},
    {"<", Operator::kLess, "<"},
    {"<=", Operator::kLessOrEqual, "<="},
    {"<>", Operator::kNotEqual, "="},
    {"=", Operator::kEqual, "="},
    {"==", Operator::kEqual, "="},
    {">", Operator::kGreater, ">"},
    {">=", Operator::kGreaterOrEqual, ">="},
}};

template <class T>
bool isEqual(const T& a, const T& b) {
  if constexpr (std::is_floating_point_v<T>) {
    return a == b || (a != a && b != b);
  } else if constexpr (std::is_same_v<T, std::string_view>) {
    return sameBytes(a, b);
  } else {
    return a == b;
  }
}

template <class T>
bool isLess(const T& a, const T& b) {
  if constexpr (std::is_floating_point_v<T>) {
    return a < b || (b != b && a == a);
  } else {
    return a < b;
  }
}

/// Which texts of a column are the constant, of at most eight bytes: one load and no branch a row,
/// where a loop over lengths that nobody can guess would stall.
Result<arrow::Datum> equalsShortText(const arrow::Datum& texts, std::string_view constant,
                                     int64_t rows) {
  SPATE_ASSIGN_OR_FAIL(Validity validity, commonValidity(std::span(&texts, 1), rows));
  const arrow::ArrayData& data = *texts.array();
  const int32_t* const offsets = data.GetValues<int32_t>(1);
  const auto* const bytes = reinterpret_cast<const char*>(data.buffers[2]->data());
  uint64_t wanted = 0;
  std::memcpy(&wanted, constant.data(), constant.size());
  const uint64_t mask =
      constant.size() == 8 ? ~uint64_t{0} : (uint64_t{1} << 8 * constant.size()) - 1;
  // The last texts may stand too near to the end of the buffer.
  int64_t whole = rows;
  while (whole > 0 && offsets[whole - 1] + int64_t{8} > data.buffers[2]->size()) --whole;
  SPATE_ASSIGN_OR_FAIL(auto out, ColumnWriter<bool>::make(rows));
  const auto length = static_cast<int32_t>(constant.size());
  for (int64_t i = 0; i < whole; ++i) {
    const bool isAsLong = offsets[i + 1] - offsets[i] == length;
    const bool isSame = ((readWord(bytes + offsets[i]) ^ wanted) & mask) == 0;
    out.set(i, isAsLong & isSame);
  }
  for (int64_t i = whole; i < rows; ++i) {
    const auto size = static_cast<size_t>(offsets[i + 1] - offsets[i]);
    out.set(i, std::string_view(bytes + offsets[i], size) == constant);
  }
  SPATE_ASSIGN_OR_FAIL(auto array, std::move(out).finish(arrow::boolean(), std::move(validity)));
  return arrow::Datum(std::move(array));
}

/// The constant among the sides, when equalsShortText() can be asked about the other.
std::optional<std::string_view> shortConstant(const arrow::Datum& constant,
                                              const arrow::Datum& texts) {
  if (!constant.is_scalar() || !constant.scalar()->is_valid || !texts.is_array())
    return std::nullopt;
  if (texts.array()->buffers[2] == nullptr) return std::nullopt;
  const auto& buffer = *static_cast<const arrow::BaseBinaryScalar&>(*constant.scalar()).value;
  if (buffer.size() > 8) return std::nullopt;
  return std::string_view(reinterpret_cast<const char*>(buffer.data()),
                          static_cast<size_t>(buffer.size()));
}

template <class T>
Result<arrow::Datum> compareColumns(Operator op, std::span<const arrow::Datum> arguments,
                                    int64_t rows) {
  const auto& type = arrow::boolean();
  const std::array<arrow::Datum, 2> swapped = {arguments[1], arguments[0]};
  if constexpr (std::is_same_v<T, std::string_view>) {
    for (const size_t side : {0, 1}) {
      const auto constant = shortConstant(arguments[side], arguments[1 - side]);
      if (op == Operator::kEqual && constant)
        return equalsShortText(arguments[1 - side], *constant, rows);
    }
  }
  switch (op) {
    case Operator::kEqual:
      return mapColumns<bool, T, T>(type, arguments, rows,
                                    [](T a, T b) { return isEqual<T>(a, b); });
    case Operator::kNotEqual:
      return mapColumns<bool, T, T>(type, arguments, rows,
                                    [](T a, T b) { return !isEqual<T>(a, b); });
    default: break;
  }
  if constexpr (!std::is_same_v<T, CalendarInterval>) {
    const bool isSwapped = op == Operator::kGreater || op == Operator::kLessOrEqual;
    const std::span<const arrow::Datum> sides = isSwapped ? std::span(swapped) : arguments;
    if (op == Operator::kLess || op == Operator::kGreater) {
      return mapColumns<bool, T, T>(type, sides, rows, [](T a, T b) { return isLess<T>(a, b); });
    }
    return mapColumns<bool, T, T>(type, sides, rows, [](T a, T b) { return !isLess<T>(a, b); });
  }
  return failure(Status::internal("intervals have no order"));
}

bool holds(Operator op, int order) {
  switch (op) {
    case Operator::kEqual: return order == 0;
    case Operator::kNotEqual: return order != 0;
    case Operator::kLess: return order < 0;
    case Operator::kLessOrEqual: return order <= 0;
    case Operator::kGreater: return order > 0;
    case Operator::kGreaterOrEqual: return order >= 0;
  }
  return false;
}

Result<std::shared_ptr<arrow::Array>> toArray(const arrow::Datum& value) {
  if (value.is_array()) return value.make_array();
  return arrow::MakeArray(arrayDataOf(value));
}

/// Arrays and structs, value by value.
Result<arrow::Datum> compareNested(Operator op, const DataType& type,
                                   std::span<const arrow::Datum> arguments, int64_t rows) {
  if (allScalars(arguments)) rows = 1;
  SPATE_ASSIGN_OR_FAIL(Validity validity, commonValidity(arguments, rows));
  if (validity.isAllNull) return nullScalar(arrow::boolean());
  SPATE_ASSIGN_OR_FAIL(const auto left, toArray(arguments[0]));
  SPATE_ASSIGN_OR_FAIL(const auto right, toArray(arguments[1]));
  SPATE_ASSIGN_OR_FAIL(auto out, ColumnWriter<bool>::make(rows));
  for (int64_t i = 0; i < rows; ++i) {
    const bool result = validity.isValid(i) &&
                        holds(op, compareValues(*left, arguments[0].is_scalar() ? 0 : i, *right,
                                                arguments[1].is_scalar() ? 0 : i, type));
    out.set(i, result);
  }
  SPATE_ASSIGN_OR_FAIL(auto array, std::move(out).finish(arrow::boolean(), std::move(validity)));
  return arrow::Datum(std::move(array));
}

Result<arrow::Datum> compare(Operator op, const DataType& type,
                             std::span<const arrow::Datum> arguments, int64_t rows) {
  switch (type.kind()) {
    case TypeKind::kNull: return nullScalar(arrow::boolean());
    case TypeKind::kBoolean: return compareColumns<bool>(op, arguments, rows);
    case TypeKind::kByte: return compareColumns<int8_t>(op, arguments, rows);
    case TypeKind::kShort: return compareColumns<int16_t>(op, arguments, rows);
    case TypeKind::kInteger:
    case TypeKind::kDate:
    case TypeKind::kYearMonthInterval: return compareColumns<int32_t>(op, arguments, rows);
    case TypeKind::kLong:
    case TypeKind::kTimestamp:
    case TypeKind::kTimestampNtz:
    case TypeKind::kDayTimeInterval: return compareColumns<int64_t>(op, arguments, rows);
    case TypeKind::kFloat: return compareColumns<float>(op, arguments, rows);
    case TypeKind::kDouble: return compareColumns<double>(op, arguments, rows);
    case TypeKind::kDecimal: return compareColumns<Int128>(op, arguments, rows);
    case TypeKind::kString:
    case TypeKind::kChar:
    case TypeKind::kVarchar:
    case TypeKind::kBinary: return compareColumns<std::string_view>(op, arguments, rows);
    case TypeKind::kCalendarInterval: return compareColumns<CalendarInterval>(op, arguments, rows);
    default: return compareNested(op, type, arguments, rows);
  }
}

RowMask validRows(const arrow::Datum& value, int64_t rows) {
  if (value.is_scalar())
    return RowMask(static_cast<size_t>(rows), value.scalar()->is_valid ? 1 : 0);
  RowMask mask(static_cast<size_t>(rows), 1);
  const auto array = value.make_array();
  if (array->null_count() == 0) return mask;
  for (int64_t i = 0; i < rows; ++i) mask[static_cast<size_t>(i)] = array->IsValid(i) ? 1 : 0;
  return mask;
}

/// Two nulls are equal, and a null is equal to nothing else.
Result<arrow::Datum> compareNullSafe(const DataType& type, std::span<const arrow::Datum> arguments,
                                     int64_t rows) {
  SPATE_ASSIGN_OR_FAIL(const auto equal, compare(Operator::kEqual, type, arguments, rows));
  RowMask result = trueRows(equal, rows);
  const RowMask left = validRows(arguments[0], rows);
  const RowMask right = validRows(arguments[1], rows);
  for (size_t i = 0; i < result.size(); ++i) result[i] |= (left[i] | right[i]) ^ 1;
  return arrow::Datum(maskArray(result));
}

Result<DataType> sidesType(std::string_view sql, const Argument& left, const Argument& right,
                           bool isOrdered, const SessionSettings& settings) {
  const auto common = comparisonType(left.type, right.type, settings);
  if (!common) return failure(binaryOpDiffTypes(sql, left.type, right.type));
  if (isOrdered ? !isOrderable(*common) : !isComparable(*common)) {
    return failure(invalidOrderingType(isOrdered ? "<" : "=", sql, *common));
  }
  return *common;
}

Result<BoundFunction> bindComparison(std::string_view name, std::span<const Argument> arguments,
                                     const SessionSettings& settings) {
  SPATE_FAIL_IF_ERROR(checkArgumentCount(name, arguments.size(), 2, 2));
  const Spelling& spelling = *std::ranges::find(kSpellings, name, &Spelling::name);
  const Operator op = spelling.op;
  std::string sql =
      "(" + arguments[0].sql + " " + std::string(spelling.sql) + " " + arguments[1].sql + ")";
  if (op == Operator::kNotEqual) sql = "(NOT " + sql + ")";
  const bool isOrdered = op != Operator::kEqual && op != Operator::kNotEqual;
  SPATE_ASSIGN_OR_FAIL(const DataType type,
                       sidesType(sql, arguments[0], arguments[1], isOrdered, settings));
  return BoundFunction{
      .type = DataType::booleanType(),
      .nullable = arguments[0].nullable || arguments[1].nullable,
      .argumentTypes = {type, type},
      .kernel = [op, type](EvalContext&, std::span<const arrow::Datum> values,
                           int64_t rows) { return compare(op, type, values, rows); },
      .sql = std::move(sql)};
}

Result<BoundFunction> bindNullSafe(std::string_view name, std::span<const Argument> arguments,
                                   const SessionSettings& settings) {
  SPATE_FAIL_IF_ERROR(checkArgumentCount(name, arguments.size(), 2, 2));
  std::string sql = name == "<=>" ? "(" + arguments[0].sql + " <=> " + arguments[1].sql + ")"
                                  : callText(name, arguments);
  SPATE_ASSIGN_OR_FAIL(const DataType type,
                       sidesType(sql, arguments[0], arguments[1], false, settings));
  return BoundFunction{
      .type = DataType::booleanType(),
      .nullable = false,
      .argumentTypes = {type, type},
      .kernel = [type](EvalContext&, std::span<const arrow::Datum> values,
                       int64_t rows) { return compareNullSafe(type, values, rows); },
      .sql = std::move(sql)};
}

/// greatest and least: the nulls among the arguments do not count.
Result<BoundFunction> bindExtreme(std::string_view name, std::span<const Argument> arguments,
                                  const SessionSettings& settings) {
  if (arguments.size() < 2) return failure(wrongNumArgs(name, "> 1", arguments.size()));
  const std::string sql = callText(name, arguments);
  const auto common = commonTypeOf(arguments, settings);
  if (!common) return failure(dataDiffTypes(name, sql, arguments));
  if (!isOrderable(*common)) return failure(invalidOrderingType(name, sql, *common));
  const DataType type = *common;
  const Operator op = name == "greatest" ? Operator::kGreater : Operator::kLess;
  return BoundFunction{.type = type,
                       .nullable = std::ranges::all_of(arguments, &Argument::nullable),
                       .argumentTypes = std::vector<DataType>(arguments.size(), type),
                       .kernel = [op, type](EvalContext&, std::span<const arrow::Datum> values,
                                            int64_t rows) -> Result<arrow::Datum> {
                         arrow::Datum best = values[0];
                         for (const arrow::Datum& next : values.subspan(1)) {
                           const std::array<arrow::Datum, 2> sides = {next, best};
                           SPATE_ASSIGN_OR_FAIL(const auto better, compare(op, type, sides, rows));
                           RowMask takes = trueRows(better, rows);
                           const RowMask hasNext = validRows(next, rows);
                           const RowMask hasBest = validRows(best, rows);
                           for (size_t i = 0; i < takes.size(); ++i)
                             takes[i] |= hasNext[i] & (hasBest[i] ^ 1);
                           SPATE_ASSIGN_OR_FAIL(best, choose(takes, next, best));
                         }
                         return best;
                       }};
}

/// value IN (list): true when one is equal, else null when the value or one of the list is null.
Result<BoundFunction> bindIn(std::string_view name, std::span<const Argument> arguments,
                             const SessionSettings& settings) {
  if (arguments.size() < 2) return failure(wrongNumArgs(name, "> 1", arguments.size()));
  std::string sql = "(" + arguments[0].sql + " IN (";
  for (size_t i = 1; i < arguments.size(); ++i) sql += (i > 1 ? ", " : "") + arguments[i].sql;
  sql += "))";
  DataType type = arguments[0].type;
  for (const Argument& argument : arguments.subspan(1)) {
    const auto common = comparisonType(type, argument.type, settings);
    if (!common) return failure(dataDiffTypes("in", sql, arguments));
    type = *common;
  }
  return BoundFunction{.type = DataType::booleanType(),
                       .nullable = std::ranges::any_of(arguments, &Argument::nullable),
                       .argumentTypes = std::vector<DataType>(arguments.size(), type),
                       .kernel = [type](EvalContext&, std::span<const arrow::Datum> values,
                                        int64_t rows) -> Result<arrow::Datum> {
                         arrow::Datum result;
                         for (size_t i = 1; i < values.size(); ++i) {
                           const std::array<arrow::Datum, 2> sides = {values[0], values[i]};
                           SPATE_ASSIGN_OR_FAIL(const auto equal,
                                                compare(Operator::kEqual, type, sides, rows));
                           if (i == 1) {
                             result = equal;
                           } else {
                             SPATE_ASSIGN_OR_FAIL(result, callArrow("or_kleene", {result, equal}));
                           }
                         }
                         return result;
                       },
                       .sql = std::move(sql)};
}

Result<BoundExpressionPtr> makeBetween(std::string_view name,
                                       std::vector<BoundExpressionPtr> arguments,
                                       const SessionSettings& settings) {
  SPATE_FAIL_IF_ERROR(checkArgumentCount(name, arguments.size(), 3, 3));
  SPATE_ASSIGN_OR_FAIL(
      auto lower, bindCall(*findScalarFunction(">="), {arguments[0], arguments[1]}, {}, settings));
  SPATE_ASSIGN_OR_FAIL(
      auto upper, bindCall(*findScalarFunction("<="), {arguments[0], arguments[2]}, {}, settings));
  return bindCall(*findScalarFunction("and"), {std::move(lower), std::move(upper)}, {}, settings);
}

constexpr std::array<ScalarFunction, 14> kFunctions = {{
    {"!=", bindComparison},
    {"<", bindComparison},
    {"<=", bindComparison},
    {"<=>", bindNullSafe},
    {"<>", bindComparison},
    {"=", bindComparison},
    {"==", bindComparison},
    {">", bindComparison},
    {">=", bindComparison},
    {"between", nullptr, makeBetween},
    {"equal_null", bindNullSafe},
    {"greatest", bindExtreme},
    {"in", bindIn},
    {"least", bindExtreme},
}};

}  // namespace

std::span<const ScalarFunction> comparisonFunctions() { return kFunctions; }

}  // namespace spate
