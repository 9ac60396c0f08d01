#include "spate/functions/Selection.h"

#include <arrow/array/array_primitive.h>
#include <arrow/array/builder_primitive.h>
#include <arrow/array/util.h>
#include <arrow/compute/api_vector.h>
#include <arrow/compute/exec.h>
#include <arrow/compute/initialize.h>
#include <arrow/datum.h>
#include <arrow/record_batch.h>
#include <arrow/scalar.h>

#include <algorithm>
#include <mutex>

#include "spate/types/ArrowTypes.h"
#include "spate/types/ArrowValues.h"
#include "spate/types/Columns.h"

namespace spate {
namespace {

Status initializeArrow() {
  static const arrow::Status initialized = arrow::compute::Initialize();
  return initialized.ok() ? Status() : fromArrow(initialized);
}

Result<arrow::Datum> nullsOf(const DataType& type) {
  SPATE_ASSIGN_OR_FAIL(const auto arrowType, toArrowType(type));
  return nullScalar(arrowType);
}

}  // namespace

RowMask trueRows(const arrow::Datum& condition, int64_t rows) {
  RowMask mask(static_cast<size_t>(rows));
  if (condition.type()->id() == arrow::Type::NA) return mask;
  const Column<bool> values(condition);
  for (int64_t i = 0; i < rows; ++i) {
    mask[static_cast<size_t>(i)] = values[i] && !values.isNull(i) ? 1 : 0;
  }
  return mask;
}

bool anyRow(const RowMask& mask) { return std::ranges::find(mask, 1) != mask.end(); }

std::shared_ptr<arrow::Array> maskArray(const RowMask& mask) {
  const auto rows = static_cast<int64_t>(mask.size());
  auto bits = packBits(mask.data(), rows);
  return makeFixedArray(arrow::boolean(), rows, {}, bits ? std::move(*bits) : nullptr);
}

Result<arrow::Datum> evaluateWhere(const BoundExpression& expression,
                                   const arrow::RecordBatch& batch, const RowMask& mask,
                                   EvalContext& context) {
  if (!anyRow(mask)) return nullsOf(expression.type());
  auto all = expression.evaluate(batch, context);
  if (all || std::ranges::find(mask, 0) == mask.end()) return all;
  SPATE_FAIL_IF_ERROR(initializeArrow());
  arrow::Int64Builder taken;
  arrow::Int64Builder places;
  int64_t next = 0;
  for (size_t i = 0; i < mask.size(); ++i) {
    if (mask[i] != 0) SPATE_FAIL_IF_ARROW_ERROR(taken.Append(static_cast<int64_t>(i)));
    SPATE_FAIL_IF_ARROW_ERROR(mask[i] != 0 ? places.Append(next++) : places.AppendNull());
  }
  SPATE_ASSIGN_OR_FAIL_ARROW(const auto rows, taken.Finish());
  arrow::ArrayVector columns;
  for (const auto& column : batch.columns()) {
    SPATE_ASSIGN_OR_FAIL_ARROW(auto some, arrow::compute::Take(*column, *rows));
    columns.push_back(std::move(some));
  }
  const auto needed = arrow::RecordBatch::Make(batch.schema(), next, std::move(columns));
  SPATE_ASSIGN_OR_FAIL(const auto values, expression.evaluate(*needed, context));
  if (values.is_scalar()) return values;
  SPATE_ASSIGN_OR_FAIL_ARROW(const auto positions, places.Finish());
  SPATE_ASSIGN_OR_FAIL_ARROW(auto spread, arrow::compute::Take(*values.make_array(), *positions));
  return arrow::Datum(std::move(spread));
}

Result<arrow::Datum> choose(const RowMask& mask, const arrow::Datum& whenTrue,
                            const arrow::Datum& otherwise) {
  if (!anyRow(mask)) return otherwise;
  if (std::ranges::find(mask, 0) == mask.end()) return whenTrue;
  return callArrow("if_else", {arrow::Datum(maskArray(mask)), whenTrue, otherwise});
}

Result<arrow::Datum> callArrow(const char* name, const std::vector<arrow::Datum>& arguments) {
  SPATE_FAIL_IF_ERROR(initializeArrow());
  SPATE_ASSIGN_OR_FAIL_ARROW(auto result, arrow::compute::CallFunction(name, arguments));
  return result;
}

}  // namespace spate
