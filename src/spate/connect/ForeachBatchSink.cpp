#include "spate/connect/ForeachBatchSink.h"

#include <arrow/record_batch.h>

#include "spate/types/ArrowStatus.h"
#include "spate/types/ArrowTypes.h"

namespace spate {

Status ForeachBatchSink::start() {
  SPATE_ASSIGN_OR_RETURN(worker_, python::ForeachBatchWorker::start(options_, stop_.get_token()));
  return Status::OK();
}

Result<WriteResult> ForeachBatchSink::write(BatchId, int partition,
                                            arrow::RecordBatchReader& rows) {
  SPATE_ASSIGN_OR_FAIL(const auto schema, toArrowSchema(schema_));
  std::vector<RecordBatchPtr> batches;
  WriteResult result{partition, 0, {}};
  while (true) {
    std::shared_ptr<arrow::RecordBatch> batch;
    SPATE_FAIL_IF_ERROR(fromArrow(rows.ReadNext(&batch)));
    if (!batch) break;
    result.rows += batch->num_rows();
    batches.push_back(arrow::RecordBatch::Make(schema, batch->num_rows(), batch->columns()));
  }
  std::lock_guard lock(mutex_);
  result.detail = std::to_string(nextAttempt_++);
  staged_[result.detail] = std::move(batches);
  return result;
}

Status ForeachBatchSink::commit(BatchId batch, const std::vector<WriteResult>& results) {
  std::vector<RecordBatchPtr> rows;
  {
    std::lock_guard lock(mutex_);
    for (const WriteResult& result : results) {
      for (RecordBatchPtr& one : staged_[result.detail]) rows.push_back(std::move(one));
    }
    staged_.clear();
  }
  if (!worker_) SPATE_RETURN_IF_ERROR(start());
  const std::string id = kept_.keep(schema_, std::move(rows));
  Status status = worker_->run(id, batch.value, stop_.get_token());
  kept_.forget(id);
  if (!status.ok()) worker_.reset();
  return status;
}

void ForeachBatchSink::abort(BatchId) {
  std::lock_guard lock(mutex_);
  staged_.clear();
}

}  // namespace spate
