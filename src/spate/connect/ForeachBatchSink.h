#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <stop_token>
#include <string>
#include <vector>

#include "spate/python/ForeachBatchWorker.h"
#include "spate/runtime/StreamProgram.h"
#include "spate/types/DataType.h"

namespace spate {

/// Gives each batch, as a DataFrame, to a Python function of the client. The function is called
/// when the batch is committed, again for a batch that is run again: Spark's at-least-once.
///
/// Errors  FOREACH_BATCH_USER_FUNCTION_ERROR; those of starting Python
class ForeachBatchSink final : public Sink {
 public:
  /// How the session keeps the rows of a batch while the function works on them.
  struct Kept {
    std::function<std::string(const DataType& schema, std::vector<RecordBatchPtr> rows)> keep;
    std::function<void(const std::string& id)> forget;
  };

  ForeachBatchSink(python::ForeachBatchWorker::Options options, DataType schema, Kept kept)
      : options_(std::move(options)), schema_(std::move(schema)), kept_(std::move(kept)) {}

  /// Starts Python, which reads the function: what is wrong with it is told before the query runs.
  Status start();

  std::string name() const override { return "ForeachBatchSink"; }
  Result<WriteResult> write(BatchId batch, int partition, arrow::RecordBatchReader& rows) override;
  Status commit(BatchId batch, const std::vector<WriteResult>& results) override;
  void abort(BatchId batch) override;
  /// Ends a call that is under way.
  void stop() { stop_.request_stop(); }

 private:
  const python::ForeachBatchWorker::Options options_;
  const DataType schema_;
  const Kept kept_;
  std::stop_source stop_;
  std::mutex mutex_;
  int64_t nextAttempt_ = 0;
  std::map<std::string, std::vector<RecordBatchPtr>> staged_;
  std::unique_ptr<python::ForeachBatchWorker> worker_;
};

}  // namespace spate
