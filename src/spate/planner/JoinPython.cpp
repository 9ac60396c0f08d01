// Joins with Python functions in their condition.
#include <algorithm>

#include "spate/operators/python/PythonExpression.h"
#include "spate/plan/Rewrite.h"
#include "spate/planner/Analyzer.h"
#include "spate/planner/Conjuncts.h"
#include "spate/planner/PlanErrors.h"

namespace spate {
namespace {

using plan::ExpressionPtr;
using plan::JoinKind;

/// The columns of what is computed below the join can be named by this alone.
constexpr const char* kQualifier = "pythonUDF";

bool readsOnly(const BoundExpression& expression, int from, int to) {
  if (const auto index = expression.columnIndex()) return *index >= from && *index < to;
  return std::ranges::all_of(expression.children(),
                             [&](const auto& child) { return readsOnly(*child, from, to); });
}

std::string_view joinName(JoinKind kind) {
  switch (kind) {
    case JoinKind::kInner: return "INNER";
    case JoinKind::kCross: return "CROSS";
    case JoinKind::kFullOuter: return "FULL OUTER";
    case JoinKind::kLeftOuter: return "LEFT OUTER";
    case JoinKind::kRightOuter: return "RIGHT OUTER";
    case JoinKind::kLeftAnti: return "LEFT ANTI";
    case JoinKind::kLeftSemi: return "LEFT SEMI";
  }
  return "INNER";
}

Status pythonInOnClause(JoinKind kind) {
  const std::string name(joinName(kind));
  return analysisError("UNSUPPORTED_FEATURE.PYTHON_UDF_IN_ON_CLAUSE", "0A000",
                       "The feature is not supported: Python UDF in the ON clause of a " + name +
                           " JOIN. In case of an INNER JOIN consider rewriting to a CROSS JOIN "
                           "with a WHERE clause.",
                       {{"joinType", name}});
}

Status implicitCartesianProduct() {
  return analysisError(
      "_LEGACY_ERROR_TEMP_1211", "",
      "Detected implicit cartesian product for INNER join between logical plans\nJoin condition is "
      "missing or trivial.\nEither: use the CROSS JOIN syntax to allow cartesian products between "
      "these\nrelations, or: enable implicit cartesian products by setting the "
      "configuration\nvariable spark.sql.crossJoin.enabled=true.");
}

ExpressionPtr both(const ExpressionPtr& a, const ExpressionPtr& b) {
  return a ? plan::makeCall("and", {a, b}) : b;
}

}  // namespace

/// A call that reads one side only is computed there, as a hidden column, and is a column like any
/// other to the join. One that reads both sides is a filter over an inner join, and refused in
/// others, as in Spark.
Result<LogicalNodePtr> Analyzer::joinWithPython(plan::Join node, LogicalNodePtr left,
                                                LogicalNodePtr right) {
  const bool isInner = node.kind == JoinKind::kInner || node.kind == JoinKind::kCross;
  const size_t leftCount = left->columns.size();
  OutputColumns pairs = left->columns;
  pairs.insert(pairs.end(), right->columns.begin(), right->columns.end());
  ExpressionBinder binder = binderOver(pairs);
  ExpressionBinder leftBinder = binderFor(*left);
  ExpressionBinder rightBinder = binderFor(*right);
  const auto keepAll = [](const LogicalNode& side) {
    ProjectStep step;
    for (size_t i = 0; i < side.columns.size(); ++i)
      step.expressions.push_back(columnAt(static_cast<int>(i), side.columns[i].field));
    return step;
  };
  ProjectStep leftStep = keepAll(*left);
  ProjectStep rightStep = keepAll(*right);
  OutputColumns leftColumns = left->columns;
  OutputColumns rightColumns = right->columns;

  ExpressionPtr condition;
  ExpressionPtr above;
  Status status;
  for (const ExpressionPtr& conjunct : conjunctsOf(node.condition)) {
    bool readsBoth = false;
    const auto computed = [&](const ExpressionPtr& part) -> ExpressionPtr {
      const auto call = pythonCallOf(*part);
      if (!call || !status.ok()) return nullptr;
      auto bound = binder.bind(part);
      if (!bound) {
        status = bound.error();
        return nullptr;
      }
      const auto count = static_cast<int>(leftCount);
      const bool isLeft = readsOnly(**bound, 0, count);
      if (!isLeft && !readsOnly(**bound, count, static_cast<int>(pairs.size()))) {
        readsBoth = true;
        return nullptr;
      }
      auto own = (isLeft ? leftBinder : rightBinder).bind(part);
      if (!own) {
        status = own.error();
        return nullptr;
      }
      OutputColumns& columns = isLeft ? leftColumns : rightColumns;
      OutputColumn column{nextColumnId(), {"", (*own)->type(), true}};
      column.field.name = "#" + std::to_string(column.id);
      column.qualifier = {kQualifier};
      column.isHidden = true;
      (isLeft ? leftStep : rightStep).expressions.push_back(*std::move(own));
      columns.push_back(column);
      return plan::makeAttribute({kQualifier, column.field.name});
    };
    const ExpressionPtr rewritten = plan::rewrite(conjunct, computed);
    if (!status.ok()) return failure(status);
    if (!readsBoth) {
      condition = both(condition, rewritten);
      continue;
    }
    if (!isInner) return failure(pythonInOnClause(node.kind));
    above = both(above, conjunct);
  }
  if (!condition && above) {
    const auto allowed = context_.settings().conf
                             ? context_.settings().conf("spark.sql.crossJoin.enabled")
                             : std::nullopt;
    if (allowed && lowerCase(*allowed) == "false") return failure(implicitCartesianProduct());
  }

  node.condition = condition;
  const size_t rightCount = right->columns.size();
  const size_t newLeftCount = leftColumns.size();
  left = makeLogical(std::move(leftStep), {std::move(left)}, std::move(leftColumns));
  right = makeLogical(std::move(rightStep), {std::move(right)}, std::move(rightColumns));
  SPATE_ASSIGN_OR_FAIL(auto joined, join(node, std::move(left), std::move(right)));
  // Only what the join itself puts out stays.
  ProjectStep kept;
  OutputColumns columns;
  for (size_t i = 0; i < joined->columns.size(); ++i) {
    const bool isOfLeft = i < newLeftCount;
    if (isOfLeft ? i >= leftCount : i - newLeftCount >= rightCount) continue;
    kept.expressions.push_back(columnAt(static_cast<int>(i), joined->columns[i].field));
    columns.push_back(joined->columns[i]);
  }
  joined = makeLogical(std::move(kept), {std::move(joined)}, std::move(columns));
  if (!above) return joined;
  return filterInput(std::move(joined), above);
}

}  // namespace spate
