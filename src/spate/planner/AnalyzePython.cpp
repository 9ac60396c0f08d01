// Python functions of rows, groups and pairs of groups.
#include "spate/plan/Rewrite.h"
#include "spate/planner/Analyzer.h"
#include "spate/planner/PlanErrors.h"

namespace spate {
namespace {

Result<OutputColumns> resultColumns(const plan::PythonCall& call) {
  if (!call.type.is(TypeKind::kStruct))
    return failure(Status::invalidArgument(
        "The result of " + call.name + " is not declared as columns but as " + call.type.sql()));
  OutputColumns columns;
  for (const StructField& field : call.type.fields()) columns.push_back({nextColumnId(), field});
  return columns;
}

}  // namespace

PythonFunctionPtr pythonFunctionOf(const plan::PythonCall& call) {
  return std::make_shared<const PythonFunction>(
      PythonFunction{call.name, call.type, static_cast<PythonEvalType>(call.evalType), call.command,
                     call.pythonVersion, call.isDeterministic});
}

bool isPythonAggregate(const plan::PythonCall& call) {
  const auto type = static_cast<PythonEvalType>(call.evalType);
  return type == PythonEvalType::kGroupedAggPandas || type == PythonEvalType::kGroupedAggArrow;
}

bool Analyzer::hasPythonAggregate(const plan::ExpressionPtr& expression) {
  return plan::contains(expression, [this](const plan::Expression& part) {
    const auto call = pythonCallOf(part);
    return call && isPythonAggregate(*call);
  });
}

std::shared_ptr<const plan::PythonCall> Analyzer::pythonCallOf(const plan::Expression& expression) {
  if (const auto* python = expression.as<plan::PythonCall>())
    return std::make_shared<const plan::PythonCall>(*python);
  const auto* call = expression.as<plan::Call>();
  if (call == nullptr) return nullptr;
  const auto registered = findFunction(call->name);
  if (!registered) return nullptr;
  auto python = std::make_shared<plan::PythonCall>(*registered);
  python->arguments = call->arguments;
  return python;
}

Result<LogicalNodePtr> Analyzer::operator()(const plan::MapPartitions& node) {
  const auto type = static_cast<PythonEvalType>(node.function.evalType);
  if (type != PythonEvalType::kMapPandasIter && type != PythonEvalType::kMapArrowIter)
    return failure(unsupportedHereError("a function of eval type " +
                                        std::to_string(node.function.evalType) + " of partitions"));
  if (node.isBarrier) return failure(unsupportedHereError("barrier execution"));
  SPATE_ASSIGN_OR_FAIL(auto input, analyze(node.input));
  SPATE_ASSIGN_OR_FAIL(input, withoutHidden(std::move(input)));
  SPATE_ASSIGN_OR_FAIL(OutputColumns columns, resultColumns(node.function));
  return makeLogical(PythonMapStep{pythonFunctionOf(node.function)}, {std::move(input)},
                     std::move(columns));
}

Result<LogicalNodePtr> Analyzer::operator()(const plan::GroupMap& node) {
  const auto type = static_cast<PythonEvalType>(node.function.evalType);
  const bool isKnown =
      type == PythonEvalType::kGroupedMapPandas || type == PythonEvalType::kGroupedMapArrow;
  if (!isKnown)
    return failure(unsupportedHereError("a function of eval type " +
                                        std::to_string(node.function.evalType) + " of groups"));
  PythonGroupsStep step{pythonFunctionOf(node.function), {}};
  std::vector<LogicalNodePtr> inputs;
  const auto addSide = [&](const plan::RelationPtr& relation,
                           const Expressions& grouping) -> Status {
    SPATE_ASSIGN_OR_RETURN(auto input, analyze(relation));
    SPATE_ASSIGN_OR_RETURN(input, withoutHidden(std::move(input)));
    // What is grouped by and is no column becomes one, behind the others.
    PythonGroupsStep::Side side{static_cast<int>(input->columns.size()), {}};
    std::vector<Named> named;
    for (size_t i = 0; i < input->columns.size(); ++i)
      named.push_back({input->columns[i].field.name,
                       columnAt(static_cast<int>(i), input->columns[i].field), std::nullopt});
    ExpressionBinder binder = binderFor(*input);
    for (const plan::ExpressionPtr& expression : grouping) {
      SPATE_ASSIGN_OR_RETURN(auto key, binder.bind(expression));
      if (const auto index = key->columnIndex()) {
        side.keys.push_back(*index);
        continue;
      }
      side.keys.push_back(static_cast<int>(named.size()));
      std::string name = binder.nameOf(expression, *key);
      named.push_back({std::move(name), std::move(key), std::nullopt});
    }
    inputs.push_back(projectBound(std::move(input), std::move(named)));
    step.sides.push_back(std::move(side));
    return Status::OK();
  };
  SPATE_FAIL_IF_ERROR(addSide(node.input, node.grouping));
  SPATE_ASSIGN_OR_FAIL(OutputColumns columns, resultColumns(node.function));
  return makeLogical(std::move(step), std::move(inputs), std::move(columns));
}

}  // namespace spate
