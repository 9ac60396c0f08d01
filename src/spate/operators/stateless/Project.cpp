#include <arrow/array/array_base.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>

#include "spate/operators/stateless/Stateless.h"
#include "spate/types/ArrowValues.h"

namespace spate {
namespace {

class Project final : public Operator {
 public:
  Project(std::vector<BoundExpressionPtr> expressions, std::shared_ptr<arrow::Schema> schema)
      : expressions_(std::move(expressions)), schema_(std::move(schema)) {}

  Status push(RecordBatchPtr batch, TaskContext& task, Output& output) override {
    EvalContext context = task.evalContext(batch.get(), rowsBefore_);
    std::vector<std::shared_ptr<arrow::Array>> columns;
    columns.reserve(expressions_.size());
    for (const BoundExpressionPtr& expression : expressions_) {
      SPATE_ASSIGN_OR_RETURN(auto column, evaluateToArray(*expression, *batch, context));
      columns.push_back(std::move(column));
    }
    rowsBefore_ += batch->num_rows();
    return output.push(arrow::RecordBatch::Make(schema_, batch->num_rows(), std::move(columns)));
  }

 private:
  std::vector<BoundExpressionPtr> expressions_;
  std::shared_ptr<arrow::Schema> schema_;
  int64_t rowsBefore_ = 0;
};

class Expand final : public Operator {
 public:
  Expand(std::vector<std::vector<BoundExpressionPtr>> projections,
         std::shared_ptr<arrow::Schema> schema)
      : schema_(schema) {
    for (auto& projection : projections)
      projections_.push_back(std::make_unique<Project>(std::move(projection), schema));
  }

  Status push(RecordBatchPtr batch, TaskContext& task, Output& output) override {
    for (const auto& projection : projections_)
      SPATE_RETURN_IF_ERROR(projection->push(batch, task, output));
    return Status::OK();
  }

 private:
  std::vector<std::unique_ptr<Project>> projections_;
  std::shared_ptr<arrow::Schema> schema_;
};

}  // namespace

std::unique_ptr<Operator> makeProject(std::vector<BoundExpressionPtr> expressions,
                                      std::shared_ptr<arrow::Schema> schema) {
  return std::make_unique<Project>(std::move(expressions), std::move(schema));
}

std::unique_ptr<Operator> makeExpand(std::vector<std::vector<BoundExpressionPtr>> projections,
                                     std::shared_ptr<arrow::Schema> schema) {
  return std::make_unique<Expand>(std::move(projections), std::move(schema));
}

}  // namespace spate
