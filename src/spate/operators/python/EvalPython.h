#pragma once

#include <memory>
#include <vector>

#include "spate/operators/python/PythonFunctions.h"

namespace spate {

struct EvalPythonOptions {
  PythonTask task;
  /// What the columns of task.input are made of.
  std::vector<BoundExpressionPtr> arguments;
  /// The columns of the input, and those of task.output behind them.
  std::shared_ptr<arrow::Schema> schema;
  std::shared_ptr<PythonFunctions> functions;
};

/// Puts the results of Python functions that give a value for each row behind the columns of the
/// input.
std::unique_ptr<Operator> makeEvalPython(EvalPythonOptions options);

/// The first `count` columns of the input: takes those away again that makeEvalPython put behind.
std::unique_ptr<Operator> makeFirstColumns(std::shared_ptr<arrow::Schema> schema);

/// A batch in parts of spark.sql.execution.arrow.maxRecordsPerBatch.
std::vector<RecordBatchPtr> inArrowBatches(const RecordBatchPtr& batch,
                                           const SessionSettings& settings);

}  // namespace spate
