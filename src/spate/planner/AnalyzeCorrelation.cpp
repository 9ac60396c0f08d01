// What a subquery may refer to of the query around it. The distinct values of the outer columns
// that it refers to are made columns of the subquery, which are carried up to its end and joined on
// there with the outer query. Where a filter says that such a column equals one of the subquery's
// own, that one takes its place and nothing is joined below.
#include <arrow/array/array_base.h>
#include <arrow/record_batch.h>

#include <algorithm>

#include "spate/plan/Rewrite.h"
#include "spate/planner/Analyzer.h"
#include "spate/planner/Conjuncts.h"
#include "spate/planner/PlanErrors.h"
#include "spate/types/ArrowValues.h"

namespace spate {
namespace {

using plan::ExpressionPtr;

bool isEquality(const ExpressionPtr& expression) {
  const auto* call = expression->as<plan::Call>();
  return call != nullptr && call->arguments.size() == 2 &&
         (call->name == "==" || call->name == "=");
}

/// An aggregate without GROUP BY, at most with columns computed from its row: for each value of the
/// outer columns there is a row, whatever is in it.
bool isOneAggregate(const plan::Relation& relation) {
  if (const auto* alias = relation.as<plan::SubqueryAlias>()) return isOneAggregate(*alias->input);
  if (const auto* project = relation.as<plan::Project>()) return isOneAggregate(*project->input);
  const auto* aggregate = relation.as<plan::Aggregate>();
  return aggregate != nullptr && aggregate->kind == plan::GroupKind::kGroupBy &&
         aggregate->grouping.empty() && !aggregate->having;
}

Result<BoundExpressionPtr> isNotNull(BoundExpressionPtr value, const SessionSettings& settings) {
  const ScalarFunction* function = findScalarFunction("isnotnull");
  if (function == nullptr) return failure(unresolvedRoutineError("isnotnull"));
  return bindCall(*function, {std::move(value)}, {}, settings);
}

}  // namespace

bool Analyzer::hasOuterColumns(const LogicalNode& node) {
  return std::ranges::any_of(node.columns, &OutputColumn::isOuter);
}

LogicalNodePtr Analyzer::keepColumns(LogicalNodePtr node,
                                     const std::function<bool(const OutputColumn&)>& isKept) {
  if (std::ranges::all_of(node->columns, isKept)) return node;
  ProjectStep step;
  OutputColumns columns;
  for (size_t i = 0; i < node->columns.size(); ++i) {
    if (!isKept(node->columns[i])) continue;
    step.expressions.push_back(columnAt(static_cast<int>(i), node->columns[i].field));
    columns.push_back(node->columns[i]);
  }
  return makeLogical(std::move(step), {std::move(node)}, std::move(columns));
}

Result<BoundExpressionPtr> Analyzer::outerColumn(const plan::Attribute& attribute) {
  if (outer_ == nullptr) return BoundExpressionPtr();
  ExpressionBinder binder(outer_->input->columns, context_.settings(), planIds_);
  const auto bound = binder.bind(plan::make(attribute));
  // The error is that of the query that does not have the column.
  if (!bound) return BoundExpressionPtr();
  if (outer_->mode == OuterScope::Mode::kInject)
    return failure(unsupportedHereError("a column of the outer query in this place"));
  std::vector<bool> used(outer_->input->columns.size(), false);
  markColumns(**bound, used);
  for (size_t i = 0; i < used.size(); ++i)
    if (used[i]) outer_->used.insert(static_cast<int>(i));
  return constantOf(Datum(), (*bound)->type());
}

bool Analyzer::refersToOuter(const LogicalNode& input, const Expressions& expressions) {
  if (outer_ == nullptr || outer_->mode == OuterScope::Mode::kCollect) return false;
  ExpressionBinder inner(input.columns, context_.settings(), planIds_);
  ExpressionBinder outer(outer_->input->columns, context_.settings(), planIds_);
  return std::ranges::any_of(expressions, [&](const ExpressionPtr& expression) {
    return plan::contains(expression, [&](const plan::Expression& part) {
      if (part.as<plan::Attribute>() == nullptr) return false;
      const auto attribute = plan::make(part.node);
      return !inner.bind(attribute) && outer.bind(attribute);
    });
  });
}

LogicalNodePtr Analyzer::outerDomain() const {
  ProjectStep step;
  OutputColumns columns;
  std::vector<int> all;
  for (const int index : outer_->wanted) {
    const OutputColumn& column = outer_->input->columns[static_cast<size_t>(index)];
    step.expressions.push_back(columnAt(index, column.field));
    all.push_back(static_cast<int>(columns.size()));
    columns.push_back(column);
    columns.back().isOuter = columns.back().isHidden = true;
  }
  auto values = makeLogical(std::move(step), {outer_->input}, columns);
  return makeLogical(DeduplicateStep{std::move(all), false}, {std::move(values)}, columns);
}

LogicalNodePtr Analyzer::crossWithOuter(LogicalNodePtr input) const {
  auto domain = outerDomain();
  OutputColumns columns = input->columns;
  columns.insert(columns.end(), domain->columns.begin(), domain->columns.end());
  return makeLogical(JoinStep{}, {std::move(input), std::move(domain)}, std::move(columns));
}

Result<LogicalNodePtr> Analyzer::ensureOuter(LogicalNodePtr input, const Expressions& expressions) {
  if (!refersToOuter(*input, expressions)) return input;
  OutputColumns columns = input->columns;
  if (outer_->mode == OuterScope::Mode::kEmpty) {
    outer_->isPerValue = true;
    return makeLogical(LimitStep{0, 0}, {std::move(input)}, std::move(columns));
  }
  return crossWithOuter(std::move(input));
}

Result<LogicalNodePtr> Analyzer::filterByOuter(LogicalNodePtr input,
                                               const ExpressionPtr& condition) {
  const OutputColumns own = input->columns;
  if (outer_->mode == OuterScope::Mode::kEmpty)
    return makeLogical(LimitStep{0, 0}, {std::move(input)}, own);
  const SessionSettings& settings = context_.settings();
  ExpressionBinder inner(own, settings, planIds_);
  ExpressionBinder outer(outer_->input->columns, settings, planIds_);
  // For each wanted column, what it equals here.
  std::vector<BoundExpressionPtr> equals(outer_->wanted.size());
  ExpressionPtr plain;
  ExpressionPtr rest;
  const auto add = [](ExpressionPtr& all, const ExpressionPtr& one) {
    all = all ? plan::makeCall("and", {all, one}) : one;
  };
  for (const ExpressionPtr& conjunct : conjunctsOf(condition)) {
    if (!refersToOuter(LogicalNode{ProjectStep{}, {}, own, false}, {conjunct})) {
      add(plain, conjunct);
      continue;
    }
    bool isTaken = false;
    for (const bool swapped : {false, true}) {
      if (isTaken || !isEquality(conjunct)) break;
      const auto& sides = conjunct->as<plan::Call>()->arguments;
      const auto mine = inner.bind(sides[swapped ? 1 : 0]);
      if (!mine || inner.bind(sides[swapped ? 0 : 1])) continue;
      const auto theirs = outer.bind(sides[swapped ? 0 : 1]);
      if (!theirs || !(*theirs)->columnIndex() || !((*theirs)->type() == (*mine)->type())) continue;
      const auto place = std::ranges::find(outer_->wanted, *(*theirs)->columnIndex());
      if (place == outer_->wanted.end()) continue;
      auto& slot = equals[static_cast<size_t>(place - outer_->wanted.begin())];
      if (slot) continue;
      slot = *mine;
      isTaken = true;
    }
    if (!isTaken) add(rest, conjunct);
  }
  if (plain) {
    SPATE_ASSIGN_OR_FAIL(input, filterInput(std::move(input), plain));
  }
  const bool isComplete = std::ranges::all_of(
      equals, [](const BoundExpressionPtr& expression) { return expression != nullptr; });
  LogicalNodePtr joined;
  if (isComplete) {
    ProjectStep step;
    OutputColumns columns = own;
    for (size_t i = 0; i < own.size(); ++i)
      step.expressions.push_back(columnAt(static_cast<int>(i), own[i].field));
    for (size_t i = 0; i < equals.size(); ++i) {
      SPATE_ASSIGN_OR_FAIL(auto present, isNotNull(equals[i], settings));
      input = makeLogical(FilterStep{std::move(present)}, {std::move(input)}, own);
      step.expressions.push_back(equals[i]);
      columns.push_back(outer_->input->columns[static_cast<size_t>(outer_->wanted[i])]);
      columns.back().isOuter = columns.back().isHidden = true;
    }
    joined = makeLogical(std::move(step), {std::move(input)}, std::move(columns));
  } else {
    auto domain = outerDomain();
    JoinStep join;
    for (size_t i = 0; i < equals.size(); ++i) {
      if (!equals[i]) continue;
      join.leftKeys.push_back(equals[i]);
      join.rightKeys.push_back(columnAt(static_cast<int>(i), domain->columns[i].field));
      join.nullSafe.push_back(false);
    }
    OutputColumns columns = own;
    columns.insert(columns.end(), domain->columns.begin(), domain->columns.end());
    joined =
        makeLogical(std::move(join), {std::move(input), std::move(domain)}, std::move(columns));
  }
  return rest ? filterInput(std::move(joined), rest) : joined;
}

LogicalNodePtr Analyzer::fillOuter(LogicalNodePtr input) const {
  const OutputColumns own = input->columns;
  auto domain = outerDomain();
  auto rows = flagged(std::move(input), 0);
  // Values of the outer columns on the left, in the order of the domain.
  JoinStep join;
  join.type = JoinType::kLeftOuter;
  std::vector<std::optional<size_t>> places(own.size());
  for (size_t i = 0; i < domain->columns.size(); ++i) {
    for (size_t j = 0; j < own.size(); ++j) {
      if (!own[j].isOuter || own[j].id != domain->columns[i].id || places[j]) continue;
      places[j] = i;
      join.leftKeys.push_back(columnAt(static_cast<int>(i), domain->columns[i].field));
      join.rightKeys.push_back(columnAt(static_cast<int>(j), own[j].field));
      join.nullSafe.push_back(true);
      break;
    }
  }
  OutputColumns pairs = domain->columns;
  const size_t left = pairs.size();
  for (OutputColumn column : rows->columns) {
    column.field.nullable = true;
    column.isOuter = false;
    pairs.push_back(std::move(column));
  }
  auto joined = makeLogical(std::move(join), {std::move(domain), std::move(rows)}, pairs);
  ProjectStep step;
  OutputColumns columns;
  for (size_t i = 0; i <= own.size(); ++i) {
    const bool isFlag = i == own.size();
    const size_t place = !isFlag && places[i] ? *places[i] : left + i;
    step.expressions.push_back(columnAt(static_cast<int>(place), pairs[place].field));
    columns.push_back(isFlag ? pairs[place] : own[i]);
    columns.back().field.nullable = pairs[place].field.nullable;
  }
  return makeLogical(std::move(step), {std::move(joined)}, std::move(columns));
}

Result<std::optional<Row>> Analyzer::emptyRowOf(const plan::RelationPtr& relation,
                                                const LogicalNodePtr& input) {
  OuterScope scope{input, OuterScope::Mode::kEmpty, {}, {}};
  OuterScope* before = std::exchange(outer_, &scope);
  auto analyzed = analyze(relation);
  outer_ = before;
  if (!analyzed) return failure(analyzed.error());
  if (scope.isPerValue) return std::optional<Row>();
  const auto empty = keepColumns(*std::move(analyzed),
                                 [](const OutputColumn& column) { return !column.isHidden; });
  SPATE_ASSIGN_OR_FAIL(const auto batches, runNow(empty));
  std::optional<Row> result;
  for (const RecordBatchPtr& batch : batches) {
    if (batch->num_rows() == 0) continue;
    if (result || batch->num_rows() > 1) return std::optional<Row>();
    result.emplace();
    for (size_t i = 0; i < empty->columns.size(); ++i)
      result->push_back(
          valueAt(*batch->column(static_cast<int>(i)), 0, empty->columns[i].field.type));
  }
  return result;
}

Result<Analyzer::Subplan> Analyzer::analyzeSubquery(const plan::RelationPtr& relation,
                                                    const LogicalNodePtr& input, bool mayFill) {
  const auto inMode = [&](OuterScope& scope) {
    OuterScope* before = std::exchange(outer_, &scope);
    auto analyzed = analyze(relation);
    outer_ = before;
    return analyzed;
  };
  const auto isVisible = [](const OutputColumn& column) { return !column.isHidden; };
  OuterScope first{input, OuterScope::Mode::kCollect, {}, {}};
  SPATE_ASSIGN_OR_FAIL(auto plan, inMode(first));
  if (plan->isStreaming && !input->isStreaming)
    return failure(analysisError("INVALID_SUBQUERY_EXPRESSION.STREAMING_QUERY", "42823",
                                 "Invalid subquery: Streaming query is not allowed in subquery "
                                 "expressions."));
  Subplan result;
  if (first.used.empty()) {
    result.plan = keepColumns(std::move(plan), isVisible);
    result.visible = result.plan->columns.size();
    return result;
  }
  result.outer.assign(first.used.begin(), first.used.end());
  OuterScope second{input, OuterScope::Mode::kInject, {}, result.outer};
  if (first.hasGlobalAggregate) {
    // An aggregate over no rows is a row, too. Where the subquery is no more than that, what is in
    // the row is found out by asking for it, and the outer query is not read twice.
    if (mayFill && isOneAggregate(*relation)) {
      SPATE_ASSIGN_OR_FAIL(result.emptyRow, emptyRowOf(relation, input));
    }
    second.fillsAggregates = !result.emptyRow;
  }
  SPATE_ASSIGN_OR_FAIL(plan, inMode(second));
  ProjectStep step;
  OutputColumns columns;
  const auto take = [&](size_t i) {
    step.expressions.push_back(columnAt(static_cast<int>(i), plan->columns[i].field));
    columns.push_back(plan->columns[i]);
  };
  for (size_t i = 0; i < plan->columns.size(); ++i)
    if (isVisible(plan->columns[i])) take(i);
  result.visible = columns.size();
  for (const int index : result.outer) {
    const int64_t id = input->columns[static_cast<size_t>(index)].id;
    size_t i = 0;
    while (i < plan->columns.size() && !(plan->columns[i].isOuter && plan->columns[i].id == id))
      ++i;
    if (i == plan->columns.size())
      return failure(unsupportedHereError("this kind of correlated subquery"));
    take(i);
  }
  result.plan = makeLogical(std::move(step), {std::move(plan)}, std::move(columns));
  return result;
}

}  // namespace spate
