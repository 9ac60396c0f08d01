#pragma once

#include <string>

#include "spate/plan/Expression.h"
#include "spate/plan/Relation.h"

namespace spate::plan {

/// A plan as text, for tests and for messages. Equal text means an equal plan, but for Arrow tables
/// and the bytes of Python functions, of which only the size is shown.
///
///     (a == 1)   sum(DISTINCT x) FILTER (b)   CAST(a AS INT)   'text'   2L   1.5BD
std::string toText(const Expression& expression);

/// One node a line, inputs indented below:
///
///     Project [a, (b + 1) AS c]
///       Filter (a == 1)
///         ReadTable [t]
std::string toText(const Relation& relation);

}  // namespace spate::plan
