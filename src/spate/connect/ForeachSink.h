#pragma once

#include <memory>
#include <stop_token>
#include <string>
#include <utility>

#include "spate/python/WorkerPool.h"
#include "spate/runtime/StreamProgram.h"
#include "spate/types/DataType.h"

namespace spate {

/// Gives the rows of each partition to a Python function of the client, in a worker: the sink
/// `foreach`. The function is called while the batch runs, again for a batch that is run again:
/// Spark's at-least-once.
///
/// Errors  FOREACH_USER_FUNCTION_ERROR; those of starting Python
class ForeachSink final : public Sink {
 public:
  struct Options {
    std::shared_ptr<python::WorkerPool> workers;
    std::string configuredPython;
    /// The pickled function of a partition and its rows.
    std::string command;
    DataType schema;
    std::string timeZone;
    std::stop_token stop;
  };

  explicit ForeachSink(Options options) : options_(std::move(options)) {}

  std::string name() const override { return "ForeachSink"; }
  Result<WriteResult> write(BatchId batch, int partition, arrow::RecordBatchReader& rows) override;
  Status commit(BatchId, const std::vector<WriteResult>&) override { return Status::OK(); }
  void abort(BatchId) override {}

 private:
  const Options options_;
};

}  // namespace spate
