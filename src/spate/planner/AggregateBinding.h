#pragma once

#include <functional>

#include "spate/operators/aggregate/HashAggregate.h"
#include "spate/plan/Expression.h"

namespace spate {

/// count(*).
bool isCountOfRows(const plan::Call& call);

/// Binds a call of an aggregate function, its arguments and its filter by `bind`, with the implicit
/// casts that the function asks for, and its text. The name is one that findAggregateFunction
/// knows; of stars in the arguments only that of count(*) may be left.
///
/// Errors  those of `bind` and of the function
Result<AggregateCall> bindAggregateCall(
    const plan::Call& call,
    const std::function<Result<BoundExpressionPtr>(const plan::ExpressionPtr&)>& bind,
    const SessionSettings& settings);

/// A window function as an argument of an aggregate.
Status windowInAggregateError();

}  // namespace spate
