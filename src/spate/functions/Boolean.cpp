// not, null tests, and functions about a value's type or truth.
#include <arrow/array/array_base.h>
#include <arrow/datum.h>
#include <arrow/scalar.h>
#include <arrow/type.h>

#include <array>
#include <cmath>

#include "spate/functions/Errors.h"
#include "spate/functions/Families.h"
#include "spate/functions/Selection.h"
#include "spate/types/ArrowTypes.h"
#include "spate/types/ArrowValues.h"
#include "spate/types/Columns.h"

namespace spate {
namespace {

Result<BoundFunction> bindNot(std::string_view name, std::span<const Argument> arguments,
                              const SessionSettings&) {
  SPATE_FAIL_IF_ERROR(checkArgumentCount(name, arguments.size(), 1, 1));
  return BoundFunction{.type = DataType::booleanType(),
                       .nullable = arguments[0].nullable,
                       .argumentTypes = {DataType::booleanType()},
                       .kernel = [](EvalContext&, std::span<const arrow::Datum> values,
                                    int64_t) { return callArrow("invert", {values[0]}); },
                       .sql = "(NOT " + arguments[0].sql + ")"};
}

Result<BoundFunction> bindNullTest(std::string_view name, std::span<const Argument> arguments,
                                   const SessionSettings&) {
  SPATE_FAIL_IF_ERROR(checkArgumentCount(name, arguments.size(), 1, 1));
  const char* kernel = name == "isnull" ? "is_null" : "is_valid";
  return BoundFunction{
      .type = DataType::booleanType(),
      .nullable = false,
      .argumentTypes = {arguments[0].type},
      .kernel = [kernel](EvalContext&, std::span<const arrow::Datum> values,
                         int64_t) { return callArrow(kernel, {values[0]}); },
      .sql = "(" + arguments[0].sql + (name == "isnull" ? " IS NULL)" : " IS NOT NULL)")};
}

template <class T>
Result<arrow::Datum> isNan(std::span<const arrow::Datum> values, int64_t rows) {
  RowMask mask(static_cast<size_t>(rows));
  const Column<T> column(values[0]);
  for (int64_t i = 0; i < rows; ++i) {
    mask[static_cast<size_t>(i)] = std::isnan(column[i]) && !column.isNull(i) ? 1 : 0;
  }
  return arrow::Datum(maskArray(mask));
}

Result<BoundFunction> bindIsNan(std::string_view name, std::span<const Argument> arguments,
                                const SessionSettings&) {
  SPATE_FAIL_IF_ERROR(checkArgumentCount(name, arguments.size(), 1, 1));
  const bool isFloat = arguments[0].type.is(TypeKind::kFloat);
  return BoundFunction{
      .type = DataType::booleanType(),
      .nullable = false,
      .argumentTypes = {isFloat ? DataType::floatType() : DataType::doubleType()},
      .kernel = [isFloat](EvalContext&, std::span<const arrow::Datum> values, int64_t rows) {
        return isFloat ? isNan<float>(values, rows) : isNan<double>(values, rows);
      }};
}

Result<BoundFunction> bindTypeof(std::string_view name, std::span<const Argument> arguments,
                                 const SessionSettings&) {
  SPATE_FAIL_IF_ERROR(checkArgumentCount(name, arguments.size(), 1, 1));
  return BoundFunction{
      .type = DataType::stringType(),
      .nullable = false,
      .argumentTypes = {arguments[0].type},
      .kernel = [text = arguments[0].type.simpleString()](
                    EvalContext&, std::span<const arrow::Datum>, int64_t) -> Result<arrow::Datum> {
        return arrow::Datum(std::make_shared<arrow::StringScalar>(text));
      }};
}

Status userRaised(std::string message) {
  return Status::userCode(message).withErrorClass("USER_RAISED_EXCEPTION", "P0001",
                                                  {{"errorMessage", message}});
}

Result<BoundFunction> bindAssertTrue(std::string_view name, std::span<const Argument> arguments,
                                     const SessionSettings&) {
  SPATE_FAIL_IF_ERROR(checkArgumentCount(name, arguments.size(), 1, 2));
  BoundFunction bound{.type = DataType::nullType(),
                      .isFoldable = false,
                      .argumentTypes = {DataType::booleanType()},
                      .kernel = nullptr};
  if (arguments.size() == 2) bound.argumentTypes.push_back(DataType::stringType());
  bound.kernel = [sql = arguments[0].sql](EvalContext&, std::span<const arrow::Datum> values,
                                          int64_t rows) -> Result<arrow::Datum> {
    const RowMask good = trueRows(values[0], rows);
    for (size_t i = 0; i < good.size(); ++i) {
      if (good[i] != 0) continue;
      if (values.size() == 1) return failure(userRaised("'" + sql + "' is not true!"));
      const Column<std::string_view> messages(values[1]);
      return failure(userRaised(std::string(messages[static_cast<int64_t>(i)])));
    }
    return nullScalar(arrow::null());
  };
  return bound;
}

Result<BoundFunction> bindRaiseError(std::string_view name, std::span<const Argument> arguments,
                                     const SessionSettings&) {
  SPATE_FAIL_IF_ERROR(checkArgumentCount(name, arguments.size(), 1, 1));
  return BoundFunction{
      .type = DataType::nullType(),
      .isFoldable = false,
      .argumentTypes = {DataType::stringType()},
      .kernel = [](EvalContext&, std::span<const arrow::Datum> values,
                   int64_t rows) -> Result<arrow::Datum> {
        if (rows == 0) return nullScalar(arrow::null());
        const Column<std::string_view> messages(values[0]);
        return failure(userRaised(messages.isNull(0) ? "null" : std::string(messages[0])));
      }};
}

constexpr std::array<ScalarFunction, 8> kFunctions = {{
    {"!", bindNot},
    {"assert_true", bindAssertTrue},
    {"isnan", bindIsNan},
    {"isnotnull", bindNullTest},
    {"isnull", bindNullTest},
    {"not", bindNot},
    {"raise_error", bindRaiseError},
    {"typeof", bindTypeof},
}};

}  // namespace

std::span<const ScalarFunction> booleanFunctions() { return kFunctions; }

}  // namespace spate
