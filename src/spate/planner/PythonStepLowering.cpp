// Python functions of rows and groups, as operators.
#include <arrow/type.h>

#include <string>

#include "spate/operators/python/RowPython.h"
#include "spate/planner/PythonLowering.h"
#include "spate/types/ArrowTypes.h"

namespace spate {
namespace {

std::shared_ptr<arrow::Schema> schemaOf(const DataType& type) {
  auto schema = toArrowSchema(type);
  // Types without a column format are refused where a column of them would be made.
  return schema ? *std::move(schema) : arrow::schema({});
}

std::shared_ptr<PhysicalNode> nodeOf(std::string name, std::shared_ptr<arrow::Schema> schema,
                                     std::vector<PhysicalNodePtr> children) {
  auto made = std::make_shared<PhysicalNode>();
  made->name = std::move(name);
  made->schema = std::move(schema);
  made->children = std::move(children);
  return made;
}

/// Rows with equal keys meet.
Distribution byColumns(const std::vector<int>& keys, const DataType& rows, int partitions) {
  if (keys.empty()) return {Distribution::Kind::kSingle};
  Distribution required{Distribution::Kind::kHash, {}, partitions};
  for (const int key : keys)
    required.keys.push_back(columnAt(key, rows.fields()[static_cast<size_t>(key)]));
  return required;
}

/// How Spark tells its workers which columns are keys and which are values: the length of what
/// follows, the number of keys, the keys, the values.
void appendOffsets(const PythonGroupsStep::Side& side, PythonTask::Call& call) {
  call.arguments.emplace_back(1 + static_cast<int>(side.keys.size()) + side.values, "");
  call.arguments.emplace_back(static_cast<int>(side.keys.size()), "");
  for (const int key : side.keys) call.arguments.emplace_back(key, "");
  for (int value = 0; value < side.values; ++value) call.arguments.emplace_back(value, "");
}

}  // namespace

PhysicalNodePtr mapPython(const PythonFunctionPtr& function, DataType rows, PhysicalNodePtr child,
                          std::shared_ptr<PythonFunctions> functions) {
  PythonTask task;
  task.evalType = function->evalType;
  task.calls = {{{{0, ""}}, {function}}};
  task.input = std::move(rows);
  task.output = function->type;
  const bool isArrow = function->evalType == PythonEvalType::kMapArrowIter;
  auto made = nodeOf((isArrow ? "MapInArrow " : "MapInPandas ") + function->name,
                     schemaOf(function->type), {std::move(child)});
  made->makeOperator =
      [task, functions = std::move(functions)](TaskContext&) -> Result<std::unique_ptr<Operator>> {
    return makeMapPython(task, functions);
  };
  return made;
}

PhysicalNodePtr groupsPython(const PythonGroupsStep& step, const std::vector<DataType>& rows,
                             std::vector<PhysicalNodePtr> children, int partitions,
                             const std::shared_ptr<PythonFunctions>& functions) {
  GroupPythonOptions options;
  options.task.evalType = step.function->evalType;
  options.task.calls = {{{}, {step.function}}};
  for (const PythonGroupsStep::Side& side : step.sides) appendOffsets(side, options.task.calls[0]);
  options.task.input = rows[0];
  options.task.output = step.function->type;
  options.keys = step.sides[0].keys;
  options.rows = rows[0];
  options.functions = functions;
  const bool isPair = step.sides.size() == 2;
  auto made = nodeOf((isPair ? "FlatMapCoGroups " : "FlatMapGroups ") + step.function->name,
                     schemaOf(step.function->type), std::move(children));
  made->required = byColumns(step.sides[0].keys, rows[0], partitions);
  if (!isPair) {
    made->makeOperator = [options](TaskContext&) -> Result<std::unique_ptr<Operator>> {
      return makeGroupMapPython(options);
    };
    return made;
  }
  options.task.secondInput = rows[1];
  GroupPythonOptions second;
  second.keys = step.sides[1].keys;
  second.rows = rows[1];
  made->buildRequired = byColumns(step.sides[1].keys, rows[1], partitions);
  made->build = [](std::vector<RecordBatchPtr> batches,
                   const RunContext&) -> Result<std::shared_ptr<void>> {
    return std::shared_ptr<void>(std::make_shared<std::vector<RecordBatchPtr>>(std::move(batches)));
  };
  made->makeProbe = [options, second](
                        TaskContext&,
                        const std::shared_ptr<void>& built) -> Result<std::unique_ptr<Operator>> {
    return makeCogroupPython(options, second,
                             std::static_pointer_cast<std::vector<RecordBatchPtr>>(built));
  };
  return made;
}

PhysicalNodePtr aggregatePython(const PythonAggregateStep& step, DataType rows,
                                std::shared_ptr<arrow::Schema> schema, PhysicalNodePtr child,
                                int partitions, std::shared_ptr<PythonFunctions> functions) {
  GroupPythonOptions options;
  options.task.evalType = step.calls[0].functions[0]->evalType;
  options.task.calls = step.calls;
  const auto arguments = static_cast<std::ptrdiff_t>(step.arguments);
  options.task.input = DataType::structOf(
      std::vector<StructField>(rows.fields().begin(), rows.fields().begin() + arguments));
  std::vector<StructField> results;
  for (const PythonTask::Call& call : step.calls)
    results.push_back({"_" + std::to_string(results.size()), call.functions[0]->type, true});
  options.task.output = DataType::structOf(std::move(results));
  options.keys = step.keys;
  options.functions = std::move(functions);
  auto made = nodeOf("ArrowAggregatePython", schema, {std::move(child)});
  made->required = byColumns(step.keys, rows, partitions);
  options.rows = std::move(rows);
  made->makeOperator = [options, schema](TaskContext&) -> Result<std::unique_ptr<Operator>> {
    return makeAggregatePython(options, schema);
  };
  return made;
}

}  // namespace spate
