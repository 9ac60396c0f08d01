#pragma once

#include <arrow/type_fwd.h>

#include <cstdint>
#include <memory>
#include <vector>

#include "spate/functions/BoundExpression.h"

/// Expressions that are needed for some rows only: CASE, coalesce, AND. The others must not fail
/// the query, so an error counts only where it comes from a row that is needed.
namespace spate {

/// One byte a row: 1 where the row is needed.
using RowMask = std::vector<uint8_t>;

/// The value of a condition: 1 where it is true. A null is not true.
RowMask trueRows(const arrow::Datum& condition, int64_t rows);
bool anyRow(const RowMask& mask);

/// The expression's values for the rows of the mask; of other rows, anything. All rows are tried
/// first: an expression that fails is evaluated again for the needed ones alone.
Result<arrow::Datum> evaluateWhere(const BoundExpression& expression,
                                   const arrow::RecordBatch& batch, const RowMask& mask,
                                   EvalContext& context);

/// whenTrue where the mask is 1, otherwise where it is 0. Both are of one type.
Result<arrow::Datum> choose(const RowMask& mask, const arrow::Datum& whenTrue,
                            const arrow::Datum& otherwise);

/// A boolean column as an arrow mask.
std::shared_ptr<arrow::Array> maskArray(const RowMask& mask);

/// Calls a kernel of arrow::compute by its name.
Result<arrow::Datum> callArrow(const char* name, const std::vector<arrow::Datum>& arguments);

}  // namespace spate
