#include <arrow/record_batch.h>
#include <arrow/type.h>

#include <algorithm>
#include <deque>

#include "spate/operators/stateless/Stateless.h"

namespace spate {
namespace {

class Limit final : public Operator {
 public:
  Limit(int64_t limit, int64_t offset) : left_(limit), toSkip_(offset) {}

  Status push(RecordBatchPtr batch, TaskContext&, Output& output) override {
    const int64_t skipped = std::min(toSkip_, batch->num_rows());
    toSkip_ -= skipped;
    int64_t rows = batch->num_rows() - skipped;
    if (left_ >= 0) {
      rows = std::min(rows, left_);
      left_ -= rows;
    }
    if (rows == 0) return Status::OK();
    return output.push(rows == batch->num_rows() ? std::move(batch) : batch->Slice(skipped, rows));
  }
  bool isFull() const override { return left_ == 0; }

 private:
  int64_t left_;
  int64_t toSkip_;
};

class Tail final : public Operator {
 public:
  Tail(int64_t limit, std::shared_ptr<arrow::Schema> schema)
      : limit_(limit), schema_(std::move(schema)) {}

  Status push(RecordBatchPtr batch, TaskContext&, Output&) override {
    rows_ += batch->num_rows();
    batches_.push_back(std::move(batch));
    while (!batches_.empty() && rows_ - batches_.front()->num_rows() >= limit_) {
      rows_ -= batches_.front()->num_rows();
      batches_.pop_front();
    }
    return Status::OK();
  }
  Status endInput(TaskContext&, Output& output) override {
    int64_t surplus = std::max<int64_t>(rows_ - limit_, 0);
    for (RecordBatchPtr& batch : batches_) {
      const int64_t skipped = std::min(surplus, batch->num_rows());
      surplus -= skipped;
      if (skipped < batch->num_rows()) SPATE_RETURN_IF_ERROR(output.push(batch->Slice(skipped)));
    }
    return Status::OK();
  }

 private:
  int64_t limit_;
  std::shared_ptr<arrow::Schema> schema_;
  std::deque<RecordBatchPtr> batches_;
  int64_t rows_ = 0;
};

}  // namespace

std::unique_ptr<Operator> makeLimit(int64_t limit, int64_t offset) {
  return std::make_unique<Limit>(limit, offset);
}

std::unique_ptr<Operator> makeTail(int64_t limit, std::shared_ptr<arrow::Schema> schema) {
  return std::make_unique<Tail>(limit, std::move(schema));
}

}  // namespace spate
