#include <arrow/array/array_base.h>
#include <arrow/array/util.h>
#include <arrow/compute/api_vector.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>

#include "spate/operators/stateless/Stateless.h"
#include "spate/types/ArrowValues.h"

namespace spate {

Result<RecordBatchPtr> takeRows(const arrow::RecordBatch& batch, const arrow::Array& positions,
                                const std::vector<bool>& used) {
  std::vector<std::shared_ptr<arrow::Array>> columns;
  columns.reserve(static_cast<size_t>(batch.num_columns()));
  for (int i = 0; i < batch.num_columns(); ++i) {
    const auto place = static_cast<size_t>(i);
    const bool isUsed = used.empty() || (place < used.size() && used[place]);
    auto column = isUsed ? arrow::compute::Take(*batch.column(i), positions,
                                                arrow::compute::TakeOptions::NoBoundsCheck())
                         : arrow::MakeArrayOfNull(batch.column(i)->type(), positions.length());
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
