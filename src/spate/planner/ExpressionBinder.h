#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "spate/plan/Expression.h"
#include "spate/planner/LogicalPlan.h"

namespace spate {

/// The columns of a relation that stands somewhere in the plan.
struct PlanIdEntry {
  OutputColumns columns;
  /// How far down the plan it stands: of several, the one that is nearest is meant.
  int depth = 0;
};
/// Which columns df["a"] meant: for each plan id, those of its relation.
using PlanIdColumns = std::map<int64_t, std::vector<PlanIdEntry>>;

/// Turns unresolved expressions into bound ones, against the columns of an input.
///
/// Errors  UNRESOLVED_COLUMN, AMBIGUOUS_REFERENCE, UNRESOLVED_ROUTINE, and those of the functions
/// Threads one at a time
class ExpressionBinder {
 public:
  /// Is asked about every expression before it is bound in the usual way; what it gives is taken.
  using Hook = std::function<Result<BoundExpressionPtr>(const plan::ExpressionPtr&)>;
  /// The function that a session has registered under a name, or null.
  using FindFunction =
      std::function<std::shared_ptr<const plan::PythonCall>(const std::string& name)>;

  ExpressionBinder(const OutputColumns& columns, const SessionSettings& settings,
                   const PlanIdColumns& planIds)
      : columns_(columns), settings_(settings), planIds_(planIds) {}

  /// The hook returns a null pointer for what it leaves to the binder.
  void setHook(Hook hook) { hook_ = std::move(hook); }
  /// Is asked about columns that neither the input nor its outer columns have; null: not found.
  using FindOuter = std::function<Result<BoundExpressionPtr>(const plan::Attribute&)>;
  void setOuter(FindOuter find) { findOuter_ = std::move(find); }
  /// Gives the value of a scalar subquery; without it they are refused.
  using EvaluateSubquery = std::function<Result<BoundExpressionPtr>(const plan::Subquery&)>;
  void setSubqueries(EvaluateSubquery evaluate) { subqueries_ = std::move(evaluate); }
  void setFunctions(FindFunction find) { findFunction_ = std::move(find); }

  Result<BoundExpressionPtr> bind(const plan::ExpressionPtr& expression);
  /// bind() with a cast to BOOLEAN where Spark makes one; `what` names the clause in errors.
  Result<BoundExpressionPtr> bindCondition(const plan::ExpressionPtr& expression,
                                           const std::string& what);
  Result<SortKey> bindSortKey(const plan::ExpressionPtr& order);

  /// Replaces `*`, `t.*` and colRegex by the columns they stand for.
  Result<std::vector<plan::ExpressionPtr>> expandStars(
      const std::vector<plan::ExpressionPtr>& expressions);

  /// The name that the column of this expression gets.
  std::string nameOf(const plan::ExpressionPtr& expression, const BoundExpression& bound) const;

  /// The place of a column in `columns`, for names of one part (drop, dropDuplicates ...); empty
  /// when there is none.
  Result<std::optional<int>> findColumn(const std::string& name) const;

  Status unresolvedColumn(const std::vector<std::string>& nameParts) const;

 private:
  struct LambdaScope {
    std::vector<StructField> parameters;
    int firstIndex;
  };

  Result<BoundExpressionPtr> bindAttribute(const plan::Attribute& attribute);
  /// Among the input's own columns, or among those of the outer query (OutputColumn::isOuter).
  Result<BoundExpressionPtr> bindColumn(const plan::Attribute& attribute, bool isOuter);
  Result<BoundExpressionPtr> bindPlanIdAttribute(const plan::Attribute& attribute, bool isOuter);
  Result<BoundExpressionPtr> bindFields(BoundExpressionPtr value,
                                        const std::vector<std::string>& fields);
  Result<BoundExpressionPtr> bindExtract(const plan::ExtractValue& extract);
  Result<BoundExpressionPtr> bindUpdate(const plan::UpdateField& update);
  Result<BoundExpressionPtr> bindCallNode(const plan::Call& call);
  Result<BoundExpressionPtr> bindScalarCall(const std::string& name,
                                            std::vector<BoundExpressionPtr> arguments);
  Result<BoundExpressionPtr> bindPython(const plan::PythonCall& call);
  Result<BoundExpressionPtr> bindCastNode(const plan::Cast& cast);
  BoundExpressionPtr columnReference(int index) const;
  bool sameName(const std::string& a, const std::string& b) const;

  const OutputColumns& columns_;
  const SessionSettings& settings_;
  const PlanIdColumns& planIds_;
  Hook hook_;
  EvaluateSubquery subqueries_;
  FindOuter findOuter_;
  FindFunction findFunction_;
  std::vector<LambdaScope> lambdas_;
  int lambdaParameters_ = 0;
};

/// A text that is the same for expressions that compute the same from the same columns.
std::string fingerprintOf(const BoundExpression& expression);

/// Marks the columns that the expression reads.
void markColumns(const BoundExpression& expression, std::vector<bool>& used);

/// The name without backquotes and case: what makes two function names one.
std::string lowerCase(std::string_view text);

}  // namespace spate
