#include "spate/planner/Conjuncts.h"

#include "spate/plan/Rewrite.h"
#include "spate/planner/ExpressionBinder.h"

namespace spate {
namespace {

plan::ExpressionPtr pushNots(const plan::ExpressionPtr& condition, bool isNegated) {
  const auto* call = condition->as<plan::Call>();
  const std::string name = call == nullptr ? "" : lowerCase(call->name);
  if (hasInSubquery(condition)) {
    if (name == "not" && call->arguments.size() == 1)
      return pushNots(call->arguments[0], !isNegated);
    if ((name == "and" || name == "or") && call->arguments.size() == 2) {
      const bool isAnd = (name == "and") != isNegated;
      return plan::makeCall(isAnd ? "and" : "or", {pushNots(call->arguments[0], isNegated),
                                                   pushNots(call->arguments[1], isNegated)});
    }
  }
  return isNegated ? plan::makeCall("not", {condition}) : condition;
}

}  // namespace

std::vector<plan::ExpressionPtr> conjunctsOf(const plan::ExpressionPtr& condition) {
  const auto* call = condition->as<plan::Call>();
  if (call == nullptr || lowerCase(call->name) != "and" || call->arguments.size() != 2)
    return {condition};
  auto conjuncts = conjunctsOf(call->arguments[0]);
  for (auto& conjunct : conjunctsOf(call->arguments[1])) conjuncts.push_back(std::move(conjunct));
  return conjuncts;
}

plan::ExpressionPtr withNotsAtSubqueries(const plan::ExpressionPtr& condition) {
  return pushNots(condition, false);
}

bool hasInSubquery(const plan::ExpressionPtr& expression) {
  return plan::contains(expression, [](const plan::Expression& part) {
    const auto* subquery = part.as<plan::Subquery>();
    return subquery != nullptr && subquery->kind == plan::Subquery::Kind::kIn;
  });
}

}  // namespace spate
