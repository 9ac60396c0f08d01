#include "spate/planner/Conjuncts.h"

#include "spate/planner/ExpressionBinder.h"

namespace spate {

std::vector<plan::ExpressionPtr> conjunctsOf(const plan::ExpressionPtr& condition) {
  const auto* call = condition->as<plan::Call>();
  if (call == nullptr || lowerCase(call->name) != "and" || call->arguments.size() != 2)
    return {condition};
  auto conjuncts = conjunctsOf(call->arguments[0]);
  for (auto& conjunct : conjunctsOf(call->arguments[1])) conjuncts.push_back(std::move(conjunct));
  return conjuncts;
}

}  // namespace spate
