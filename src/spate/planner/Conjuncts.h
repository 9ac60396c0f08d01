#pragma once

#include <vector>

#include "spate/plan/Expression.h"

namespace spate {

/// `a AND b AND c` as [a, b, c].
std::vector<plan::ExpressionPtr> conjunctsOf(const plan::ExpressionPtr& condition);

/// The same condition, in which no NOT stands before an AND, an OR or another NOT that has an IN
/// with a subquery in it: `NOT (a OR b IN (...))` is `NOT a AND NOT b IN (...)`.
plan::ExpressionPtr withNotsAtSubqueries(const plan::ExpressionPtr& condition);

/// Whether there is an IN with a subquery in the expression.
bool hasInSubquery(const plan::ExpressionPtr& expression);

}  // namespace spate
