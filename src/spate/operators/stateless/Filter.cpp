#include <arrow/array/array_base.h>
#include <arrow/array/array_primitive.h>
#include <arrow/buffer.h>
#include <arrow/compute/api_vector.h>
#include <arrow/datum.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>

#include <bit>

#include "spate/operators/stateless/Stateless.h"
#include "spate/types/ArrowStatus.h"

namespace spate {
namespace {

/// The rows for which the mask is true, of which there are `count`.
std::vector<int64_t> positionsOf(const arrow::BooleanArray& mask, int64_t count) {
  std::vector<int64_t> positions(static_cast<size_t>(count));
  size_t at = 0;
  int64_t row = 0;
  const arrow::ArrayData& data = *mask.data();
  if (data.offset % 64 == 0) {
    const uint64_t* const values = data.GetValues<uint64_t>(1, data.offset / 64);
    const uint64_t* const valid =
        mask.null_count() == 0 ? nullptr : data.GetValues<uint64_t>(0, data.offset / 64);
    for (; row + 64 <= data.length; row += 64) {
      uint64_t word = values[row / 64];
      if (valid != nullptr) word &= valid[row / 64];
      for (; word != 0; word &= word - 1) positions[at++] = row + std::countr_zero(word);
    }
  }
  for (; row < data.length; ++row)
    if (mask.IsValid(row) && mask.Value(row)) positions[at++] = row;
  return positions;
}

class Filter final : public Operator {
 public:
  Filter(BoundExpressionPtr condition, std::vector<bool> used)
      : condition_(std::move(condition)), used_(std::move(used)) {}

  Status push(RecordBatchPtr batch, TaskContext& task, Output& output) override {
    EvalContext context = task.evalContext(batch.get(), rowsBefore_);
    rowsBefore_ += batch->num_rows();
    SPATE_ASSIGN_OR_RETURN(const auto mask, evaluateToArray(*condition_, *batch, context));
    const auto& chosen = static_cast<const arrow::BooleanArray&>(*mask);
    const int64_t count = chosen.true_count();
    if (count == batch->num_rows()) return output.push(std::move(batch));
    if (count == 0) return Status::OK();
    // Rows that are picked one by one are found faster by their numbers than as runs of a mask.
    if (count < batch->num_rows() / 8 * 7) {
      const auto rows = positionsOf(chosen, count);
      const arrow::Int64Array positions(count, arrow::Buffer::Wrap(rows));
      SPATE_ASSIGN_OR_RETURN(auto taken, takeRows(*batch, positions, used_, &nulls_));
      return output.push(std::move(taken));
    }
    std::vector<std::shared_ptr<arrow::Array>> columns;
    for (int i = 0; i < batch->num_columns(); ++i) {
      if (!used_.empty() && !used_[static_cast<size_t>(i)]) {
        SPATE_ASSIGN_OR_RETURN(auto nulls, nulls_.get(i, batch->column(i)->type(), count));
        columns.push_back(std::move(nulls));
        continue;
      }
      // The options' default drops the rows for which the condition is null.
      auto kept = arrow::compute::Filter(batch->column(i), mask);
      if (!kept.ok()) return fromArrow(kept.status());
      columns.push_back(kept->make_array());
    }
    return output.push(arrow::RecordBatch::Make(batch->schema(), count, std::move(columns)));
  }

 private:
  BoundExpressionPtr condition_;
  std::vector<bool> used_;
  NullColumns nulls_;
  int64_t rowsBefore_ = 0;
};

}  // namespace

std::unique_ptr<Operator> makeFilter(BoundExpressionPtr condition, std::vector<bool> used) {
  return std::make_unique<Filter>(std::move(condition), std::move(used));
}

}  // namespace spate
