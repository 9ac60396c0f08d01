#include "spate/operators/python/EvalPython.h"

#include <arrow/array/array_base.h>
#include <arrow/array/concatenate.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>

#include <algorithm>
#include <cstdlib>
#include <deque>

#include "spate/types/ArrowStatus.h"
#include "spate/types/ArrowTypes.h"

namespace spate {
namespace {

class EvalPython final : public Operator {
 public:
  explicit EvalPython(EvalPythonOptions options) : options_(std::move(options)) {}

  Status push(RecordBatchPtr batch, TaskContext& task, Output& output) override {
    if (batch->num_rows() == 0) return Status::OK();
    if (!run_) SPATE_RETURN_IF_ERROR(start(task));
    EvalContext context = task.evalContext(batch.get(), rowsBefore_);
    rowsBefore_ += batch->num_rows();
    std::vector<std::shared_ptr<arrow::Array>> columns;
    for (const BoundExpressionPtr& argument : options_.arguments) {
      SPATE_ASSIGN_OR_RETURN(auto column, evaluateToArray(*argument, *batch, context));
      columns.push_back(std::move(column));
    }
    const auto input =
        arrow::RecordBatch::Make(inputSchema_, batch->num_rows(), std::move(columns));
    waiting_.push_back(std::move(batch));
    for (const RecordBatchPtr& part : inArrowBatches(input, *task.run().settings))
      SPATE_RETURN_IF_ERROR(run_->push(*part));
    return takeResults(false, output);
  }

  Status endInput(TaskContext&, Output& output) override {
    if (!run_) return Status::OK();
    SPATE_RETURN_IF_ERROR(run_->endInput());
    SPATE_RETURN_IF_ERROR(takeResults(true, output));
    if (output.wantsMore() && !waiting_.empty())
      return Status::corrupt("A Python worker gives fewer rows than it was given");
    return Status::OK();
  }

 private:
  Status start(const TaskContext& task) {
    if (!options_.functions)
      return Status::unsupported("The feature is not supported: Python functions in this place.")
          .withErrorClass("UNSUPPORTED_FEATURE", "0A000");
    SPATE_ASSIGN_OR_RETURN(inputSchema_, toArrowSchema(options_.task.input));
    options_.task.partition = task.partition();
    SPATE_ASSIGN_OR_RETURN(run_, options_.functions->start(options_.task));
    return Status::OK();
  }

  Status takeResults(bool wait, Output& output) {
    while (output.wantsMore()) {
      SPATE_ASSIGN_OR_RETURN(auto batch, run_->take(wait));
      if (!batch) break;
      resultRows_ += batch->num_rows();
      results_.push_back(std::move(batch));
      while (!waiting_.empty() && waiting_.front()->num_rows() <= resultRows_)
        SPATE_RETURN_IF_ERROR(putOut(output));
    }
    return Status::OK();
  }

  /// The first batch that waits, with its results.
  Status putOut(Output& output) {
    const RecordBatchPtr batch = std::move(waiting_.front());
    waiting_.pop_front();
    const int64_t rows = batch->num_rows();
    resultRows_ -= rows;
    std::vector<RecordBatchPtr> parts;
    for (int64_t missing = rows; missing > 0;) {
      const RecordBatchPtr next = results_.front();
      parts.push_back(next->Slice(0, missing));
      if (next->num_rows() <= missing) {
        results_.pop_front();
      } else {
        results_.front() = next->Slice(missing);
      }
      missing -= parts.back()->num_rows();
    }
    auto columns = batch->columns();
    for (int i = 0; i < parts[0]->num_columns(); ++i) {
      arrow::ArrayVector pieces;
      for (const RecordBatchPtr& part : parts) pieces.push_back(part->column(i));
      if (pieces.size() == 1) {
        columns.push_back(pieces[0]);
        continue;
      }
      auto whole = arrow::Concatenate(pieces);
      if (!whole.ok()) return fromArrow(whole.status());
      columns.push_back(*std::move(whole));
    }
    return output.push(arrow::RecordBatch::Make(options_.schema, rows, std::move(columns)));
  }

  EvalPythonOptions options_;
  std::shared_ptr<arrow::Schema> inputSchema_;
  std::unique_ptr<PythonRun> run_;
  std::deque<RecordBatchPtr> waiting_;
  std::deque<RecordBatchPtr> results_;
  int64_t resultRows_ = 0;
  int64_t rowsBefore_ = 0;
};

class FirstColumns final : public Operator {
 public:
  explicit FirstColumns(std::shared_ptr<arrow::Schema> schema) : schema_(std::move(schema)) {}

  Status push(RecordBatchPtr batch, TaskContext&, Output& output) override {
    auto columns = batch->columns();
    columns.resize(static_cast<size_t>(schema_->num_fields()));
    return output.push(arrow::RecordBatch::Make(schema_, batch->num_rows(), std::move(columns)));
  }

 private:
  std::shared_ptr<arrow::Schema> schema_;
};

}  // namespace

std::unique_ptr<Operator> makeEvalPython(EvalPythonOptions options) {
  return std::make_unique<EvalPython>(std::move(options));
}

std::unique_ptr<Operator> makeFirstColumns(std::shared_ptr<arrow::Schema> schema) {
  return std::make_unique<FirstColumns>(std::move(schema));
}

std::vector<RecordBatchPtr> inArrowBatches(const RecordBatchPtr& batch,
                                           const SessionSettings& settings) {
  int64_t most = 10000;
  if (settings.conf) {
    if (const auto text = settings.conf("spark.sql.execution.arrow.maxRecordsPerBatch"))
      most = std::atoll(text->c_str());
  }
  if (most <= 0 || batch->num_rows() <= most) return {batch};
  std::vector<RecordBatchPtr> parts;
  for (int64_t from = 0; from < batch->num_rows(); from += most)
    parts.push_back(batch->Slice(from, most));
  return parts;
}

}  // namespace spate
