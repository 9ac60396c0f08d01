#include <arrow/array/array_base.h>
#include <arrow/array/array_primitive.h>
#include <arrow/array/util.h>
#include <arrow/compute/api_vector.h>
#include <arrow/datum.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>

#include "spate/operators/stateless/Stateless.h"
#include "spate/types/ArrowValues.h"

namespace spate {
namespace {

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
    std::vector<std::shared_ptr<arrow::Array>> columns;
    for (int i = 0; i < batch->num_columns(); ++i) {
      if (!used_.empty() && !used_[static_cast<size_t>(i)]) {
        auto nulls = arrow::MakeArrayOfNull(batch->column(i)->type(), count);
        if (!nulls.ok()) return fromArrow(nulls.status());
        columns.push_back(*std::move(nulls));
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
  int64_t rowsBefore_ = 0;
};

}  // namespace

std::unique_ptr<Operator> makeFilter(BoundExpressionPtr condition, std::vector<bool> used) {
  return std::make_unique<Filter>(std::move(condition), std::move(used));
}

}  // namespace spate
