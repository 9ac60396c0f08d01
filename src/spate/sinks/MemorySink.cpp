#include "spate/sinks/MemorySink.h"

#include <arrow/record_batch.h>

#include <algorithm>
#include <utility>

namespace spate {

Result<WriteResult> MemorySink::write(BatchId batch, int partition,
                                      arrow::RecordBatchReader& rows) {
  WriteResult result;
  result.partition = partition;
  Rows kept;
  while (true) {
    std::shared_ptr<arrow::RecordBatch> next;
    const arrow::Status read = rows.ReadNext(&next);
    if (!read.ok()) return failure(Status::ioError(read.ToString()));
    if (!next) break;
    result.rows += next->num_rows();
    if (next->num_rows() > 0) kept.push_back(std::move(next));
  }
  std::lock_guard lock(mutex_);
  result.detail = std::to_string(nextAttempt_++);
  staged_[batch][result.detail] = std::move(kept);
  return result;
}

Status MemorySink::commit(BatchId batch, const std::vector<WriteResult>& results) {
  std::vector<WriteResult> ordered = results;
  std::sort(ordered.begin(), ordered.end(),
            [](const WriteResult& a, const WriteResult& b) { return a.partition < b.partition; });
  std::lock_guard lock(mutex_);
  std::map<std::string, Rows> staged = std::move(staged_[batch]);
  staged_.erase(batch);
  if (committed_.contains(batch)) return Status::OK();
  Rows all;
  for (const WriteResult& result : ordered) {
    const auto it = staged.find(result.detail);
    if (it == staged.end())
      return Status::invalidArgument("MemorySink knows no write \"" + result.detail +
                                     "\" of batch " + std::to_string(batch.value));
    all.insert(all.end(), it->second.begin(), it->second.end());
  }
  committed_[batch] = std::move(all);
  return Status::OK();
}

void MemorySink::abort(BatchId batch) {
  std::lock_guard lock(mutex_);
  staged_.erase(batch);
}

std::vector<std::shared_ptr<arrow::RecordBatch>> MemorySink::rows() const {
  std::lock_guard lock(mutex_);
  Rows all;
  for (const auto& [batch, rows] : committed_) all.insert(all.end(), rows.begin(), rows.end());
  return all;
}

std::vector<std::shared_ptr<arrow::RecordBatch>> MemorySink::rowsOf(BatchId batch) const {
  std::lock_guard lock(mutex_);
  const auto it = committed_.find(batch);
  return it == committed_.end() ? Rows() : it->second;
}

std::vector<BatchId> MemorySink::batches() const {
  std::lock_guard lock(mutex_);
  std::vector<BatchId> ids;
  for (const auto& [batch, rows] : committed_) ids.push_back(batch);
  return ids;
}

}  // namespace spate
