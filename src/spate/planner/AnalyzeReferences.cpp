// Columns that a filter or a sort names although a projection below it has left them out: Spark
// takes them along up to the step that needs them (its ColumnResolutionHelper).
#include "spate/plan/Rewrite.h"
#include "spate/planner/Analyzer.h"

namespace spate {

using plan::ExpressionPtr;

namespace {

/// Steps whose rows are those of their input, some of them, or in another order.
bool passesColumnsOn(const LogicalNode& node) {
  return node.as<FilterStep>() != nullptr || node.as<SortStep>() != nullptr ||
         node.as<LimitStep>() != nullptr || node.as<SampleStep>() != nullptr ||
         node.as<RepartitionStep>() != nullptr || node.as<WatermarkStep>() != nullptr;
}

/// Not there; what is there twice is for its own error.
bool isMissing(const Result<BoundExpressionPtr>& bound) {
  return !bound && !bound.error().errorClass().starts_with("AMBIGUOUS");
}

}  // namespace

LogicalNodePtr Analyzer::withMissing(const LogicalNodePtr& node, const ExpressionPtr& attribute) {
  if (node->isNamed || node->children.size() != 1) return nullptr;
  const LogicalNodePtr& child = node->children[0];
  const auto* projection = node->as<ProjectStep>();
  if (projection == nullptr) {
    if (!passesColumnsOn(*node)) return nullptr;
    LogicalNodePtr below = withMissing(child, attribute);
    if (below == nullptr) return nullptr;
    OutputColumns columns = node->columns;
    columns.push_back(below->columns.back());
    return makeLogical(node->step, {std::move(below)}, std::move(columns));
  }
  LogicalNodePtr below = child;
  BoundExpressionPtr bound;
  auto found = binderFor(*child).bind(attribute);
  if (found) {
    bound = *std::move(found);
  } else {
    if (!isMissing(found)) return nullptr;
    below = withMissing(child, attribute);
    if (below == nullptr) return nullptr;
    bound = columnAt(static_cast<int>(below->columns.size()) - 1, below->columns.back().field);
  }
  // Nobody but the step that asks for it sees it: there may be another column of its name.
  OutputColumn column{.id = nextColumnId(),
                      .field = {attribute->as<plan::Attribute>()->nameParts.back(), bound->type(),
                                bound->nullable()},
                      .isHidden = true};
  ProjectStep extended = *projection;
  extended.expressions.push_back(std::move(bound));
  OutputColumns columns = node->columns;
  columns.push_back(std::move(column));
  return makeLogical(std::move(extended), {std::move(below)}, std::move(columns));
}

LogicalNodePtr Analyzer::addMissing(LogicalNodePtr input, Expressions& expressions) {
  if (hasOuterColumns(*input)) return input;
  for (ExpressionPtr& expression : expressions) {
    expression = plan::rewrite(expression, [&](const ExpressionPtr& part) -> ExpressionPtr {
      // What a lambda names may be its parameters.
      if (part->as<plan::Lambda>() != nullptr) return part;
      if (part->as<plan::Attribute>() == nullptr || !isMissing(binderFor(*input).bind(part)))
        return nullptr;
      LogicalNodePtr extended = withMissing(input, part);
      if (extended == nullptr) return nullptr;
      input = std::move(extended);
      return plan::make(plan::PlacedColumn{static_cast<int>(input->columns.size()) - 1,
                                           input->columns.back().field.name});
    });
  }
  return input;
}

}  // namespace spate
