// Subqueries in expressions and LATERAL joins: correlated ones become joins, and columns.
#include <arrow/record_batch.h>

#include <algorithm>

#include "spate/plan/Rewrite.h"
#include "spate/planner/AggregateBinding.h"
#include "spate/planner/Analyzer.h"
#include "spate/planner/Conjuncts.h"
#include "spate/planner/PlanErrors.h"
#include "spate/planner/SingleRow.h"

namespace spate {
namespace {

using plan::ExpressionPtr;
using Kind = plan::Subquery::Kind;

ExpressionPtr placed(size_t index) {
  return plan::make(plan::PlacedColumn{static_cast<int>(index), "subquery"});
}

/// `NOT a` and `a = false`. An IN becomes a flag that is false, too, where the truth is not known:
/// below these it would be true.
bool isNegation(const plan::Expression& expression) {
  const auto* call = expression.as<plan::Call>();
  if (call == nullptr) return false;
  const auto isFalse = [](const ExpressionPtr& argument) {
    const auto* literal = argument->as<plan::Literal>();
    return literal != nullptr && literal->value.as<bool>() != nullptr &&
           !*literal->value.as<bool>();
  };
  const bool isEquality = call->name == "==" || call->name == "=";
  return lowerCase(call->name) == "not" ||
         (isEquality && std::ranges::any_of(call->arguments, isFalse));
}

Status numberOfColumnsError(size_t values, size_t columns) {
  return analysisError(
      "DATATYPE_MISMATCH.IN_SUBQUERY_LENGTH_MISMATCH", "42K09",
      "Cannot resolve IN due to data type mismatch: The number of columns in the left hand side of "
      "an IN subquery does not match the number of columns in the output of subquery. Left hand "
      "side columns(length: " +
          std::to_string(values) + "), right hand side columns(length: " + std::to_string(columns) +
          ").",
      {{"leftLength", std::to_string(values)}, {"rightLength", std::to_string(columns)}});
}

}  // namespace

LogicalNodePtr Analyzer::joinSubplan(LogicalNodePtr input, const Subplan& subplan,
                                     LogicalNodePtr right, size_t outerFrom, JoinStep join) {
  for (size_t i = 0; i < subplan.outer.size(); ++i) {
    const int left = subplan.outer[i];
    join.leftKeys.push_back(columnAt(left, input->columns[static_cast<size_t>(left)].field));
    join.rightKeys.push_back(
        columnAt(static_cast<int>(outerFrom + i), right->columns[outerFrom + i].field));
    join.nullSafe.push_back(true);
  }
  OutputColumns columns = input->columns;
  const bool isLeftOnly = join.type == JoinType::kLeftSemi || join.type == JoinType::kLeftAnti;
  if (!isLeftOnly) {
    for (OutputColumn column : right->columns) {
      column.field.nullable = column.field.nullable || join.type == JoinType::kLeftOuter;
      column.isOuter = false;
      columns.push_back(std::move(column));
    }
  }
  return makeLogical(std::move(join), {std::move(input), std::move(right)}, std::move(columns));
}

/// The columns at `kept` of the plan, and behind them one that is true.
LogicalNodePtr Analyzer::flagged(LogicalNodePtr plan, size_t from) {
  ProjectStep step;
  OutputColumns columns;
  for (size_t i = from; i < plan->columns.size(); ++i) {
    step.expressions.push_back(columnAt(static_cast<int>(i), plan->columns[i].field));
    columns.push_back(plan->columns[i]);
    columns.back().isHidden = true;
  }
  step.expressions.push_back(constantOf(Datum(true), DataType::booleanType()));
  OutputColumn flag{nextColumnId(), {"matched", DataType::booleanType(), false}};
  flag.isHidden = true;
  columns.push_back(std::move(flag));
  return makeLogical(std::move(step), {std::move(plan)}, std::move(columns));
}

Result<ExpressionPtr> Analyzer::takeOutScalar(LogicalNodePtr& input, const Subplan& subplan) {
  const StructField value = subplan.plan->columns[0].field;
  // By the outer columns, and an error where there are several rows.
  AggregateStepNode step;
  OutputColumns columns;
  for (size_t i = 1; i < subplan.plan->columns.size(); ++i) {
    step.keys.push_back(columnAt(static_cast<int>(i), subplan.plan->columns[i].field));
    columns.push_back(subplan.plan->columns[i]);
  }
  const size_t keys = columns.size();
  const auto bind = [&](const ExpressionPtr& part) -> Result<BoundExpressionPtr> {
    const auto* literal = part->as<plan::Literal>();
    return literal == nullptr ? columnAt(0, value) : constantOf(literal->value, literal->type);
  };
  const auto one = plan::make(plan::Literal{DataType::integerType(), Datum(1)});
  for (const plan::Call& call : {plan::Call{"first", {placed(0)}}, plan::Call{"count", {one}}}) {
    SPATE_ASSIGN_OR_FAIL(AggregateCall bound, bindAggregateCall(call, bind, context_.settings()));
    columns.push_back({nextColumnId(), {call.name, bound.function.type, bound.function.nullable}});
    step.calls.push_back(std::move(bound));
  }
  auto grouped = makeLogical(std::move(step), {subplan.plan}, columns);
  ProjectStep checked;
  OutputColumns checkedColumns{{nextColumnId(), {value.name, value.type, true}}};
  checked.expressions.push_back(
      singleRow(columnAt(static_cast<int>(keys), columns[keys].field),
                columnAt(static_cast<int>(keys + 1), columns[keys + 1].field)));
  for (size_t i = 0; i < keys; ++i) {
    checked.expressions.push_back(columnAt(static_cast<int>(i), columns[i].field));
    checkedColumns.push_back(columns[i]);
  }
  auto rows = makeLogical(std::move(checked), {std::move(grouped)}, std::move(checkedColumns));
  const size_t first = input->columns.size();
  JoinStep join;
  join.type = JoinType::kLeftOuter;
  input = joinSubplan(std::move(input), subplan, flagged(std::move(rows), 0), 1, std::move(join));
  ExpressionPtr result = placed(first);
  if (subplan.emptyRow && !(*subplan.emptyRow)[0].isNull()) {
    const auto flag = placed(input->columns.size() - 1);
    const auto other = plan::make(plan::Literal{value.type, (*subplan.emptyRow)[0]});
    result = plan::makeCall("when", {plan::makeCall("isnotnull", {flag}), result, other});
  }
  return result;
}

Result<ExpressionPtr> Analyzer::takeOutExists(LogicalNodePtr& input, const Subplan& subplan) {
  auto rows = flagged(subplan.plan, subplan.visible);
  std::vector<int> all;
  for (size_t i = 0; i < rows->columns.size(); ++i) all.push_back(static_cast<int>(i));
  const OutputColumns columns = rows->columns;
  rows = makeLogical(DeduplicateStep{std::move(all), false}, {std::move(rows)}, columns);
  JoinStep join;
  join.type = JoinType::kLeftOuter;
  input = joinSubplan(std::move(input), subplan, std::move(rows), 0, std::move(join));
  return plan::makeCall("isnotnull", {placed(input->columns.size() - 1)});
}

Status Analyzer::addInKeys(const plan::Subquery& subquery, const LogicalNode& input,
                           const Subplan& subplan, JoinStep& join) {
  if (subquery.values.size() != subplan.visible)
    return numberOfColumnsError(subquery.values.size(), subplan.visible);
  ExpressionBinder binder = binderFor(input);
  for (size_t i = 0; i < subquery.values.size(); ++i) {
    SPATE_ASSIGN_OR_RETURN(auto left, binder.bind(subquery.values[i]));
    BoundExpressionPtr right = columnAt(static_cast<int>(i), subplan.plan->columns[i].field);
    const auto type = commonType(left->type(), right->type(), context_.settings());
    if (!type)
      return analysisError(
          "DATATYPE_MISMATCH.IN_SUBQUERY_DATA_TYPE_MISMATCH", "42K09",
          "Cannot resolve IN due to data type mismatch: The data type of one or more elements in "
          "the left hand side of an IN subquery is not compatible with the data type of the output "
          "of the subquery. Mismatched columns: [" +
              left->sql() + ":" + left->type().sql() + ", " + right->sql() + ":" +
              right->type().sql() + "].");
    SPATE_ASSIGN_OR_RETURN(left, bindImplicitCast(std::move(left), *type, context_.settings()));
    SPATE_ASSIGN_OR_RETURN(right, bindImplicitCast(std::move(right), *type, context_.settings()));
    join.leftKeys.push_back(std::move(left));
    join.rightKeys.push_back(std::move(right));
    join.nullSafe.push_back(false);
  }
  return Status::OK();
}

Result<ExpressionPtr> Analyzer::takeOutIn(LogicalNodePtr& input, const plan::Subquery& subquery,
                                          const Subplan& subplan) {
  JoinStep join;
  join.type = JoinType::kLeftOuter;
  SPATE_FAIL_IF_ERROR(addInKeys(subquery, *input, subplan, join));
  auto rows = flagged(subplan.plan, 0);
  std::vector<int> all;
  for (size_t i = 0; i < rows->columns.size(); ++i) all.push_back(static_cast<int>(i));
  const OutputColumns columns = rows->columns;
  rows = makeLogical(DeduplicateStep{std::move(all), false}, {std::move(rows)}, columns);
  input = joinSubplan(std::move(input), subplan, std::move(rows), subplan.visible, std::move(join));
  return plan::makeCall("isnotnull", {placed(input->columns.size() - 1)});
}

Result<ExpressionPtr> Analyzer::takeOutSubquery(LogicalNodePtr& input,
                                                const plan::Subquery& subquery) {
  const size_t before = input->columns.size();
  SPATE_ASSIGN_OR_FAIL(const Subplan subplan,
                       analyzeSubquery(subquery.relation, input, subquery.kind == Kind::kScalar));
  ExpressionPtr result;
  if (subquery.kind == Kind::kIn) {
    SPATE_ASSIGN_OR_FAIL(result, takeOutIn(input, subquery, subplan));
  } else if (subquery.kind == Kind::kScalar) {
    if (subplan.visible != 1) return failure(scalarColumnsError(subplan.visible));
    if (subplan.outer.empty()) return scalarValue(subquery.relation, subplan.plan);
    SPATE_ASSIGN_OR_FAIL(result, takeOutScalar(input, subplan));
  } else if (!subplan.outer.empty()) {
    SPATE_ASSIGN_OR_FAIL(result, takeOutExists(input, subplan));
  } else {
    OutputColumns columns = subplan.plan->columns;
    const auto one = makeLogical(LimitStep{1, 0}, {subplan.plan}, std::move(columns));
    SPATE_ASSIGN_OR_FAIL(const auto batches, answerOf(subquery.relation, true, one));
    const bool exists =
        std::ranges::any_of(batches, [](const auto& batch) { return batch->num_rows() > 0; });
    return plan::make(plan::Literal{DataType::booleanType(), Datum(exists)});
  }
  LogicalNode hidden = *input;
  for (size_t i = before; i < hidden.columns.size(); ++i) {
    // Nothing of the outer query may mean them.
    OutputColumn& column = hidden.columns[i];
    column.id = nextColumnId();
    column.qualifier.clear();
    column.isHidden = true;
  }
  input = std::make_shared<const LogicalNode>(std::move(hidden));
  return result;
}

Result<LogicalNodePtr> Analyzer::takeOutSubqueries(LogicalNodePtr input, Expressions& expressions) {
  Status failed = Status::OK();
  for (ExpressionPtr& expression : expressions) {
    const auto* whole = expression->as<plan::Subquery>();
    ExpressionPtr taken =
        plan::rewrite(expression, [&](const ExpressionPtr& part) -> ExpressionPtr {
          const auto* subquery = part->as<plan::Subquery>();
          if (isNegation(*part) && hasInSubquery(part))
            failed = unsupportedHereError("NOT IN with a subquery inside of an expression");
          if (subquery == nullptr || !failed.ok()) return nullptr;
          auto replaced = takeOutSubquery(input, *subquery);
          if (replaced) return *replaced;
          failed = replaced.error();
          return nullptr;
        });
    if (!failed.ok()) return failure(failed);
    if (whole != nullptr) {
      const std::string name = whole->kind == Kind::kScalar   ? "scalarsubquery()"
                               : whole->kind == Kind::kExists ? "exists()"
                                                              : "in()";
      taken = plan::make(plan::Alias{std::move(taken), {name}});
    }
    expression = std::move(taken);
  }
  return input;
}

Result<LogicalNodePtr> Analyzer::filterBySubquery(LogicalNodePtr input,
                                                  const plan::Subquery& subquery, bool isNot) {
  SPATE_ASSIGN_OR_FAIL(const Subplan subplan, analyzeSubquery(subquery.relation, input, false));
  JoinStep join;
  join.type = isNot ? JoinType::kLeftAnti : JoinType::kLeftSemi;
  if (subquery.kind == Kind::kIn) {
    SPATE_FAIL_IF_ERROR(addInKeys(subquery, *input, subplan, join));
    join.isNullAwareAnti = isNot && subplan.outer.empty();
    if (isNot && !subplan.outer.empty()) {
      // Where a value may be null, so may the comparison, and the row is not put out.
      const bool canBeNull = std::ranges::any_of(join.leftKeys, &BoundExpression::nullable) ||
                             std::ranges::any_of(join.rightKeys, &BoundExpression::nullable);
      if (canBeNull)
        return failure(
            unsupportedHereError("NOT IN with a correlated subquery of nullable values"));
    }
  }
  return joinSubplan(std::move(input), subplan, subplan.plan, subplan.visible, std::move(join));
}

Result<LogicalNodePtr> Analyzer::lateralJoin(const plan::Join& node) {
  SPATE_ASSIGN_OR_FAIL(auto left, analyze(node.left));
  const bool isOuter = node.kind == plan::JoinKind::kLeftOuter;
  if (!isOuter && node.kind != plan::JoinKind::kInner && node.kind != plan::JoinKind::kCross)
    return failure(analysisError("UNSUPPORTED_JOIN_TYPE", "0A000",
                                 "Unsupported join type. Supported join types include: 'INNER', "
                                 "'LEFT OUTER', 'CROSS'."));
  const auto* alias = node.right->as<plan::SubqueryAlias>();
  const auto* function = (alias == nullptr ? node.right : alias->input)->as<plan::TableFunction>();
  if (function != nullptr && findGeneratorFunction(function->name) != nullptr && !node.condition)
    return generate(std::move(left), plan::Call{function->name, function->arguments}, isOuter,
                    alias == nullptr ? std::vector<std::string>() : alias->columns,
                    alias == nullptr ? "" : alias->alias);
  SPATE_ASSIGN_OR_FAIL(const Subplan subplan, analyzeSubquery(node.right, left, true));
  const size_t leftCount = left->columns.size();
  const bool fillsIn = subplan.emptyRow.has_value();
  JoinStep join;
  join.type = isOuter || fillsIn ? JoinType::kLeftOuter : JoinType::kInner;
  if (node.condition) {
    if (fillsIn) return failure(unsupportedHereError("ON of a LATERAL join with an aggregate"));
    OutputColumns pairs = left->columns;
    pairs.insert(pairs.end(), subplan.plan->columns.begin(), subplan.plan->columns.end());
    ExpressionBinder binder(pairs, context_.settings(), planIds_);
    SPATE_ASSIGN_OR_FAIL(join.condition, binder.bindCondition(node.condition, "join condition"));
  }
  auto right = fillsIn ? flagged(subplan.plan, 0) : subplan.plan;
  auto joined =
      joinSubplan(std::move(left), subplan, std::move(right), subplan.visible, std::move(join));
  ProjectStep step;
  OutputColumns columns;
  for (size_t i = 0; i < leftCount + subplan.visible; ++i) {
    BoundExpressionPtr column = columnAt(static_cast<int>(i), joined->columns[i].field);
    columns.push_back(joined->columns[i]);
    if (i >= leftCount) {
      columns.back().isHidden = false;
      if (fillsIn && !(*subplan.emptyRow)[i - leftCount].isNull()) {
        ExpressionBinder binder(joined->columns, context_.settings(), planIds_);
        const auto other =
            plan::make(plan::Literal{column->type(), (*subplan.emptyRow)[i - leftCount]});
        const auto isThere = plan::makeCall("isnotnull", {placed(joined->columns.size() - 1)});
        SPATE_ASSIGN_OR_FAIL(column,
                             binder.bind(plan::makeCall("when", {isThere, placed(i), other})));
      }
    }
    step.expressions.push_back(std::move(column));
  }
  return makeLogical(std::move(step), {std::move(joined)}, std::move(columns));
}

}  // namespace spate
