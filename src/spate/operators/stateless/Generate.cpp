#include <arrow/datum.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>

#include "spate/operators/stateless/Stateless.h"

namespace spate {
namespace {

class Generate final : public Operator {
 public:
  Generate(BoundGenerator generator, std::vector<BoundExpressionPtr> arguments, bool isOuter,
           std::vector<bool> used, std::shared_ptr<arrow::Schema> schema)
      : generator_(std::move(generator)),
        arguments_(std::move(arguments)),
        isOuter_(isOuter),
        used_(std::move(used)),
        schema_(std::move(schema)) {}

  Status push(RecordBatchPtr batch, TaskContext& task, Output& output) override {
    EvalContext context = task.evalContext(batch.get(), rowsBefore_);
    rowsBefore_ += batch->num_rows();
    std::vector<arrow::Datum> values;
    for (const BoundExpressionPtr& argument : arguments_) {
      SPATE_ASSIGN_OR_RETURN(auto value, argument->evaluate(*batch, context));
      values.push_back(std::move(value));
    }
    SPATE_ASSIGN_OR_RETURN(auto rows,
                           generator_.generate(context, values, batch->num_rows(), isOuter_));
    if (rows.parents->length() == 0) return Status::OK();
    SPATE_ASSIGN_OR_RETURN(const auto parents, takeRows(*batch, *rows.parents, used_));
    auto columns = parents->columns();
    // Behind those of the input there may be results of Python functions.
    columns.resize(used_.size());
    for (auto& column : rows.columns) columns.push_back(std::move(column));
    return output.push(
        arrow::RecordBatch::Make(schema_, rows.parents->length(), std::move(columns)));
  }

 private:
  BoundGenerator generator_;
  std::vector<BoundExpressionPtr> arguments_;
  bool isOuter_;
  std::vector<bool> used_;
  std::shared_ptr<arrow::Schema> schema_;
  int64_t rowsBefore_ = 0;
};

}  // namespace

std::unique_ptr<Operator> makeGenerate(BoundGenerator generator,
                                       std::vector<BoundExpressionPtr> arguments, bool isOuter,
                                       std::vector<bool> used,
                                       std::shared_ptr<arrow::Schema> schema) {
  return std::make_unique<Generate>(std::move(generator), std::move(arguments), isOuter,
                                    std::move(used), std::move(schema));
}

}  // namespace spate
