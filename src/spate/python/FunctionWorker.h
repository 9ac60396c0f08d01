#pragma once

#include <arrow/type_fwd.h>

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include "spate/base/Status.h"
#include "spate/python/WorkerDaemon.h"

namespace spate::python {

/// Spark's numbers of what a Python function takes and gives.
enum class EvalType : int32_t {
  kArrowBatchedUdf = 101,   ///< rows in, one value a row: also what a pickled one (100) runs as
  kScalarPandasUdf = 200,   ///< pandas.Series
  kGroupedMapPandas = 201,  ///< a pandas.DataFrame for each group
  kMapPandasIter = 205,     ///< mapInPandas
  kMapArrowIter = 207,      ///< mapInArrow
  kGroupedMapArrow = 209,   ///< a pyarrow.Table for each group
};

/// Functions that one worker runs over the same input.
struct FunctionTask {
  struct Function {
    /// Which columns of the input it is called with, and under which names (empty: by position).
    std::vector<std::pair<int32_t, std::string>> arguments;
    /// As the client pickled it; several call each other, innermost first.
    std::vector<std::string> commands;
  };
  EvalType evalType = EvalType::kArrowBatchedUdf;
  std::vector<Function> functions;
  /// The columns of the input as a struct's JSON.
  std::string inputTypeJson;
  /// spark.sql.session.timeZone and others that the worker looks at.
  std::map<std::string, std::string> conf;
  int32_t partition = 0;
};

/// One worker process, for one task after the other.
///
/// Threads one at a time
class FunctionWorker {
 public:
  static Result<FunctionWorker> make(std::shared_ptr<WorkerDaemon> daemon,
                                     const std::stop_token& stop);

  /// Batches of the input go in, batches of the functions' results come out: for scalar functions
  /// one column a function, _0, _1, ... Both at a time: neither side waits for the other to end.
  ///
  /// Errors PYTHON_EXCEPTION with the traceback of the user's code; kCancelled; the input's; the
  ///        worker cannot be used again
  Status run(const FunctionTask& task, arrow::RecordBatchReader& input,
             const std::function<Status(std::shared_ptr<arrow::RecordBatch>)>& take,
             const std::stop_token& stop);

  /// Each group is an input of its own, with the same schema; results as of run().
  using Groups = std::vector<std::shared_ptr<arrow::RecordBatchReader>>;
  Status runGroups(const FunctionTask& task, const Groups& groups,
                   const std::function<Status(std::shared_ptr<arrow::RecordBatch>)>& take,
                   const std::stop_token& stop);

 private:
  using Take = std::function<Status(std::shared_ptr<arrow::RecordBatch>)>;

  FunctionWorker(std::shared_ptr<WorkerDaemon> daemon, WorkerChannel channel)
      : daemon_(std::move(daemon)), channel_(std::move(channel)) {}

  Status exchange(const FunctionTask& task, const std::function<Status(std::stop_token)>& write,
                  const Take& take, const std::stop_token& stop);
  void writeHead(const FunctionTask& task);
  Status writeBatches(arrow::RecordBatchReader& input, const std::stop_token& stop);
  Status readResults(const Take& take, const std::stop_token& stop);
  /// What follows the results, of which `mark` is read.
  Status readEnd(int32_t mark, const std::stop_token& stop);

  std::shared_ptr<WorkerDaemon> daemon_;
  WorkerChannel channel_;
};

}  // namespace spate::python
