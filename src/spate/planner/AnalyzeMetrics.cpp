// df.observe: aggregates over rows that pass by.

#include "spate/functions/Function.h"
#include "spate/plan/PlanText.h"
#include "spate/plan/Rewrite.h"
#include "spate/planner/Analyzer.h"
#include "spate/planner/PlanErrors.h"

namespace spate {
namespace {

Status invalidMetrics(const std::string& condition, const std::string& message,
                      std::map<std::string, std::string> parameters) {
  return analysisError("INVALID_OBSERVED_METRICS." + condition, "42K0E",
                       "Invalid observed metrics. " + message, std::move(parameters));
}

bool isAggregate(const plan::Expression& expression) {
  const auto* call = expression.as<plan::Call>();
  return call != nullptr && findAggregateFunction(call->name) != nullptr;
}

/// The first column outside of aggregates.
plan::ExpressionPtr columnOutside(const plan::ExpressionPtr& expression) {
  plan::ExpressionPtr found;
  plan::rewrite(expression, [&](const plan::ExpressionPtr& part) -> plan::ExpressionPtr {
    // What is given back is not looked into.
    if (isAggregate(*part)) return part;
    if (!found && part->as<plan::Attribute>() != nullptr) found = part;
    return nullptr;
  });
  return found;
}

}  // namespace

Result<LogicalNodePtr> Analyzer::operator()(const plan::CollectMetrics& node) {
  SPATE_ASSIGN_OR_FAIL(const LogicalNodePtr input, analyze(node.input));
  if (node.name.empty()) {
    const std::string shown = "'CollectMetrics";
    return failure(invalidMetrics("MISSING_NAME",
                                  "The observed metrics should be named: " + shown + ".",
                                  {{"operator", shown}}));
  }
  std::string text;
  for (const plan::ExpressionPtr& metric : node.metrics) {
    const std::string quoted = "\"" + plan::toText(*metric) + "\"";
    text += quoted;
    if (columnOutside(metric))
      return failure(invalidMetrics(
          "NON_AGGREGATE_FUNC_ARG_IS_ATTRIBUTE",
          "Attribute " + quoted + " can only be used as an argument to an aggregate function.",
          {{"expr", quoted}}));
    const auto refused = [&](const char* condition, const char* what, const auto& matches) {
      return plan::contains(metric, matches)
                 ? invalidMetrics(condition,
                                  std::string(what) +
                                      " are not allowed in observed metrics, but "
                                      "found: " +
                                      quoted + ".",
                                  {{"expr", quoted}})
                 : Status::OK();
    };
    SPATE_FAIL_IF_ERROR(
        refused("WINDOW_EXPRESSIONS_UNSUPPORTED", "Window expressions",
                [](const plan::Expression& part) { return part.as<plan::Window>() != nullptr; }));
    SPATE_FAIL_IF_ERROR(refused("AGGREGATE_EXPRESSION_WITH_DISTINCT_UNSUPPORTED",
                                "Aggregate expressions with DISTINCT",
                                [](const plan::Expression& part) {
                                  const auto* call = part.as<plan::Call>();
                                  return call != nullptr && call->isDistinct;
                                }));
  }
  const auto [known, isNew] = metrics_.emplace(node.name, text);
  if (!isNew && known->second != text)
    return failure(analysisError(
        "DUPLICATED_METRICS_NAME", "42710",
        "The metric name is not unique: " + node.name +
            ". The same name cannot be used for metrics with different results.\nHowever multiple "
            "instances of metrics with with same result and name are allowed (e.g. self-joins).",
        {{"metricName", node.name}}));

  // As an aggregation without keys over the input, which is taken apart again.
  plan::Aggregate aggregation;
  aggregation.input = plan::make(plan::OneRow{});
  aggregation.aggregates = node.metrics;
  given_[aggregation.input.get()] = input;
  auto aggregated = aggregate(aggregation, {});
  given_.erase(aggregation.input.get());
  if (!aggregated) return aggregated;
  const auto* metrics = (*aggregated)->as<ProjectStep>();
  const LogicalNodePtr below = metrics == nullptr ? nullptr : (*aggregated)->children.front();
  const auto* step = below == nullptr ? nullptr : below->as<AggregateStepNode>();
  if (step == nullptr || below->children.front() != input)
    return failure(unsupportedHereError("these metrics in observe"));
  auto definition = std::make_shared<MetricsDefinition>();
  definition->name = node.name;
  definition->calls = step->calls;
  definition->metrics = metrics->expressions;
  for (const OutputColumn& column : (*aggregated)->columns)
    definition->fields.push_back(column.field);
  OutputColumns columns = input->columns;
  return makeLogical(CollectMetricsStep{std::move(definition)}, {input}, std::move(columns));
}

}  // namespace spate
