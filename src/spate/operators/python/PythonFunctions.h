#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "spate/operators/Operator.h"
#include "spate/types/DataType.h"

namespace spate {

/// Spark's numbers of what a Python function takes and gives.
enum class PythonEvalType : int32_t {
  kBatched = 100,       ///< a value for each row, rows pickled
  kArrowBatched = 101,  ///< a value for each row
  kScalarPandas = 200,
  kGroupedMapPandas = 201,
  kGroupedAggPandas = 202,
  kWindowAggPandas = 203,
  kScalarPandasIter = 204,
  kMapPandasIter = 205,
  kCogroupedMapPandas = 206,
  kMapArrowIter = 207,
  kGroupedMapPandasWithState = 208,
  kGroupedMapArrow = 209,
  kCogroupedMapArrow = 210,
  kScalarArrow = 250,
  kScalarArrowIter = 251,
  kGroupedAggArrow = 252,
};

/// A function of the client, as it was pickled there.
struct PythonFunction {
  std::string name;
  DataType type;
  PythonEvalType evalType = PythonEvalType::kArrowBatched;
  std::string command;
  std::string pythonVersion;
  bool isDeterministic = true;
};
using PythonFunctionPtr = std::shared_ptr<const PythonFunction>;

/// What a worker is to do with the rows that it is given.
struct PythonTask {
  struct Call {
    /// Which columns, and under which names (empty: by position).
    std::vector<std::pair<int32_t, std::string>> arguments;
    /// Innermost first: each is called with what the one before gave.
    std::vector<PythonFunctionPtr> functions;
  };
  PythonEvalType evalType = PythonEvalType::kArrowBatched;
  std::vector<Call> calls;
  /// The columns of the batches that go in; of the second DataFrame of a pair.
  DataType input;
  DataType secondInput;
  /// The columns that come out: for scalar functions and aggregates one for each call.
  DataType output;
  int partition = 0;
};

/// A worker on one task: batches go in, batches come out, at a pace of its own.
///
/// Errors  PYTHON_EXCEPTION with the traceback of the user's code; kCancelled
/// Threads one
class PythonRun {
 public:
  /// Ends the worker if it is not done.
  virtual ~PythonRun() = default;
  /// Batches of PythonTask::input. Waits when the worker is far behind.
  virtual Status push(const arrow::RecordBatch& batch) = 0;
  /// All rows of a group at once: one DataFrame, or two, each in batches (one at least).
  virtual Status pushGroup(const std::vector<std::vector<RecordBatchPtr>>& frames) = 0;
  /// No more input.
  virtual Status endInput() = 0;
  /// A batch of PythonTask::output. Null: there is none yet, or with `wait` there is none any more.
  virtual Result<RecordBatchPtr> take(bool wait) = 0;
};

/// Where Python functions run.
///
/// Threads any
class PythonFunctions {
 public:
  virtual ~PythonFunctions() = default;
  virtual Result<std::unique_ptr<PythonRun>> start(const PythonTask& task) = 0;
};

}  // namespace spate
