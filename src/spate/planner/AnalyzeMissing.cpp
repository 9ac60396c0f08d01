// NA functions, unpivot, and event time.
#include <algorithm>

#include "spate/planner/Analyzer.h"
#include "spate/planner/PlanErrors.h"

namespace spate {
namespace {

using plan::ExpressionPtr;

/// Whether fillna and replace with a value of `value` touch a column of `column`.
bool fits(const DataType& value, const DataType& column) {
  if (value.isNumeric()) return column.isNumeric();
  if (value.isText()) return column.isText();
  return value.kind() == column.kind();
}

}  // namespace

Result<LogicalNodePtr> Analyzer::operator()(const plan::FillNa& node) {
  SPATE_ASSIGN_OR_FAIL(auto input, analyze(node.input));
  ExpressionBinder binder = binderFor(*input);
  std::vector<const plan::Literal*> values(input->columns.size(), nullptr);
  if (node.columns.empty() && node.values.size() == 1) {
    for (auto& value : values) value = &node.values[0];
  }
  for (size_t i = 0; i < node.columns.size(); ++i) {
    SPATE_ASSIGN_OR_FAIL(const auto index, binder.findColumn(node.columns[i]));
    if (!index) return failure(binder.unresolvedColumn({node.columns[i]}));
    values[static_cast<size_t>(*index)] = &node.values[node.values.size() == 1 ? 0 : i];
  }
  std::vector<Named> named;
  for (size_t i = 0; i < input->columns.size(); ++i) {
    const StructField& field = input->columns[i].field;
    BoundExpressionPtr column = columnAt(static_cast<int>(i), field);
    if (values[i] != nullptr && fits(values[i]->type, field.type)) {
      const auto replacement =
          plan::make(plan::Cast{plan::make(*values[i]), field.type, plan::CastMode::kLegacy});
      const auto place = plan::make(plan::PlacedColumn{static_cast<int>(i), field.name});
      const bool isFloat = field.type.is(TypeKind::kDouble) || field.type.is(TypeKind::kFloat);
      const auto filled = plan::makeCall(
          "coalesce",
          {isFloat
               ? plan::makeCall("nanvl", {place, plan::make(plan::Literal{field.type, Datum()})})
               : place,
           replacement});
      SPATE_ASSIGN_OR_FAIL(column, binder.bind(filled));
    }
    named.push_back({field.name, std::move(column), std::nullopt});
  }
  return projectBound(std::move(input), std::move(named));
}

Result<LogicalNodePtr> Analyzer::operator()(const plan::DropNa& node) {
  SPATE_ASSIGN_OR_FAIL(auto input, analyze(node.input));
  ExpressionBinder binder = binderFor(*input);
  std::vector<int> places;
  for (const std::string& name : node.columns) {
    SPATE_ASSIGN_OR_FAIL(const auto index, binder.findColumn(name));
    if (!index) return failure(binder.unresolvedColumn({name}));
    places.push_back(*index);
  }
  if (node.columns.empty())
    for (size_t i = 0; i < input->columns.size(); ++i) places.push_back(static_cast<int>(i));
  // One for each column with a value; at least so many.
  ExpressionPtr count = plan::make(plan::Literal{DataType::integerType(), Datum(0)});
  for (const int place : places) {
    const StructField& field = input->columns[static_cast<size_t>(place)].field;
    const auto column = plan::make(plan::PlacedColumn{place, field.name});
    ExpressionPtr present = plan::makeCall("isnotnull", {column});
    if (field.type.is(TypeKind::kDouble) || field.type.is(TypeKind::kFloat))
      present = plan::makeCall(
          "and", {present, plan::makeCall("not", {plan::makeCall("isnan", {column})})});
    count = plan::makeCall("+", {count, plan::make(plan::Cast{present, DataType::integerType()})});
  }
  const int32_t least = node.minNonNulls.value_or(static_cast<int32_t>(places.size()));
  const auto condition = plan::makeCall(
      ">=", {count, plan::make(plan::Literal{DataType::integerType(), Datum(least)})});
  return filterInput(std::move(input), condition);
}

Result<LogicalNodePtr> Analyzer::operator()(const plan::ReplaceNa& node) {
  SPATE_ASSIGN_OR_FAIL(auto input, analyze(node.input));
  ExpressionBinder binder = binderFor(*input);
  std::vector<bool> chosen(input->columns.size(), node.columns.empty());
  for (const std::string& name : node.columns) {
    SPATE_ASSIGN_OR_FAIL(const auto index, binder.findColumn(name));
    if (!index) return failure(binder.unresolvedColumn({name}));
    chosen[static_cast<size_t>(*index)] = true;
  }
  std::vector<Named> named;
  for (size_t i = 0; i < input->columns.size(); ++i) {
    const StructField& field = input->columns[i].field;
    const auto column = plan::make(plan::PlacedColumn{static_cast<int>(i), field.name});
    std::vector<ExpressionPtr> branches;
    for (const auto& [from, to] : node.replacements) {
      const DataType& type = from.type.is(TypeKind::kNull) ? to.type : from.type;
      if (!chosen[i] || !fits(type, field.type)) continue;
      const auto cast = [&](const plan::Literal& literal) {
        return plan::make(plan::Cast{plan::make(literal), field.type, plan::CastMode::kLegacy});
      };
      branches.push_back(plan::makeCall("<=>", {column, cast(from)}));
      branches.push_back(cast(to));
    }
    BoundExpressionPtr bound = columnAt(static_cast<int>(i), field);
    if (!branches.empty()) {
      branches.push_back(column);
      SPATE_ASSIGN_OR_FAIL(bound, binder.bind(plan::makeCall("when", std::move(branches))));
    }
    named.push_back({field.name, std::move(bound), std::nullopt});
  }
  return projectBound(std::move(input), std::move(named));
}

Result<LogicalNodePtr> Analyzer::operator()(const plan::Unpivot& node) {
  SPATE_ASSIGN_OR_FAIL(auto input, analyze(node.input));
  ExpressionBinder binder = binderFor(*input);
  SPATE_ASSIGN_OR_FAIL(const auto ids, binder.expandStars(node.ids));
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
      if (!isId[i])
        values.push_back(
            plan::make(plan::PlacedColumn{static_cast<int>(i), input->columns[i].field.name}));
  }
  if (values.empty())
    return failure(analysisError("UNPIVOT_REQUIRES_VALUE_COLUMNS", "42K0E",
                                 "At least one value column needs to be specified for UNPIVOT, "
                                 "all columns specified as ids."));
  std::vector<BoundExpressionPtr> bound;
  std::optional<DataType> type;
  for (const ExpressionPtr& value : values) {
    SPATE_ASSIGN_OR_FAIL(auto one, binder.bind(value));
    type = type ? commonType(*type, one->type(), context_.settings()) : one->type();
    if (!type)
      return failure(analysisError("UNPIVOT_VALUE_DATA_TYPE_MISMATCH", "42K09",
                                   "Unpivot value columns must share a least common type, some "
                                   "types do not: [" +
                                       one->type().sql() + "].",
                                   {{"types", one->type().sql()}}));
    bound.push_back(std::move(one));
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

Result<LogicalNodePtr> Analyzer::operator()(const plan::WithWatermark& node) {
  SPATE_ASSIGN_OR_FAIL(auto input, analyze(node.input));
  ExpressionBinder binder = binderFor(*input);
  SPATE_ASSIGN_OR_FAIL(const auto index, binder.findColumn(node.eventTime));
  if (!index) return failure(binder.unresolvedColumn({node.eventTime}));
  OutputColumns columns = input->columns;
  OutputColumn& column = columns[static_cast<size_t>(*index)];
  const DataType& type = column.field.type;
  const bool isWindow = type.is(TypeKind::kStruct) && type.findField("end") != nullptr &&
                        type.findField("end")->type.is(TypeKind::kTimestamp);
  if (!type.is(TypeKind::kTimestamp) && !isWindow)
    return failure(analysisError(
        "EVENT_TIME_IS_NOT_ON_TIMESTAMP_TYPE", "42K09",
        "The event time `" + column.field.name + "` has the invalid type \"" + type.sql() +
            "\", but expected \"TIMESTAMP\".",
        {{"eventName", "`" + column.field.name + "`"}, {"eventType", "\"" + type.sql() + "\""}}));
  SPATE_ASSIGN_OR_FAIL(const Micros delay, context_.watermarkDelay(node.delay));
  column.watermarkDelay = delay;
  return makeLogical(WatermarkStep{*index, delay}, {std::move(input)}, std::move(columns));
}

}  // namespace spate
