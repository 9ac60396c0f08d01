#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "spate/sinks/Sink.h"

namespace spate {

/// Keeps all rows in memory, by batch: what `memory` tables and tests read.
///
/// Threads all functions from any thread
class MemorySink final : public Sink {
 public:
  std::string name() const override { return "MemorySink"; }
  Result<WriteResult> write(BatchId batch, int partition, arrow::RecordBatchReader& rows) override;
  Status commit(BatchId batch, const std::vector<WriteResult>& results) override;
  void abort(BatchId batch) override;

  /// All that was committed: by batch, then by partition. Empty record batches are left out.
  std::vector<std::shared_ptr<arrow::RecordBatch>> rows() const;
  std::vector<std::shared_ptr<arrow::RecordBatch>> rowsOf(BatchId batch) const;
  std::vector<BatchId> batches() const;

 private:
  using Rows = std::vector<std::shared_ptr<arrow::RecordBatch>>;

  mutable std::mutex mutex_;
  int64_t nextAttempt_ = 0;
  /// By batch, then by the number of the attempt that wrote them: the `detail` of its result.
  std::map<BatchId, std::map<std::string, Rows>> staged_;
  std::map<BatchId, Rows> committed_;
};

}  // namespace spate
