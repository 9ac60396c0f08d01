#include "spate/sources/MemorySource.h"

#include <arrow/record_batch.h>
#include <arrow/type.h>

#include <algorithm>
#include <charconv>
#include <utility>

namespace spate {
namespace {

Offset offsetOf(int64_t index) { return Offset(std::to_string(index)); }

Result<int64_t> parsed(const Offset& offset) {
  const std::string& text = offset.json();
  int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value < -1)
    return failure(Status::corrupt("not an offset of a MemorySource: \"" + text + "\""));
  return value;
}

}  // namespace

MemorySource::MemorySource(std::shared_ptr<arrow::Schema> schema, std::string name)
    : schema_(std::move(schema)), name_(std::move(name)) {}

Result<Offset> MemorySource::add(std::shared_ptr<arrow::RecordBatch> rows,
                                 std::optional<Timestamp> arrival) {
  if (!rows || !rows->schema()->Equals(*schema_))
    return failure(Status::invalidArgument("these rows have not the schema of " + name_));
  // Called under the mutex, so that after onDataAvailable({}) no call is under way.
  std::lock_guard lock(mutex_);
  added_.push_back({std::move(rows), arrival});
  if (notify_) notify_();
  return offsetOf(first_ + static_cast<int64_t>(added_.size()) - 1);
}

std::optional<Offset> MemorySource::committed() const {
  std::lock_guard lock(mutex_);
  return committed_;
}

Result<std::optional<Offset>> MemorySource::initialOffset() {
  // Before what is still there; nothing is forgotten while a query has not committed its first
  // batch, so a replay of that gets the same answer.
  std::lock_guard lock(mutex_);
  return offsetOf(first_ - 1);
}

Status MemorySource::checkNotForgotten(int64_t from) const {
  if (from + 1 >= first_) return Status::OK();
  return Status::notFound(name_ + " has forgotten what is behind offset " + std::to_string(from));
}

Result<int64_t> MemorySource::indexOf(const std::optional<Offset>& offset) const {
  if (!offset) return -1;
  SPATE_ASSIGN_OR_FAIL(const int64_t index, parsed(*offset));
  if (index >= first_ + static_cast<int64_t>(added_.size()))
    return failure(Status::notFound(name_ + " has no offset " + offset->json() + " yet"));
  return index;
}

Result<std::optional<Offset>> MemorySource::latestOffset(const std::optional<Offset>& from,
                                                         const ReadLimit& limit) {
  std::lock_guard lock(mutex_);
  SPATE_ASSIGN_OR_FAIL(int64_t index, indexOf(from));
  SPATE_FAIL_IF_ERROR(checkNotForgotten(index));
  int64_t last = first_ + static_cast<int64_t>(added_.size()) - 1;
  if (limit.notBeyond) {
    SPATE_ASSIGN_OR_FAIL(const int64_t bound, indexOf(limit.notBeyond));
    last = std::min(last, bound);
  }
  int64_t rows = 0;
  while (index < last) {
    const Added& next = added_[static_cast<size_t>(index + 1 - first_)];
    if (next.arrival && *next.arrival > limit.batchTime) break;
    rows += next.rows->num_rows();
    const bool isFirst = rows == next.rows->num_rows();
    if (limit.maxRecords && rows > *limit.maxRecords && !isFirst) break;
    ++index;
  }
  return offsetOf(index);
}

Result<std::vector<Split>> MemorySource::plan(const OffsetRange& range) {
  std::vector<Split> splits;
  if (range.empty()) return splits;
  std::lock_guard lock(mutex_);
  SPATE_ASSIGN_OR_FAIL(const int64_t from, indexOf(range.from));
  SPATE_ASSIGN_OR_FAIL(const int64_t to, indexOf(range.to));
  SPATE_FAIL_IF_ERROR(checkNotForgotten(from));
  for (int64_t index = from + 1; index <= to; ++index)
    splits.push_back(
        {static_cast<int>(index - from - 1), {offsetOf(index - 1), offsetOf(index)}, {}});
  return splits;
}

Result<std::shared_ptr<arrow::RecordBatchReader>> MemorySource::open(const Split& split) {
  std::shared_ptr<arrow::RecordBatch> rows;
  {
    std::lock_guard lock(mutex_);
    SPATE_ASSIGN_OR_FAIL(const int64_t index, indexOf(split.range.to));
    if (index < first_)
      return failure(Status::notFound(name_ + " has forgotten offset " + std::to_string(index)));
    rows = added_[static_cast<size_t>(index - first_)].rows;
  }
  auto reader = arrow::RecordBatchReader::Make({std::move(rows)}, schema_);
  if (!reader.ok()) return failure(Status::internal(reader.status().ToString()));
  return *std::move(reader);
}

Status MemorySource::commit(const Offset& end) {
  std::lock_guard lock(mutex_);
  SPATE_ASSIGN_OR_RETURN(const int64_t index, indexOf(end));
  while (first_ <= index) {
    added_.pop_front();
    ++first_;
  }
  committed_ = end;
  return Status::OK();
}

void MemorySource::onDataAvailable(std::function<void()> notify) {
  std::lock_guard lock(mutex_);
  notify_ = std::move(notify);
}

}  // namespace spate
