// Steps that rename, drop and reorder columns, and give them types.
#include "spate/planner/Analyzer.h"
#include "spate/planner/PlanErrors.h"
#include "spate/planner/SchemaMatching.h"

namespace spate {
namespace {

using plan::ExpressionPtr;

}  // namespace

Result<LogicalNodePtr> Analyzer::operator()(const plan::WithColumnsRenamed& node) {
  SPATE_ASSIGN_OR_FAIL(auto input, analyze(node.input));
  std::vector<Named> named;
  for (size_t i = 0; i < input->columns.size(); ++i) {
    const OutputColumn& column = input->columns[i];
    if (column.isHidden) continue;
    std::string name = column.field.name;
    for (const auto& [from, to] : node.names) {
      const bool same =
          context_.settings().caseSensitive ? name == from : lowerCase(name) == lowerCase(from);
      if (same) name = to;
    }
    named.push_back({name, columnAt(static_cast<int>(i), column.field), std::nullopt});
  }
  return projectBound(std::move(input), std::move(named));
}

Result<LogicalNodePtr> Analyzer::operator()(const plan::Drop& node) {
  SPATE_ASSIGN_OR_FAIL(auto input, analyze(node.input));
  std::vector<bool> dropped(input->columns.size(), false);
  for (size_t i = 0; i < input->columns.size(); ++i) {
    for (const std::string& name : node.columnNames) {
      const std::string& own = input->columns[i].field.name;
      dropped[i] =
          dropped[i] ||
          (context_.settings().caseSensitive ? own == name : lowerCase(own) == lowerCase(name));
    }
  }
  ExpressionBinder binder = binderFor(*input);
  for (const ExpressionPtr& expression : node.columns) {
    const auto bound = binder.bind(expression);
    // A column that is not there need not be dropped; an ambiguous one, or one of a frame that has
    // no part in this one, is an error.
    if (!bound) {
      const auto* attribute = expression->as<plan::Attribute>();
      const bool isForeign =
          attribute != nullptr && attribute->planId && !planIds_.contains(*attribute->planId);
      if (isForeign || bound.error().errorClass().starts_with("AMBIGUOUS"))
        return failure(bound.error());
      continue;
    }
    if (const auto index = (*bound)->columnIndex()) dropped[static_cast<size_t>(*index)] = true;
  }
  std::vector<Named> named;
  for (size_t i = 0; i < input->columns.size(); ++i) {
    const OutputColumn& column = input->columns[i];
    if (!dropped[i] && !column.isHidden)
      named.push_back({column.field.name, columnAt(static_cast<int>(i), column.field), {}});
  }
  return projectBound(std::move(input), std::move(named));
}

Result<LogicalNodePtr> Analyzer::operator()(const plan::ToDataFrame& node) {
  SPATE_ASSIGN_OR_FAIL(auto input, analyze(node.input));
  std::vector<Named> named;
  for (size_t i = 0; i < input->columns.size(); ++i) {
    const OutputColumn& column = input->columns[i];
    if (column.isHidden) continue;
    const std::string name =
        named.size() < node.names.size() ? node.names[named.size()] : column.field.name;
    named.push_back({name, columnAt(static_cast<int>(i), column.field), std::nullopt});
  }
  if (named.size() != node.names.size()) {
    std::string old;
    std::string renamed;
    for (const Named& one : named) old += (old.empty() ? "" : ", ") + one.name;
    for (const std::string& name : node.names) renamed += (renamed.empty() ? "" : ", ") + name;
    return failure(Status::invalidArgument(
        "requirement failed: The number of columns doesn't match.\nOld column names (" +
        std::to_string(named.size()) + "): " + old + "\nNew column names (" +
        std::to_string(node.names.size()) + "): " + renamed));
  }
  return projectBound(std::move(input), std::move(named));
}

Result<LogicalNodePtr> Analyzer::operator()(const plan::ToSchema& node) {
  SPATE_ASSIGN_OR_FAIL(auto input, analyze(node.input));
  ExpressionBinder binder = binderFor(*input);
  std::vector<Named> named;
  for (const StructField& field : node.schema.fields()) {
    std::vector<size_t> places;
    for (size_t i = 0; i < input->columns.size(); ++i) {
      const std::string& own = input->columns[i].field.name;
      const bool isSame = context_.settings().caseSensitive
                              ? own == field.name
                              : lowerCase(own) == lowerCase(field.name);
      if (isSame && !input->columns[i].isHidden) places.push_back(i);
    }
    if (places.size() > 1) return failure(ambiguousFieldError({field.name}, places.size()));
    if (places.empty()) {
      if (!field.nullable) return failure(binder.unresolvedColumn({field.name}));
      named.push_back({field.name, constantOf(Datum(), field.type), field.metadata});
      continue;
    }
    const StructField& own = input->columns[places[0]].field;
    const auto placed = plan::make(plan::PlacedColumn{static_cast<int>(places[0]), own.name});
    SPATE_ASSIGN_OR_FAIL(const auto matched, matchColumn(placed, own.type, own.nullable, field,
                                                         {field.name}, context_.settings()));
    SPATE_ASSIGN_OR_FAIL(auto bound, binder.bind(matched));
    named.push_back({field.name, std::move(bound), field.metadata});
  }
  return projectBound(std::move(input), std::move(named));
}

Result<LogicalNodePtr> Analyzer::operator()(const plan::SubqueryAlias& node) {
  SPATE_ASSIGN_OR_FAIL(auto input, analyze(node.input));
  // What USING has hidden cannot be named by the alias, nor through it.
  input = keepColumns(
      input, [](const OutputColumn& column) { return !column.isHidden || column.isOuter; });
  LogicalNode renamed = *input;
  renamed.isNamed = true;
  size_t name = 0;
  for (OutputColumn& column : renamed.columns) {
    if (column.isOuter) continue;
    column.qualifier = node.qualifier;
    column.qualifier.push_back(node.alias);
    if (node.columns.empty()) continue;
    if (name < node.columns.size()) column.field.name = node.columns[name];
    ++name;
  }
  if (!node.columns.empty() && name != node.columns.size())
    return failure(analysisError(
        "ASSIGNMENT_ARITY_MISMATCH", "42802",
        "The number of columns or variables assigned or aliased: " +
            std::to_string(node.columns.size()) +
            " does not match the number of source expressions: " + std::to_string(name) + ".",
        {{"numTarget", std::to_string(node.columns.size())}, {"numExpr", std::to_string(name)}}));
  return std::make_shared<const LogicalNode>(std::move(renamed));
}

}  // namespace spate
