#include "spate/sinks/ConsoleSink.h"

#include <arrow/record_batch.h>

#include <algorithm>
#include <limits>
#include <utility>

#include "spate/types/ArrowStatus.h"
#include "spate/types/ShowString.h"

namespace spate {

ConsoleSink::ConsoleSink(DataType schema, int64_t numRows, bool truncates,
                         std::shared_ptr<const TimeZone> zone, Print print)
    : schema_(std::move(schema)),
      numRows_(numRows),
      truncates_(truncates),
      zone_(std::move(zone)),
      print_(std::move(print)) {}

Result<std::unique_ptr<ConsoleSink>> ConsoleSink::make(DataType schema, const OptionMap& options,
                                                       std::shared_ptr<const TimeZone> zone,
                                                       Print print) {
  SPATE_ASSIGN_OR_FAIL(const int64_t numRows, options.getInt("numRows", 20));
  SPATE_ASSIGN_OR_FAIL(const bool truncates, options.getBool("truncate", true));
  return std::unique_ptr<ConsoleSink>(new ConsoleSink(
      std::move(schema), std::clamp<int64_t>(numRows, 0, std::numeric_limits<int32_t>::max()),
      truncates, std::move(zone), std::move(print)));
}

Result<WriteResult> ConsoleSink::write(BatchId batch, int partition,
                                       arrow::RecordBatchReader& rows) {
  WriteResult result;
  result.partition = partition;
  Rows kept;
  while (true) {
    std::shared_ptr<arrow::RecordBatch> part;
    const arrow::Status read = rows.ReadNext(&part);
    if (!read.ok()) return failure(fromArrow(read));
    if (part == nullptr) break;
    // One more than is shown tells that there are more.
    if (result.rows <= numRows_)
      kept.push_back(part->Slice(0, std::min(part->num_rows(), numRows_ + 1 - result.rows)));
    result.rows += part->num_rows();
  }
  const std::lock_guard lock(mutex_);
  result.detail = std::to_string(nextAttempt_++);
  staged_[batch][result.detail] = std::move(kept);
  return result;
}

Status ConsoleSink::commit(BatchId batch, const std::vector<WriteResult>& results) {
  Rows rows;
  {
    const std::lock_guard lock(mutex_);
    if (batch <= printed_) return Status::OK();
    printed_ = batch;
    std::vector<const WriteResult*> sorted;
    for (const WriteResult& result : results) sorted.push_back(&result);
    std::stable_sort(sorted.begin(), sorted.end(), [](const WriteResult* a, const WriteResult* b) {
      return a->partition < b->partition;
    });
    auto& staged = staged_[batch];
    for (const WriteResult* result : sorted)
      for (auto& part : staged[result->detail]) rows.push_back(std::move(part));
    staged_.erase(batch);
  }
  ShowOptions options;
  options.rows = numRows_;
  options.truncate = truncates_ ? 20 : 0;
  const std::string line = "-------------------------------------------\n";
  // show() prints its table with a line end of its own behind it.
  print_(line + "Batch: " + std::to_string(batch.value) + "\n" + line +
         showString(schema_, rows, options, *zone_) + "\n");
  return Status::OK();
}

void ConsoleSink::abort(BatchId batch) {
  const std::lock_guard lock(mutex_);
  staged_.erase(batch);
}

Result<WriteResult> NoopSink::write(BatchId, int partition, arrow::RecordBatchReader& rows) {
  WriteResult result;
  result.partition = partition;
  while (true) {
    std::shared_ptr<arrow::RecordBatch> part;
    const arrow::Status read = rows.ReadNext(&part);
    if (!read.ok()) return failure(fromArrow(read));
    if (part == nullptr) return result;
    result.rows += part->num_rows();
  }
}

}  // namespace spate
