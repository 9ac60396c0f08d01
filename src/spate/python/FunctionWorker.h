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
  kRows = 0,                  ///< the function of foreach: an iterator of rows, of a partition
  kArrowBatchedUdf = 101,     ///< rows in, one value a row: also what a pickled one (100) runs as
  kScalarPandasUdf = 200,     ///< pandas.Series
  kGroupedMapPandas = 201,    ///< a pandas.DataFrame for each group
  kGroupedAggPandas = 202,    ///< pandas.Series of each group in, one value out
  kScalarPandasIter = 204,    ///< an iterator of pandas.Series
  kMapPandasIter = 205,       ///< mapInPandas
  kCogroupedMapPandas = 206,  ///< two pandas.DataFrames for each group
  kMapArrowIter = 207,        ///< mapInArrow
  kGroupedMapArrow = 209,     ///< a pyarrow.Table for each group
  kCogroupedMapArrow = 210,   ///< two pyarrow.Tables for each group
  kScalarArrow = 250,         ///< pyarrow.Array
  kScalarArrowIter = 251,     ///< an iterator of pyarrow.Array
  kGroupedAggArrow = 252,     ///< pyarrow.Array of each group in, one value out
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
  /// TaskContext.getLocalProperty.
  std::map<std::string, std::string> localProperties;
};

/// One worker process, for one task after the other: begin(), then write() or writeGroup(), and
/// endInput(), while another thread is in read(): neither side may wait for the other to end.
///
/// Errors PYTHON_EXCEPTION with the traceback of the user's code; kCancelled; kIoError: it is gone.
///        After any of them the worker cannot be used again.
/// Threads read() beside the others; else one at a time
class FunctionWorker {
 public:
  using Take = std::function<Status(std::shared_ptr<arrow::RecordBatch>)>;

  static Result<FunctionWorker> make(std::shared_ptr<WorkerDaemon> daemon,
                                     const std::stop_token& stop);
  FunctionWorker(FunctionWorker&& other) noexcept;
  FunctionWorker& operator=(FunctionWorker&&) = delete;
  FunctionWorker(const FunctionWorker&) = delete;
  FunctionWorker& operator=(const FunctionWorker&) = delete;
  ~FunctionWorker();

  /// `schema`: of the batches of write(); null for groups.
  void begin(const FunctionTask& task, std::shared_ptr<arrow::Schema> schema);
  Status write(const arrow::RecordBatch& batch, const std::stop_token& stop);
  /// The DataFrames (one, or two) of a group, each with one batch at least.
  Status writeGroup(const std::vector<std::vector<std::shared_ptr<arrow::RecordBatch>>>& frames,
                    const std::stop_token& stop);
  /// A pickled list of rows, for EvalType::kRows.
  Status writeRows(const std::string& pickle, const std::stop_token& stop);
  Status endInput(const std::stop_token& stop);
  /// Gives the batches of results to `take`: for scalar functions one column a function, _0, _1.
  /// When it returns ok the worker is ready for another task.
  Status read(const Take& take, const std::stop_token& stop);

  /// It waits for a task: nothing has ended it.
  bool isIdle() const { return channel_.isQuiet(); }
  /// False: it ends after its task, since it did not read all of the input.
  bool isReusable() const { return isReusable_; }
  /// Where it was when a signal ended it, as Python tells.
  std::string crash() const { return daemon_->crashOf(pid_); }
  /// Ends the process, whatever it is doing.
  void kill();
  const std::shared_ptr<WorkerDaemon>& daemon() const { return daemon_; }

 private:
  class Stream;

  FunctionWorker(std::shared_ptr<WorkerDaemon> daemon, WorkerDaemon::Connection connection);

  void writeHead(const FunctionTask& task);
  /// What follows the results, of which `mark` is read.
  Status readEnd(int32_t mark, const std::stop_token& stop);

  std::shared_ptr<WorkerDaemon> daemon_;
  WorkerChannel channel_;
  int pid_;
  EvalType evalType_ = EvalType::kArrowBatchedUdf;
  bool hasGroups_ = false;
  bool isReusable_ = true;
  std::shared_ptr<arrow::Schema> schema_;
  std::unique_ptr<Stream> stream_;
};

}  // namespace spate::python
