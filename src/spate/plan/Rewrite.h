#pragma once

#include <functional>

#include "spate/plan/Expression.h"

namespace spate::plan {

/// Offers every expression of the tree to `replace`, parents first; what it gives is taken in the
/// place of the expression (and not looked into), null leaves it. Subqueries are not entered.
ExpressionPtr rewrite(const ExpressionPtr& expression,
                      const std::function<ExpressionPtr(const ExpressionPtr&)>& replace);

/// Whether `matches` holds for any expression of the tree.
bool contains(const ExpressionPtr& expression,
              const std::function<bool(const Expression&)>& matches);

}  // namespace spate::plan
