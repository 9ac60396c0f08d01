// Steps that choose, order and spread rows.
#include <algorithm>
#include <random>

#include "spate/planner/Analyzer.h"
#include "spate/planner/PlanErrors.h"

namespace spate {
namespace {

using plan::ExpressionPtr;

void splitConjuncts(const ExpressionPtr& condition, std::vector<ExpressionPtr>& conjuncts) {
  const auto* call = condition->as<plan::Call>();
  if (call != nullptr && lowerCase(call->name) == "and" && call->arguments.size() == 2) {
    splitConjuncts(call->arguments[0], conjuncts);
    splitConjuncts(call->arguments[1], conjuncts);
    return;
  }
  conjuncts.push_back(condition);
}

}  // namespace

Result<LogicalNodePtr> Analyzer::filterInput(LogicalNodePtr input, const ExpressionPtr& condition) {
  ExpressionBinder binder = binderFor(*input);
  SPATE_ASSIGN_OR_FAIL(auto bound, binder.bindCondition(condition, "filter"));
  OutputColumns columns = input->columns;
  return makeLogical(FilterStep{std::move(bound)}, {std::move(input)}, std::move(columns));
}

Result<LogicalNodePtr> Analyzer::operator()(const plan::Filter& node) {
  SPATE_ASSIGN_OR_FAIL(auto input, analyze(node.input));
  std::vector<ExpressionPtr> conjuncts;
  splitConjuncts(node.condition, conjuncts);
  ExpressionPtr plain;
  for (const ExpressionPtr& conjunct : conjuncts) {
    const auto* call = conjunct->as<plan::Call>();
    const bool isNot = call != nullptr && lowerCase(call->name) == "not";
    const auto* subquery = (isNot ? call->arguments[0] : conjunct)->as<plan::Subquery>();
    if (subquery == nullptr || subquery->kind == plan::Subquery::Kind::kScalar) {
      plain = plain ? plan::makeCall("and", {plain, conjunct}) : conjunct;
      continue;
    }
    // [NOT] IN and [NOT] EXISTS are joins that keep left rows.
    SPATE_ASSIGN_OR_FAIL(auto right, analyze(subquery->relation));
    JoinStep join;
    join.type = isNot ? JoinType::kLeftAnti : JoinType::kLeftSemi;
    join.isNullAwareAnti = isNot && subquery->kind == plan::Subquery::Kind::kIn;
    ExpressionBinder binder = binderFor(*input);
    for (size_t i = 0; i < subquery->values.size(); ++i) {
      SPATE_ASSIGN_OR_FAIL(auto left, binder.bind(subquery->values[i]));
      if (i >= right->columns.size()) return failure(unsupportedHereError("this IN subquery"));
      auto other = columnAt(static_cast<int>(i), right->columns[i].field);
      const auto type = commonType(left->type(), other->type(), context_.settings());
      if (!type) return failure(unsupportedHereError("an IN subquery of another type"));
      SPATE_ASSIGN_OR_FAIL(left, bindImplicitCast(std::move(left), *type, context_.settings()));
      SPATE_ASSIGN_OR_FAIL(other, bindImplicitCast(std::move(other), *type, context_.settings()));
      join.leftKeys.push_back(std::move(left));
      join.rightKeys.push_back(std::move(other));
      join.nullSafe.push_back(false);
    }
    OutputColumns columns = input->columns;
    input = makeLogical(std::move(join), {std::move(input), std::move(right)}, std::move(columns));
  }
  if (!plain) return input;
  // A filter over an aggregation of SQL is its HAVING; here names of the output are enough.
  return filterInput(std::move(input), plain);
}

Result<LogicalNodePtr> Analyzer::operator()(const plan::Sort& node) {
  // What the output does not have, the input of the projection may: ORDER BY a, when only b was
  // selected, or an aggregate.
  Expressions hidden;
  LogicalNodePtr input;
  const auto* projected = node.input->as<plan::Project>();
  const auto* aggregated = node.input->as<plan::Aggregate>();
  SPATE_ASSIGN_OR_FAIL(input, analyze(node.input));
  std::vector<SortKey> keys;
  const size_t visible = input->columns.size();
  {
    ExpressionBinder binder = binderFor(*input);
    for (const ExpressionPtr& order : node.order) {
      const auto* sort = order->as<plan::SortOrder>();
      const ExpressionPtr child = sort == nullptr ? order : sort->child;
      if (const auto* literal = child->as<plan::Literal>();
          literal != nullptr && literal->value.as<int32_t>() != nullptr) {
        const int32_t ordinal = *literal->value.as<int32_t>();
        if (ordinal < 1 || static_cast<size_t>(ordinal) > visible)
          return failure(analysisError(
              "ORDER_BY_POS_OUT_OF_RANGE", "42805",
              "ORDER BY position " + std::to_string(ordinal) +
                  " is not in select list (valid range is [1, " + std::to_string(visible) + "]).",
              {{"index", std::to_string(ordinal)}, {"size", std::to_string(visible)}}));
        keys.push_back(
            {columnAt(ordinal - 1, input->columns[static_cast<size_t>(ordinal - 1)].field),
             sort == nullptr || sort->ascending, sort == nullptr || sort->nullsFirst});
        continue;
      }
      auto key = binder.bindSortKey(order);
      if (!key) {
        if (projected == nullptr && aggregated == nullptr) return failure(key.error());
        hidden.push_back(child);
        keys.push_back(
            {nullptr, sort == nullptr || sort->ascending, sort == nullptr || sort->nullsFirst});
        continue;
      }
      keys.push_back(*std::move(key));
    }
  }
  if (!hidden.empty()) {
    auto extended = projected != nullptr ? [&]() -> Result<LogicalNodePtr> {
      SPATE_ASSIGN_OR_FAIL(auto below, analyze(projected->input));
      return project(std::move(below), projected->expressions, hidden);
    }()
        : aggregate(*aggregated, hidden);
    if (!extended) return extended;
    input = *extended;
    size_t next = input->columns.size() - hidden.size();
    for (SortKey& key : keys) {
      if (key.expression) continue;
      key.expression = columnAt(static_cast<int>(next), input->columns[next].field);
      ++next;
    }
  }
  OutputColumns columns = input->columns;
  auto sorted = makeLogical(SortStep{std::move(keys), node.isGlobal}, {std::move(input)}, columns);
  if (hidden.empty()) return sorted;
  std::vector<Named> named;
  for (size_t i = 0; i < visible; ++i)
    named.push_back({columns[i].field.name, columnAt(static_cast<int>(i), columns[i].field), {}});
  return projectBound(std::move(sorted), std::move(named));
}

Result<int64_t> Analyzer::constantCount(const ExpressionPtr& expression,
                                        const std::string& clause) {
  const OutputColumns none;
  ExpressionBinder binder(none, context_.settings(), planIds_);
  SPATE_ASSIGN_OR_FAIL(auto bound, binder.bind(expression));
  if (!bound->isFoldable())
    return failure(analysisError("INVALID_LIMIT_LIKE_EXPRESSION.IS_UNFOLDABLE", "42K0E",
                                 "The limit like expression \"" + bound->sql() +
                                     "\" is invalid. The " + clause +
                                     " expression must evaluate to a constant value.",
                                 {{"name", clause}, {"expr", "\"" + bound->sql() + "\""}}));
  SPATE_ASSIGN_OR_FAIL(bound, bindCast(std::move(bound), DataType::longType(), CastPolicy::kAnsi,
                                       context_.settings()));
  SPATE_ASSIGN_OR_FAIL(const Datum value, evaluateConstant(*bound, context_.settings()));
  if (value.isNull())
    return failure(analysisError("INVALID_LIMIT_LIKE_EXPRESSION.IS_NULL", "42K0E",
                                 "The limit like expression \"" + bound->sql() +
                                     "\" is invalid. The evaluated " + clause +
                                     " expression must not be null."));
  const int64_t count = *value.as<int64_t>();
  if (count < 0)
    return failure(analysisError("INVALID_LIMIT_LIKE_EXPRESSION.IS_NEGATIVE", "42K0E",
                                 "The limit like expression \"" + std::to_string(count) +
                                     "\" is invalid. The " + clause +
                                     " expression must be equal to or greater than 0, but got " +
                                     std::to_string(count) + ".",
                                 {{"name", clause},
                                  {"expr", "\"" + std::to_string(count) + "\""},
                                  {"v", std::to_string(count)}}));
  return count;
}

Result<LogicalNodePtr> Analyzer::operator()(const plan::Limit& node) {
  SPATE_ASSIGN_OR_FAIL(const int64_t count, constantCount(node.count, "limit"));
  SPATE_ASSIGN_OR_FAIL(auto input, analyze(node.input));
  OutputColumns columns = input->columns;
  return makeLogical(LimitStep{count, 0}, {std::move(input)}, std::move(columns));
}

Result<LogicalNodePtr> Analyzer::operator()(const plan::Offset& node) {
  SPATE_ASSIGN_OR_FAIL(const int64_t count, constantCount(node.count, "offset"));
  SPATE_ASSIGN_OR_FAIL(auto input, analyze(node.input));
  OutputColumns columns = input->columns;
  return makeLogical(LimitStep{-1, count}, {std::move(input)}, std::move(columns));
}

Result<LogicalNodePtr> Analyzer::operator()(const plan::Tail& node) {
  SPATE_ASSIGN_OR_FAIL(const int64_t count, constantCount(node.count, "tail"));
  SPATE_ASSIGN_OR_FAIL(auto input, analyze(node.input));
  OutputColumns columns = input->columns;
  return makeLogical(TailStep{count}, {std::move(input)}, std::move(columns));
}

Result<LogicalNodePtr> Analyzer::operator()(const plan::Deduplicate& node) {
  SPATE_ASSIGN_OR_FAIL(auto input, analyze(node.input));
  ExpressionBinder binder = binderFor(*input);
  DeduplicateStep step;
  step.withinWatermark = node.withinWatermark;
  for (const std::string& name : node.columns) {
    SPATE_ASSIGN_OR_FAIL(const auto index, binder.findColumn(name));
    if (!index) return failure(binder.unresolvedColumn({name}));
    step.columns.push_back(*index);
  }
  if (node.columns.empty()) {
    for (size_t i = 0; i < input->columns.size(); ++i) step.columns.push_back(static_cast<int>(i));
  }
  OutputColumns columns = input->columns;
  return makeLogical(std::move(step), {std::move(input)}, std::move(columns));
}

Result<LogicalNodePtr> Analyzer::operator()(const plan::Sample& node) {
  SPATE_ASSIGN_OR_FAIL(auto input, analyze(node.input));
  SampleStep step{node.lower, node.upper, node.withReplacement,
                  node.seed ? *node.seed : static_cast<int64_t>(std::random_device()())};
  OutputColumns columns = input->columns;
  return makeLogical(step, {std::move(input)}, std::move(columns));
}

Result<LogicalNodePtr> Analyzer::operator()(const plan::Hint& node) { return analyze(node.input); }

Result<LogicalNodePtr> Analyzer::operator()(const plan::Repartition& node) {
  SPATE_ASSIGN_OR_FAIL(auto input, analyze(node.input));
  ExpressionBinder binder = binderFor(*input);
  Distribution distribution{Distribution::Kind::kRoundRobin, {}, node.partitions.value_or(0)};
  for (const ExpressionPtr& column : node.columns) {
    SPATE_ASSIGN_OR_FAIL(auto key, binder.bindSortKey(column));
    distribution.keys.push_back(std::move(key.expression));
  }
  if (!distribution.keys.empty()) distribution.kind = Distribution::Kind::kHash;
  if (node.partitions == 1) distribution.kind = Distribution::Kind::kSingle;
  OutputColumns columns = input->columns;
  return makeLogical(RepartitionStep{std::move(distribution)}, {std::move(input)},
                     std::move(columns));
}

Result<LogicalNodePtr> Analyzer::operator()(const plan::WithCtes& node) {
  if (node.isRecursive) return failure(unsupportedHereError("a recursive CTE"));
  const size_t before = ctes_.size();
  for (const auto& cte : node.ctes) ctes_.push_back(cte);
  auto analyzed = analyze(node.input);
  ctes_.resize(before);
  return analyzed;
}

}  // namespace spate
