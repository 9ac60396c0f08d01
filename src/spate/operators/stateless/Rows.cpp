#include <arrow/array/array_base.h>
#include <arrow/array/util.h>
#include <arrow/compute/api_vector.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>

#include "spate/operators/stateless/Stateless.h"
#include "spate/types/ArrowStatus.h"

namespace spate {

Result<std::shared_ptr<arrow::Array>> NullColumns::get(int column,
                                                       const std::shared_ptr<arrow::DataType>& type,
                                                       int64_t rows) {
  const auto place = static_cast<size_t>(column);
  if (place >= columns_.size()) columns_.resize(place + 1);
  auto& kept = columns_[place];
  if (kept == nullptr || kept->length() < rows) {
    auto made = arrow::MakeArrayOfNull(type, rows);
    if (!made.ok()) return failure(fromArrow(made.status()));
    kept = *std::move(made);
  }
  return kept->Slice(0, rows);
}

Result<RecordBatchPtr> takeRows(const arrow::RecordBatch& batch, const arrow::Array& positions,
                                const std::vector<bool>& used, NullColumns* nulls) {
  NullColumns ownNulls;
  if (nulls == nullptr) nulls = &ownNulls;
  std::vector<std::shared_ptr<arrow::Array>> columns;
  columns.reserve(static_cast<size_t>(batch.num_columns()));
  for (int i = 0; i < batch.num_columns(); ++i) {
    const auto place = static_cast<size_t>(i);
    if (!used.empty() && (place >= used.size() || !used[place])) {
      SPATE_ASSIGN_OR_FAIL(auto column, nulls->get(i, batch.column(i)->type(), positions.length()));
      columns.push_back(std::move(column));
      continue;
    }
    auto column = arrow::compute::Take(*batch.column(i), positions,
                                       arrow::compute::TakeOptions::NoBoundsCheck());
    if (!column.ok()) return failure(fromArrow(column.status()));
    columns.push_back(*std::move(column));
  }
  return arrow::RecordBatch::Make(batch.schema(), positions.length(), std::move(columns));
}

Result<RecordBatchPtr> concatenate(const std::vector<RecordBatchPtr>& batches,
                                   const std::shared_ptr<arrow::Schema>& schema) {
  if (batches.size() == 1) return batches[0];
  if (batches.empty()) {
    auto empty = arrow::RecordBatch::MakeEmpty(schema);
    if (!empty.ok()) return failure(fromArrow(empty.status()));
    return *std::move(empty);
  }
  auto joined = arrow::ConcatenateRecordBatches(batches);
  if (!joined.ok()) return failure(fromArrow(joined.status()));
  return *std::move(joined);
}

}  // namespace spate
