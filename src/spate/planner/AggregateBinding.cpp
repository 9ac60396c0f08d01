#include "spate/planner/AggregateBinding.h"

#include "spate/planner/ExpressionBinder.h"
#include "spate/planner/PlanErrors.h"

namespace spate {

using plan::ExpressionPtr;

bool isCountOfRows(const plan::Call& call) {
  return lowerCase(call.name) == "count" && call.arguments.size() == 1 && !call.isDistinct &&
         call.arguments[0]->as<plan::Star>() != nullptr;
}

Result<AggregateCall> bindAggregateCall(
    const plan::Call& call,
    const std::function<Result<BoundExpressionPtr>(const ExpressionPtr&)>& bind,
    const SessionSettings& settings) {
  const AggregateFunction* function = findAggregateFunction(call.name);
  if (function == nullptr) return failure(unresolvedRoutineError(call.name));
  std::vector<ExpressionPtr> expressions = call.arguments;
  if (isCountOfRows(call))
    expressions = {plan::make(plan::Literal{DataType::integerType(), Datum(1)})};
  AggregateCall bound;
  std::vector<Argument> described;
  for (const ExpressionPtr& expression : expressions) {
    SPATE_ASSIGN_OR_FAIL(auto argument, bind(expression));
    Argument one{argument->type(), argument->nullable(), argument->sql(), std::nullopt};
    if (argument->isFoldable()) {
      auto value = evaluateConstant(*argument, settings);
      if (value) one.constant = std::move(*value);
    }
    described.push_back(std::move(one));
    bound.arguments.push_back(std::move(argument));
  }
  if (call.ignoreNulls) {
    // first(a) IGNORE NULLS is first(a, true).
    described.push_back({DataType::booleanType(), false, "true", Datum(true)});
    bound.arguments.push_back(constantOf(Datum(true), DataType::booleanType()));
  }
  SPATE_ASSIGN_OR_FAIL(bound.function, function->bind(function->name, described, settings));
  for (size_t i = 0; i < bound.arguments.size(); ++i) {
    SPATE_ASSIGN_OR_FAIL(
        bound.arguments[i],
        bindImplicitCast(std::move(bound.arguments[i]), bound.function.argumentTypes[i], settings));
  }
  if (call.filter) {
    SPATE_ASSIGN_OR_FAIL(bound.filter, bind(call.filter));
    if (bound.filter->type().is(TypeKind::kNull)) {
      SPATE_ASSIGN_OR_FAIL(bound.filter, bindImplicitCast(std::move(bound.filter),
                                                          DataType::booleanType(), settings));
    }
    if (!bound.filter->type().is(TypeKind::kBoolean))
      return failure(notABooleanError(*bound.filter, "filter"));
  }
  bound.isDistinct = call.isDistinct;
  if (bound.function.sql.empty()) {
    for (const Argument& argument : described)
      bound.function.sql += (bound.function.sql.empty() ? "" : ", ") + argument.sql;
    bound.function.sql = lowerCase(call.name) + "(" + (call.isDistinct ? "DISTINCT " : "") +
                         bound.function.sql + ")";
  } else if (call.isDistinct) {
    const size_t open = bound.function.sql.find('(');
    if (open != std::string::npos) bound.function.sql.insert(open + 1, "DISTINCT ");
  }
  if (bound.filter) bound.function.sql += " FILTER (WHERE " + bound.filter->sql() + ")";
  return bound;
}

Status windowInAggregateError() {
  return analysisError("_LEGACY_ERROR_TEMP_1031", "",
                       "It is not allowed to use a window function inside an aggregate function. "
                       "Please use the inner window function in a sub-query.");
}

}  // namespace spate
