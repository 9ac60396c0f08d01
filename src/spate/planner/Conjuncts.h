#pragma once

#include <vector>

#include "spate/plan/Expression.h"

namespace spate {

/// `a AND b AND c` as [a, b, c].
std::vector<plan::ExpressionPtr> conjunctsOf(const plan::ExpressionPtr& condition);

}  // namespace spate
