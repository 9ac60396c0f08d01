// NA functions, and event time.
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
