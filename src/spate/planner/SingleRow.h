#pragma once

#include "spate/functions/BoundExpression.h"

namespace spate {

/// `value`, of a subquery that stands for one value; SCALAR_SUBQUERY_TOO_MANY_ROWS when `rows`, a
/// BIGINT, is above 1 anywhere.
BoundExpressionPtr singleRow(BoundExpressionPtr value, BoundExpressionPtr rows);

/// SCALAR_SUBQUERY_TOO_MANY_ROWS.
Status tooManyRowsError();

}  // namespace spate
