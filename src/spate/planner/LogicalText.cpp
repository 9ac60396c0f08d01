#include "spate/planner/LogicalText.h"

namespace spate {
namespace {

std::string listOf(const std::vector<BoundExpressionPtr>& expressions) {
  std::string text;
  for (const auto& expression : expressions) text += (text.empty() ? "" : ", ") + expression->sql();
  return "[" + text + "]";
}

std::string listOf(const std::vector<SortKey>& keys) {
  std::string text;
  for (const SortKey& key : keys)
    text += (text.empty() ? "" : ", ") + key.expression->sql() +
            (key.ascending ? " ASC" : " DESC") + (key.nullsFirst ? " NULLS FIRST" : " NULLS LAST");
  return "[" + text + "]";
}

std::string nameOf(JoinType type) {
  switch (type) {
    case JoinType::kInner: return "Inner";
    case JoinType::kLeftOuter: return "LeftOuter";
    case JoinType::kRightOuter: return "RightOuter";
    case JoinType::kFullOuter: return "FullOuter";
    case JoinType::kLeftSemi: return "LeftSemi";
    case JoinType::kLeftAnti: return "LeftAnti";
  }
  return "";
}

/// The line of one step.
struct StepLine {
  std::string operator()(const BatchScan& step) const { return step.name; }
  std::string operator()(const StreamScan& step) const {
    return "StreamingRelation " + step.definition.format;
  }
  std::string operator()(const ProjectStep& step) const {
    return "Project " + listOf(step.expressions);
  }
  std::string operator()(const FilterStep& step) const { return "Filter " + step.condition->sql(); }
  std::string operator()(const AggregateStepNode& step) const {
    std::string calls;
    for (const AggregateCall& call : step.calls)
      calls += (calls.empty() ? "" : ", ") + call.function.sql;
    return "Aggregate " + listOf(step.keys) + ", [" + calls + "]";
  }
  std::string operator()(const JoinStep& step) const {
    std::string text = "Join " + nameOf(step.type);
    if (!step.leftKeys.empty())
      text += ", " + listOf(step.leftKeys) + " = " + listOf(step.rightKeys);
    return step.condition ? text + ", " + step.condition->sql() : text;
  }
  std::string operator()(const SortStep& step) const {
    return "Sort " + listOf(step.keys) + (step.isGlobal ? ", true" : ", false");
  }
  std::string operator()(const LimitStep& step) const {
    return (step.limit >= 0 ? "Limit " + std::to_string(step.limit) : std::string("Limit")) +
           (step.offset > 0 ? " Offset " + std::to_string(step.offset) : "");
  }
  std::string operator()(const TailStep& step) const {
    return "Tail " + std::to_string(step.limit);
  }
  std::string operator()(const UnionStep&) const { return "Union"; }
  std::string operator()(const DeduplicateStep&) const { return "Deduplicate"; }
  std::string operator()(const GenerateStep& step) const {
    return "Generate " + listOf(step.arguments);
  }
  std::string operator()(const ExpandStep&) const { return "Expand"; }
  std::string operator()(const SampleStep& step) const {
    return "Sample " + std::to_string(step.lower) + ", " + std::to_string(step.upper);
  }
  std::string operator()(const RepartitionStep&) const { return "Repartition"; }
  std::string operator()(const WatermarkStep&) const { return "EventTimeWatermark"; }
  std::string operator()(const WindowStep& step) const {
    std::string calls;
    for (const WindowText& text : step.texts)
      calls += (calls.empty() ? "" : ", ") + text.function + " OVER " + text.specification;
    return "Window [" + calls + "]";
  }
  template <class Other>
  std::string operator()(const Other&) const {
    return "Operator";
  }
};

void append(const LogicalNode& node, int depth, std::string& text) {
  if (depth > 0) text += std::string(static_cast<size_t>(depth - 1) * 3, ' ') + "+- ";
  text += std::visit(StepLine{}, node.step) + "\n";
  for (const LogicalNodePtr& child : node.children) append(*child, depth + 1, text);
}

}  // namespace

std::string treeText(const LogicalNode& root) {
  std::string text;
  append(root, 0, text);
  return text;
}

}  // namespace spate
