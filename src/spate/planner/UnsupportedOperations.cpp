#include "spate/planner/UnsupportedOperations.h"

#include <algorithm>
#include <string>

#include "spate/planner/PlanErrors.h"

namespace spate {
namespace {

Status wrongMode(const std::string& mode, const std::string& operation) {
  return analysisError("STREAMING_OUTPUT_MODE.UNSUPPORTED_OPERATION", "42KDE",
                       "Invalid streaming output mode: " + mode +
                           ". This output mode is not supported for " + operation +
                           " on streaming DataFrames/DataSets.",
                       {{"outputMode", mode}, {"operation", operation}});
}

/// Spark's errors of these rules have a message, and no class of their own.
Status refused(std::string message) {
  return analysisError("_LEGACY_ERROR_TEMP_3102", "", std::move(message));
}

void collectAggregates(const LogicalNode& node, std::vector<const LogicalNode*>& found) {
  if (node.as<AggregateStepNode>() != nullptr && node.isStreaming) found.push_back(&node);
  for (const LogicalNodePtr& child : node.children) collectAggregates(*child, found);
}

bool hasAggregateBelow(const LogicalNode& node) {
  std::vector<const LogicalNode*> found;
  for (const LogicalNodePtr& child : node.children) collectAggregates(*child, found);
  return !found.empty();
}

Status possiblyIncorrect() {
  return refused(
      "Detected pattern of possible 'correctness' issue due to global watermark. The query "
      "contains stateful operation which can emit rows older than the current watermark plus "
      "allowed late record delay, which are \"late rows\" in downstream stateful operations and "
      "these rows can be discarded. Please refer the programming guide doc for more details. If "
      "you understand the possible risk of correctness issue and still need to run the query, you "
      "can disable this check by setting the config "
      "`spark.sql.streaming.statefulOperator.checkCorrectness.enabled` to false.");
}

class Checker {
 public:
  Checker(OutputMode mode, bool checksCorrectness)
      : mode_(mode), checksCorrectness_(checksCorrectness) {}

  Status check(const LogicalNode& node) {
    for (const LogicalNodePtr& child : node.children) SPATE_RETURN_IF_ERROR(check(*child));
    if (!node.isStreaming) return Status::OK();
    if (const auto* aggregate = node.as<AggregateStepNode>()) return checkAggregate(*aggregate);
    if (checksCorrectness_ && node.as<DeduplicateStep>() != nullptr &&
        mode_ == OutputMode::kUpdate && hasAggregateBelow(node))
      return possiblyIncorrect();
    if (node.as<SortStep>() != nullptr &&
        !(mode_ == OutputMode::kComplete && hasAggregateBelow(node)))
      return refused(
          "Sorting is not supported on streaming DataFrames/Datasets, unless it is on aggregated "
          "DataFrame/Dataset in Complete output mode");
    if (const auto* limit = node.as<LimitStep>()) {
      if (limit->offset > 0 && mode_ != OutputMode::kComplete)
        return refused("Offset is not supported on streaming DataFrames/Datasets");
      if (mode_ == OutputMode::kUpdate)
        return refused(
            "Limits are not supported on streaming DataFrames/Datasets in Update output mode");
    }
    if (node.as<TailStep>() != nullptr)
      return refused("Tail is not supported with streaming DataFrames/Datasets");
    if (const auto* window = node.as<WindowStep>()) return checkWindow(*window);
    if (node.as<SampleStep>() != nullptr)
      return refused("Sampling is not supported on streaming DataFrames/Datasets");
    if (const auto* join = node.as<JoinStep>()) return checkJoin(*join, node);
    if (node.as<UnionStep>() != nullptr) {
      const bool all =
          std::ranges::all_of(node.children, [](const auto& child) { return child->isStreaming; });
      if (!all)
        return refused("Union between streaming and batch DataFrames/Datasets is not supported");
    }
    return Status::OK();
  }

 private:
  static Status checkWindow(const WindowStep& window) {
    std::string functions;
    std::string columns;
    std::string specifications;
    const auto upper = [](std::string text) {
      for (char& c : text)
        if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
      return text;
    };
    for (const WindowText& text : window.texts) {
      const std::string comma = functions.empty() ? "" : ",";
      functions += comma + upper(text.function);
      columns += comma + quotedName({text.column});
      specifications += comma + upper(text.specification);
    }
    return analysisError(
        "NON_TIME_WINDOW_NOT_SUPPORTED_IN_STREAMING", "42KDE",
        "Window function is not supported in " + functions + " (as column " + columns +
            ") on streaming DataFrames/Datasets.\nStructured Streaming only supports time-window "
            "aggregation using the WINDOW function. (window specification: " +
            specifications + ")",
        {{"windowFunc", functions}, {"columnName", columns}, {"windowSpec", specifications}});
  }

  Status checkAggregate(const AggregateStepNode& aggregate) const {
    for (const AggregateCall& call : aggregate.calls) {
      if (!call.isDistinct) continue;
      return refused(
          "Distinct aggregations are not supported on streaming DataFrames/Datasets. Consider "
          "using approx_count_distinct() instead.");
    }
    return Status::OK();
  }

  Status checkJoin(const JoinStep& join, const LogicalNode& node) const {
    const bool left = node.children[0]->isStreaming;
    const bool right = node.children[1]->isStreaming;
    if (left && right) return unsupportedHereError("a join of two streams");
    const auto onTheRight = [&](const std::string& type) {
      return refused(type +
                     " join with a streaming DataFrame/Dataset on the right and a static "
                     "DataFrame/Dataset on the left is not supported");
    };
    switch (join.type) {
      case JoinType::kInner: return Status::OK();
      case JoinType::kFullOuter:
        return refused("FullOuter joins with streaming DataFrames/Datasets on the " +
                       std::string(left ? "left" : "right") +
                       " and a static DataFrame/Dataset on the " + (left ? "right" : "left") +
                       " is not supported");
      case JoinType::kLeftOuter: return right ? onTheRight("LeftOuter") : Status::OK();
      case JoinType::kLeftSemi: return right ? onTheRight("LeftSemi") : Status::OK();
      case JoinType::kLeftAnti:
        return right ? refused(
                           "LeftAnti joins with a streaming DataFrame/Dataset on the right are "
                           "not supported")
                     : Status::OK();
      case JoinType::kRightOuter:
        return left ? refused(
                          "RightOuter join with a streaming DataFrame/Dataset on the left and a "
                          "static DataFrame/DataSet on the right not supported")
                    : Status::OK();
    }
    return Status::OK();
  }

  OutputMode mode_;
  bool checksCorrectness_;
};

}  // namespace

Status checkStreaming(const LogicalNode& plan, OutputMode mode, bool checksCorrectness) {
  std::vector<const LogicalNode*> aggregates;
  collectAggregates(plan, aggregates);
  if (mode == OutputMode::kComplete && aggregates.empty())
    return wrongMode("complete", "no streaming aggregations");
  if (mode == OutputMode::kAppend) {
    for (const LogicalNode* aggregate : aggregates) {
      const auto keys = aggregate->as<AggregateStepNode>()->keys.size();
      bool timed = false;
      for (size_t i = 0; i < keys; ++i)
        timed = timed || aggregate->columns[i].watermarkDelay.has_value();
      if (!timed) return wrongMode("append", "streaming aggregations without watermark");
    }
  }
  if (checksCorrectness && aggregates.size() > 1 && mode != OutputMode::kAppend)
    return possiblyIncorrect();
  return Checker(mode, checksCorrectness).check(plan);
}

}  // namespace spate
