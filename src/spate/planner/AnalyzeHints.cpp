// Hints: those about partitions are steps; those about joins say what is done here anyway.
#include <algorithm>

#include "spate/planner/Analyzer.h"
#include "spate/planner/PlanErrors.h"

namespace spate {
namespace {

using plan::ExpressionPtr;

std::string upperCase(std::string text) {
  for (char& c : text)
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  return text;
}

}  // namespace

Result<LogicalNodePtr> Analyzer::operator()(const plan::Hint& node) {
  const std::string name = upperCase(node.name);
  const bool isCoalesce = name == "COALESCE";
  const bool isRebalance = name == "REBALANCE";
  const bool isRange = name == "REPARTITION_BY_RANGE";
  // A hint that nobody knows changes nothing, in Spark as here.
  if (!isCoalesce && !isRebalance && !isRange && name != "REPARTITION") return analyze(node.input);

  SPATE_ASSIGN_OR_FAIL(auto input, analyze(node.input));
  std::optional<int32_t> partitions;
  Expressions columns;
  for (const ExpressionPtr& parameter : node.parameters) {
    const auto* literal = parameter->as<plan::Literal>();
    const auto* number = literal == nullptr ? nullptr : literal->value.as<int32_t>();
    const auto* column = literal == nullptr ? nullptr : literal->value.as<std::string>();
    if (number != nullptr && &parameter == &node.parameters[0]) {
      partitions = *number;
    } else {
      columns.push_back(column == nullptr ? parameter : plan::makeAttribute({*column}));
    }
  }
  if (isCoalesce && (!partitions || !columns.empty()))
    return failure(analysisError("_LEGACY_ERROR_TEMP_1046", "",
                                 name + " Hint expects a partition number as a parameter."));
  if (partitions && *partitions <= 0)
    return failure(Status::invalidArgument("requirement failed: Number of partitions (" +
                                           std::to_string(*partitions) + ") must be positive."));
  if (isRange && columns.empty())
    return failure(analysisError("_LEGACY_ERROR_TEMP_1047", "",
                                 name + " Hint parameter should include columns, but " +
                                     (partitions ? std::to_string(*partitions) : "nothing") +
                                     " found."));
  ExpressionBinder binder = binderFor(*input);
  RepartitionStep step;
  step.distribution = {Distribution::Kind::kRoundRobin, {}, partitions.value_or(0)};
  std::string keys;
  for (const ExpressionPtr& column : columns) {
    SPATE_ASSIGN_OR_FAIL(auto key, binder.bindSortKey(column));
    keys += key.expression->sql() + (isRange ? " ASC NULLS FIRST, " : ", ");
    step.distribution.keys.push_back(std::move(key.expression));
  }
  if (!columns.empty()) step.distribution.kind = Distribution::Kind::kHash;
  if (partitions == 1) step.distribution.kind = Distribution::Kind::kSingle;
  const std::string count = partitions ? std::to_string(*partitions) : "";
  const std::string by = isRange           ? "rangepartitioning(" + keys
                         : columns.empty() ? "RoundRobinPartitioning("
                                           : "hashpartitioning(" + keys;
  std::string why = partitions ? "REPARTITION_BY_NUM" : "REPARTITION_BY_COL";
  if (isRebalance)
    why = columns.empty() ? "REBALANCE_PARTITIONS_BY_NONE" : "REBALANCE_PARTITIONS_BY_COL";
  step.text = isCoalesce ? "Coalesce " + count : "Exchange " + by + count + "), " + why;
  OutputColumns output = input->columns;
  return makeLogical(std::move(step), {std::move(input)}, std::move(output));
}

}  // namespace spate
