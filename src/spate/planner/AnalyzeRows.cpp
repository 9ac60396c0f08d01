// Steps that choose, order and spread rows.
#include <algorithm>
#include <random>
#include <set>

#include "spate/plan/Rewrite.h"
#include "spate/planner/Analyzer.h"
#include "spate/planner/Conjuncts.h"
#include "spate/planner/PlanErrors.h"
#include "spate/planner/WindowBinder.h"
#include "spate/planner/WindowErrors.h"

namespace spate {
namespace {

using plan::ExpressionPtr;

bool hasWindow(const ExpressionPtr& expression) {
  return plan::contains(
      expression, [](const auto& part) { return part.template as<plan::Window>() != nullptr; });
}

Status windowInSortError(ExpressionBinder binder, const SessionSettings& settings,
                         const ExpressionPtr& expression) {
  WindowBinder windows(settings, [&](const ExpressionPtr& part) { return binder.bind(part); });
  std::string text;
  plan::contains(expression, [&](const plan::Expression& part) {
    const auto* window = part.as<plan::Window>();
    if (window == nullptr) return false;
    const auto bound = windows.bind(*window);
    if (bound) text = "\"" + (*bound)->sql() + "\"";
    return true;
  });
  return analysisError(
      "UNSUPPORTED_EXPR_FOR_OPERATOR", "42K0E",
      "The query operator Sort contains one or more unsupported expressions.\nConsider to rewrite "
      "it to avoid window functions, aggregate functions, and generator functions in the Sort "
      "operator.\nInvalid expressions: [" +
          text + "]",
      {{"operator", "Sort"}, {"invalidExprSqls", text}});
}

/// ORDER BY ALL, unless a column is called so.
bool isOrderByAll(const plan::Sort& node) {
  if (node.order.size() != 1) return false;
  const auto* order = node.order[0]->as<plan::SortOrder>();
  const auto* name = order == nullptr ? nullptr : order->child->as<plan::Attribute>();
  return name != nullptr && name->nameParts.size() == 1 && lowerCase(name->nameParts[0]) == "all";
}

}  // namespace

Result<LogicalNodePtr> Analyzer::filterInput(LogicalNodePtr input, const ExpressionPtr& condition) {
  if (plan::contains(condition, [](const auto& part) { return part.template as<plan::Window>(); }))
    return failure(windowNotAllowedError("WHERE"));
  if (refersToOuter(*input, {condition})) return filterByOuter(std::move(input), condition);
  ExpressionBinder binder = binderFor(*input);
  SPATE_ASSIGN_OR_FAIL(auto bound, binder.bindCondition(condition, "filter"));
  OutputColumns columns = input->columns;
  return makeLogical(FilterStep{std::move(bound)}, {std::move(input)}, std::move(columns));
}

Result<LogicalNodePtr> Analyzer::operator()(const plan::Filter& node) {
  SPATE_ASSIGN_OR_FAIL(auto input, analyze(node.input));
  const size_t before = input->columns.size();
  Expressions plain;
  for (const ExpressionPtr& conjunct : conjunctsOf(withNotsAtSubqueries(node.condition))) {
    const auto* call = conjunct->as<plan::Call>();
    const bool isNot =
        call != nullptr && lowerCase(call->name) == "not" && call->arguments.size() == 1;
    const auto* subquery = (isNot ? call->arguments[0] : conjunct)->as<plan::Subquery>();
    if (subquery == nullptr || subquery->kind == plan::Subquery::Kind::kScalar) {
      plain.push_back(conjunct);
      continue;
    }
    // [NOT] IN and [NOT] EXISTS are joins that keep left rows.
    SPATE_ASSIGN_OR_FAIL(input, filterBySubquery(std::move(input), *subquery, isNot));
  }
  if (plain.empty()) return input;
  SPATE_ASSIGN_OR_FAIL(input, takeOutSubqueries(std::move(input), plain));
  input = addMissing(std::move(input), plain);
  ExpressionPtr all;
  for (const ExpressionPtr& one : plain) {
    const auto* alias = one->as<plan::Alias>();
    const ExpressionPtr child = alias == nullptr ? one : alias->child;
    all = all ? plan::makeCall("and", {all, child}) : child;
  }
  // A filter over an aggregation of SQL is its HAVING; here names of the output are enough.
  SPATE_ASSIGN_OR_FAIL(input, filterInput(std::move(input), all));
  const auto end = input->columns.begin() + static_cast<std::ptrdiff_t>(before);
  std::set<int64_t> added;
  for (auto column = end; column != input->columns.end(); ++column)
    if (!column->isOuter) added.insert(column->id);
  return keepColumns(std::move(input),
                     [&](const OutputColumn& column) { return !added.contains(column.id); });
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
  const auto shown = static_cast<size_t>(std::ranges::count(
      input->columns, false, [](const OutputColumn& column) { return column.isHidden; }));
  Expressions orders = node.order;
  if (projected == nullptr && aggregated == nullptr && !isOrderByAll(node))
    input = addMissing(std::move(input), orders);
  const bool hasAdded = input->columns.size() > visible;
  {
    ExpressionBinder binder = binderFor(*input);
    if (isOrderByAll(node) && !binder.bindSortKey(orders[0])) {
      const auto* all = orders[0]->as<plan::SortOrder>();
      orders.clear();
      for (size_t i = 0; i < visible; ++i)
        if (!input->columns[i].isHidden)
          orders.push_back(plan::make(plan::SortOrder{
              plan::make(plan::PlacedColumn{static_cast<int>(i), input->columns[i].field.name}),
              all->ascending, all->nullsFirst}));
    }
    for (const ExpressionPtr& order : orders) {
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
  if (const auto window = std::ranges::find_if(hidden, hasWindow);
      window != hidden.end() && projected != nullptr) {
    SPATE_ASSIGN_OR_FAIL(const auto below, analyze(projected->input));
    return failure(windowInSortError(binderFor(*below), context_.settings(), *window));
  }
  if (!hidden.empty()) {
    auto extended = projected != nullptr ? [&]() -> Result<LogicalNodePtr> {
      SPATE_ASSIGN_OR_FAIL(auto below, analyze(projected->input));
      return project(std::move(below), projected->expressions, hidden);
    }()
        : aggregate(*aggregated, hidden);
    if (!extended) return extended;
    input = *extended;
    const auto outer =
        static_cast<size_t>(std::ranges::count_if(input->columns, &OutputColumn::isOuter));
    size_t next = input->columns.size() - hidden.size() - outer;
    for (SortKey& key : keys) {
      if (key.expression) continue;
      key.expression = columnAt(static_cast<int>(next), input->columns[next].field);
      ++next;
    }
  }
  OutputColumns columns = input->columns;
  auto sorted = makeLogical(SortStep{std::move(keys), node.isGlobal}, {std::move(input)}, columns);
  if (hidden.empty() && !hasAdded) return sorted;
  std::vector<Named> named;
  for (size_t i = 0; i < columns.size() && named.size() < shown; ++i) {
    if (columns[i].isHidden) continue;
    named.push_back({columns[i].field.name, columnAt(static_cast<int>(i), columns[i].field), {}});
  }
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

Result<LogicalNodePtr> Analyzer::limitByOuter(LogicalNodePtr input, int64_t limit, int64_t offset) {
  // Rows of equal outer values come in the order of the input.
  WindowStep numbering;
  for (size_t i = 0; i < input->columns.size(); ++i)
    if (input->columns[i].isOuter)
      numbering.partitionBy.push_back(columnAt(static_cast<int>(i), input->columns[i].field));
  WindowCall call;
  call.type = DataType::integerType();
  numbering.calls.push_back(std::move(call));
  numbering.texts.emplace_back();
  const OutputColumns columns = input->columns;
  OutputColumns numbered = columns;
  numbered.push_back({nextColumnId(), {"number", DataType::integerType(), false}});
  numbered.back().isHidden = true;
  const auto number = columnAt(static_cast<int>(columns.size()), numbered.back().field);
  input = makeLogical(std::move(numbering), {std::move(input)}, numbered);
  const SessionSettings settings;
  const auto compare = [&](std::string_view name, int64_t bound) -> Status {
    const ScalarFunction* function = findScalarFunction(name);
    if (function == nullptr) return unresolvedRoutineError(std::string(name));
    SPATE_ASSIGN_OR_RETURN(
        auto condition,
        bindCall(*function, {number, constantOf(Datum(bound), DataType::longType())}, {},
                 settings));
    input = makeLogical(FilterStep{std::move(condition)}, {std::move(input)}, numbered);
    return Status::OK();
  };
  if (limit >= 0) SPATE_FAIL_IF_ERROR(compare("<=", limit));
  if (offset > 0) SPATE_FAIL_IF_ERROR(compare(">", offset));
  const int64_t added = numbered.back().id;
  return keepColumns(std::move(input),
                     [&](const OutputColumn& column) { return column.id != added; });
}

Result<LogicalNodePtr> Analyzer::operator()(const plan::Limit& node) {
  SPATE_ASSIGN_OR_FAIL(const int64_t count, constantCount(node.count, "limit"));
  SPATE_ASSIGN_OR_FAIL(auto input, analyze(node.input));
  OutputColumns columns = input->columns;
  if (hasOuterColumns(*input)) return limitByOuter(std::move(input), count, 0);
  return makeLogical(LimitStep{count, 0}, {std::move(input)}, std::move(columns));
}

Result<LogicalNodePtr> Analyzer::operator()(const plan::Offset& node) {
  SPATE_ASSIGN_OR_FAIL(const int64_t count, constantCount(node.count, "offset"));
  SPATE_ASSIGN_OR_FAIL(auto input, analyze(node.input));
  OutputColumns columns = input->columns;
  if (hasOuterColumns(*input)) return limitByOuter(std::move(input), -1, count);
  return makeLogical(LimitStep{-1, count}, {std::move(input)}, std::move(columns));
}

Result<LogicalNodePtr> Analyzer::operator()(const plan::Tail& node) {
  SPATE_ASSIGN_OR_FAIL(const int64_t count, constantCount(node.count, "tail"));
  SPATE_ASSIGN_OR_FAIL(auto input, analyze(node.input));
  OutputColumns columns = input->columns;
  if (hasOuterColumns(*input)) return failure(unsupportedHereError("tail in a subquery"));
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
  for (size_t i = 0; i < input->columns.size(); ++i) {
    const OutputColumn& column = input->columns[i];
    if (column.isOuter || (node.columns.empty() && !column.isHidden))
      step.columns.push_back(static_cast<int>(i));
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
  return makeLogical(RepartitionStep{std::move(distribution), "Exchange"}, {std::move(input)},
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
