#pragma once

#include <string>

#include "spate/functions/BoundExpression.h"

namespace spate {

/// The text that a constant gives a column: a string as it is, "1", "1.50", "NULL",
/// "DATE '2020-01-01'", "TIMESTAMP '2020-01-01 00:00:00'" (in UTC), "X'1F'", "array(1, 2)".
std::string literalText(const Datum& value, const DataType& type);

/// A constant with a text of its own.
BoundExpressionPtr namedConstant(Datum value, const DataType& type, std::string sql);

}  // namespace spate
