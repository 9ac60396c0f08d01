// PIVOT and UNPIVOT.
#include <arrow/array/array_base.h>
#include <arrow/record_batch.h>

#include <algorithm>
#include <cstdlib>
#include <set>
#include <utility>

#include "spate/plan/Rewrite.h"
#include "spate/planner/Analyzer.h"
#include "spate/planner/PlanErrors.h"
#include "spate/types/ArrowValues.h"

namespace spate {
namespace {

using plan::ExpressionPtr;

const plan::Call* aggregateCall(const plan::Expression& expression) {
  const auto* call = expression.as<plan::Call>();
  return call != nullptr && findAggregateFunction(call->name) != nullptr &&
                 findScalarFunction(call->name) == nullptr
             ? call
             : nullptr;
}

/// Whether Spark looks the values of such an aggregate up by PivotFirst.
bool isLookedUp(const DataType& type) { return type.isNumeric() || type.is(TypeKind::kBoolean); }

std::string nameOfPivot(const plan::Aggregate& node) {
  const auto* attribute = node.pivotColumn->as<plan::Attribute>();
  return attribute == nullptr ? "" : attribute->nameParts.back();
}

/// FOR (a, b) IN ((1, 2)): the columns one by one, as what they are called does not matter.
ExpressionPtr isValue(const ExpressionPtr& column, const ExpressionPtr& value) {
  const auto* columns = column->as<plan::Call>();
  const auto* values = value->as<plan::Call>();
  const bool areSeveral = columns != nullptr && values != nullptr && columns->name == "struct" &&
                          values->name == "struct" &&
                          columns->arguments.size() == values->arguments.size();
  if (!areSeveral) return plan::makeCall("<=>", {column, value});
  ExpressionPtr all;
  for (size_t i = 0; i < columns->arguments.size(); ++i) {
    const auto one = plan::makeCall("<=>", {columns->arguments[i], values->arguments[i]});
    all = all ? plan::makeCall("and", {all, one}) : one;
  }
  return all;
}

/// The columns of FOR, one by one.
std::vector<ExpressionPtr> columnsOfPivot(const ExpressionPtr& column) {
  const auto* several = column->as<plan::Call>();
  if (several == nullptr || several->name != "struct") return {column};
  return several->arguments;
}

ExpressionPtr placed(const LogicalNode& input, size_t place) {
  return plan::make(plan::PlacedColumn{static_cast<int>(place), input.columns[place].field.name});
}

bool hasAggregate(const ExpressionPtr& expression) {
  return plan::contains(
      expression, [](const plan::Expression& part) { return aggregateCall(part) != nullptr; });
}

/// The aggregates of the expression over the rows that meet the condition.
ExpressionPtr aggregatedWhere(const ExpressionPtr& expression, const ExpressionPtr& condition) {
  return plan::rewrite(expression, [&](const ExpressionPtr& part) -> ExpressionPtr {
    const plan::Call* call = aggregateCall(*part);
    if (call == nullptr) return nullptr;
    plan::Call filtered = *call;
    filtered.filter =
        filtered.filter ? plan::makeCall("and", {filtered.filter, condition}) : condition;
    return plan::make(std::move(filtered));
  });
}

void collectNames(const ExpressionPtr& expression, std::set<std::string>& names) {
  plan::contains(expression, [&](const plan::Expression& part) {
    if (const auto* attribute = part.as<plan::Attribute>())
      names.insert(lowerCase(attribute->nameParts.back()));
    return false;
  });
}

}  // namespace

Result<std::vector<RecordBatchPtr>> Analyzer::runNow(const LogicalNodePtr& query) {
  if (query->isStreaming)
    return failure(
        analysisError("STREAMING_QUERY_NOT_STARTED", "0A000",
                      "Queries with streaming sources must be executed with writeStream.start();"));
  return context_.run(query, stop_);
}

Result<Analyzer::Expressions> Analyzer::pivotValues(const plan::Aggregate& node) {
  const auto column = plan::make(plan::Alias{node.pivotColumn, {"value"}});
  const auto distinct =
      plan::make(plan::Deduplicate{plan::make(plan::Project{node.input, {column}}), {}, false});
  const auto order = plan::make(plan::SortOrder{plan::makeAttribute({"value"})});
  size_t most = 10000;
  if (const auto& conf = context_.settings().conf) {
    if (const auto set = conf("spark.sql.pivotMaxValues"))
      most = std::strtoull(set->c_str(), nullptr, 10);
  }
  // One more than there may be tells that there are too many.
  const auto first = plan::make(plan::Limit{
      plan::make(plan::Sort{distinct, {order}, true}),
      plan::make(plan::Literal{DataType::longType(), Datum(static_cast<int64_t>(most) + 1)})});
  // The columns are named after rows, which depend on subqueries.
  const bool runsSubqueries = std::exchange(runsSubqueries_, true);
  const auto analyzed = analyzeQuery(first);
  runsSubqueries_ = runsSubqueries;
  if (!analyzed) return failure(analyzed.error());
  const LogicalNodePtr& query = *analyzed;
  if (query->isStreaming)
    return failure(analysisError("_LEGACY_ERROR_TEMP_3063", "",
                                 "pivot is not supported on a streaming DataFrames/Datasets"));
  SPATE_ASSIGN_OR_FAIL(const auto batches, context_.run(query, stop_));
  const DataType& type = query->columns[0].field.type;
  Expressions values;
  for (const RecordBatchPtr& batch : batches) {
    for (int64_t row = 0; row < batch->num_rows(); ++row)
      values.push_back(plan::make(plan::Literal{type, valueAt(*batch->column(0), row, type)}));
  }
  if (values.size() > most)
    return failure(analysisError(
        "_LEGACY_ERROR_TEMP_1324", "",
        "The pivot column " + nameOfPivot(node) + " has more than " + std::to_string(most) +
            " distinct values, this could indicate an error. If this was intended, set "
            "spark.sql.pivotMaxValues to at least the number of distinct values of the pivot "
            "column."));
  return values;
}

Result<std::string> Analyzer::pivotName(const ExpressionPtr& value) {
  const OutputColumns none;
  ExpressionBinder binder(none, context_.settings(), planIds_);
  const auto text = plan::make(plan::Cast{value, DataType::stringType()});
  SPATE_ASSIGN_OR_FAIL(const auto bound, binder.bind(text));
  if (!bound->isFoldable()) {
    SPATE_ASSIGN_OR_FAIL(const auto shown, binder.bind(value));
    return failure(analysisError(
        "NON_LITERAL_PIVOT_VALUES", "42K08",
        "Literal expressions required for pivot values, found \"" + shown->sql() + "\".",
        {{"expression", "\"" + shown->sql() + "\""}}));
  }
  SPATE_ASSIGN_OR_FAIL(const Datum name, evaluateConstant(*bound, context_.settings()));
  const auto* words = name.as<std::string>();
  return words == nullptr ? std::string("null") : *words;
}

/// PIVOT of SQL groups by every column that it does not name.
Result<Analyzer::Expressions> Analyzer::pivotGrouping(const plan::Aggregate& node) {
  const bool isAll = node.grouping.size() == 1 && node.grouping[0]->as<plan::Star>() != nullptr;
  if (!isAll) return node.grouping;
  std::set<std::string> named;
  collectNames(node.pivotColumn, named);
  for (const ExpressionPtr& aggregate : node.aggregates) collectNames(aggregate, named);
  SPATE_ASSIGN_OR_FAIL(const auto input, analyze(node.input));
  Expressions grouping;
  for (const OutputColumn& column : input->columns) {
    if (!column.isHidden && !named.contains(lowerCase(column.field.name)))
      grouping.push_back(plan::makeAttribute({column.field.name}));
  }
  return grouping;
}

Result<LogicalNodePtr> Analyzer::pivot(const plan::Aggregate& node) {
  if (!node.pivotColumn) return failure(unsupportedHereError("PIVOT without a column"));
  Expressions values = node.pivotValues;
  if (values.empty()) {
    SPATE_ASSIGN_OR_FAIL(values, pivotValues(node));
  }
  std::vector<std::string> aggregateNames;
  if (node.aggregates.size() > 1) {
    SPATE_ASSIGN_OR_FAIL(aggregateNames, namesOfAggregates(node));
  }
  for (size_t i = 0; i < node.aggregates.size(); ++i) {
    if (hasAggregate(node.aggregates[i])) continue;
    return failure(analysisError("_LEGACY_ERROR_TEMP_1006", "",
                                 "Aggregate expression required for pivot, but '" +
                                     (aggregateNames.empty() ? "" : aggregateNames[i]) +
                                     "' did not appear in any aggregate function."));
  }
  plan::Aggregate plain = node;
  plain.kind = plan::GroupKind::kGroupBy;
  plain.pivotColumn = nullptr;
  plain.pivotValues.clear();
  SPATE_ASSIGN_OR_FAIL(plain.grouping, pivotGrouping(node));
  const size_t groupings = plain.grouping.size();

  // As Spark: aggregated once for each value there is, and then these results are spread over the
  // columns. Only for some types it knows how to; the others are aggregated per column, of the rows
  // that have its value, in which a count of none is 0 and not null.
  plan::Aggregate byValue = plain;
  const Expressions pivoted = columnsOfPivot(node.pivotColumn);
  for (size_t i = 0; i < pivoted.size(); ++i)
    byValue.grouping.push_back(plan::make(plan::Alias{pivoted[i], {"pivot" + std::to_string(i)}}));
  SPATE_ASSIGN_OR_FAIL(const LogicalNodePtr results, aggregate(byValue, {}));
  const size_t first = groupings + pivoted.size();
  bool isSpread = true;
  for (size_t i = 0; i < node.aggregates.size(); ++i)
    isSpread = isSpread && isLookedUp(results->columns[first + i].field.type);
  ExpressionPtr column = node.pivotColumn;
  const plan::RelationPtr source = plan::make(plan::OneRow{});
  if (isSpread) {
    plain.input = source;
    for (size_t i = 0; i < groupings; ++i) plain.grouping[i] = placed(*results, i);
    Expressions places;
    for (size_t i = 0; i < pivoted.size(); ++i) places.push_back(placed(*results, groupings + i));
    column = places.size() == 1 ? places[0] : plan::makeCall("struct", std::move(places));
  }

  plain.aggregates.clear();
  for (const ExpressionPtr& pivotValue : values) {
    const auto* alias = pivotValue->as<plan::Alias>();
    const ExpressionPtr value = alias == nullptr ? pivotValue : alias->child;
    std::string valueName;
    if (alias != nullptr) {
      valueName = alias->names[0];
    } else {
      SPATE_ASSIGN_OR_FAIL(valueName, pivotName(value));
    }
    const ExpressionPtr same = isValue(column, value);
    for (size_t i = 0; i < node.aggregates.size(); ++i) {
      const auto* named = node.aggregates[i]->as<plan::Alias>();
      const ExpressionPtr one = named == nullptr ? node.aggregates[i] : named->child;
      const ExpressionPtr result =
          isSpread ? plan::make(plan::Call{"first", {placed(*results, first + i)}, false, same})
                   : aggregatedWhere(one, same);
      std::string name = valueName;
      if (!aggregateNames.empty()) name += "_" + aggregateNames[i];
      plain.aggregates.push_back(plan::make(plan::Alias{result, {name}}));
    }
  }
  if (isSpread) given_[source.get()] = results;
  auto analyzed = aggregate(plain, {});
  given_.erase(source.get());
  return analyzed;
}

Result<LogicalNodePtr> Analyzer::operator()(const plan::Unpivot& node) {
  SPATE_ASSIGN_OR_FAIL(auto input, analyze(node.input));
  ExpressionBinder binder = binderFor(*input);
  // UNPIVOT of SQL keeps every column that it does not name.
  const bool keepsRest = node.ids.size() == 1 && node.ids[0]->as<plan::Star>() != nullptr;
  std::set<std::string> turned;
  if (keepsRest && node.values)
    for (const ExpressionPtr& value : *node.values) collectNames(value, turned);
  SPATE_ASSIGN_OR_FAIL(auto ids, binder.expandStars(node.ids));
  if (keepsRest)
    std::erase_if(ids, [&](const ExpressionPtr& id) {
      const auto* column = id->as<plan::PlacedColumn>();
      return column != nullptr && turned.contains(lowerCase(column->name));
    });
  std::vector<BoundExpressionPtr> idColumns;
  std::vector<bool> isId(input->columns.size(), false);
  OutputColumns columns;
  for (const ExpressionPtr& id : ids) {
    SPATE_ASSIGN_OR_FAIL(auto bound, binder.bind(id));
    if (const auto index = bound->columnIndex()) isId[static_cast<size_t>(*index)] = true;
    columns.push_back(columnOf(*input, {binder.nameOf(id, *bound), bound, std::nullopt}));
    idColumns.push_back(std::move(bound));
  }
  Expressions values;
  if (node.values) {
    SPATE_ASSIGN_OR_FAIL(values, binder.expandStars(*node.values));
  } else {
    for (size_t i = 0; i < input->columns.size(); ++i)
      if (!isId[i] && !input->columns[i].isHidden)
        values.push_back(
            plan::make(plan::PlacedColumn{static_cast<int>(i), input->columns[i].field.name}));
  }
  if (values.empty())
    return failure(analysisError("UNPIVOT_REQUIRES_VALUE_COLUMNS", "42K0A",
                                 "At least one value column needs to be specified for UNPIVOT, "
                                 "all columns specified as ids."));
  std::vector<BoundExpressionPtr> bound;
  std::optional<DataType> type;
  std::vector<std::pair<std::string, std::string>> types;
  bool hasCommonType = true;
  for (const ExpressionPtr& value : values) {
    SPATE_ASSIGN_OR_FAIL(auto one, binder.bind(value));
    // As Spark: texts are not widened to, here.
    const bool mixesTexts = type && type->isText() != one->type().isText() &&
                            !type->is(TypeKind::kNull) && !one->type().is(TypeKind::kNull);
    auto common = type ? commonType(*type, one->type(), context_.settings())
                       : std::optional<DataType>(one->type());
    if (!common || mixesTexts) {
      hasCommonType = false;
    } else {
      type = common;
    }
    types.emplace_back(one->type().sql(), quotedName({binder.nameOf(value, *one)}));
    bound.push_back(std::move(one));
  }
  if (!hasCommonType) {
    std::sort(types.begin(), types.end());
    std::string text;
    for (size_t i = 0; i < types.size();) {
      text += (text.empty() ? "\"" : ", \"") + types[i].first + "\" (";
      const size_t first = i;
      for (; i < types.size() && types[i].first == types[first].first; ++i)
        text += (i == first ? "" : ", ") + types[i].second;
      text += ")";
    }
    return failure(analysisError("UNPIVOT_VALUE_DATA_TYPE_MISMATCH", "42K09",
                                 "Unpivot value columns must share a least common type, some "
                                 "types do not: [" +
                                     text + "].",
                                 {{"types", text}}));
  }
  ExpandStep step;
  for (size_t i = 0; i < values.size(); ++i) {
    std::vector<BoundExpressionPtr> projection = idColumns;
    projection.push_back(
        constantOf(Datum(binder.nameOf(values[i], *bound[i])), DataType::stringType()));
    SPATE_ASSIGN_OR_FAIL(auto cast, bindImplicitCast(bound[i], *type, context_.settings()));
    projection.push_back(std::move(cast));
    step.projections.push_back(std::move(projection));
  }
  columns.push_back({nextColumnId(), {node.variableColumn, DataType::stringType(), false}});
  columns.push_back({nextColumnId(), {node.valueColumn, *type, true}});
  return makeLogical(std::move(step), {std::move(input)}, std::move(columns));
}

}  // namespace spate
