#pragma once

#include <arrow/type_fwd.h>

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "spate/functions/Function.h"

namespace spate {

/// Evaluates the body of a lambda for rows made of rows of EvalContext::batch: row i has the
/// columns of row parents[i], of which only those that the body reads are repeated, and then the
/// parameters.
Result<std::shared_ptr<arrow::Array>> evaluateExpanded(const BoundExpression& body,
                                                       EvalContext& context,
                                                       const std::vector<int64_t>& parents,
                                                       arrow::ArrayVector parameters);

/// map_filter, transform_keys, transform_values, map_zip_with.
std::span<const ScalarFunction> mapLambdaFunctions();

}  // namespace spate
