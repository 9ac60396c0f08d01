#include <arrow/array/array_primitive.h>
#include <arrow/buffer.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>

#include <algorithm>
#include <numeric>

#include "spate/operators/KeyEncoder.h"
#include "spate/operators/stateless/Stateless.h"
#include "spate/types/ArrowValues.h"

namespace spate {
namespace {

class Sort final : public Operator {
 public:
  Sort(std::vector<SortKey> keys, int64_t limit, std::shared_ptr<arrow::Schema> schema)
      : keys_(std::move(keys)), limit_(limit), schema_(std::move(schema)) {}

  Status push(RecordBatchPtr batch, TaskContext&, Output&) override {
    batches_.push_back(std::move(batch));
    return Status::OK();
  }

  Status endInput(TaskContext& task, Output& output) override {
    if (batches_.empty()) return Status::OK();
    SPATE_ASSIGN_OR_RETURN(const auto rows, concatenate(batches_, schema_));
    batches_.clear();
    EvalContext context = task.evalContext(rows.get());
    std::vector<KeyColumn> columns;
    for (const SortKey& key : keys_) {
      SPATE_ASSIGN_OR_RETURN(auto values, evaluateToArray(*key.expression, *rows, context));
      columns.push_back({std::move(values), key.expression->type(), key.ascending, key.nullsFirst});
    }
    const auto count = static_cast<size_t>(rows->num_rows());
    std::string bytes;
    std::vector<size_t> ends;
    ends.reserve(count);
    for (size_t i = 0; i < count; ++i) {
      KeyEncoder::encode(columns, static_cast<int64_t>(i), bytes);
      ends.push_back(bytes.size());
    }
    const auto keyOf = [&](int64_t row) {
      const auto i = static_cast<size_t>(row);
      const size_t from = i == 0 ? 0 : ends[i - 1];
      return std::string_view(bytes).substr(from, ends[i] - from);
    };
    std::vector<int64_t> order(count);
    std::iota(order.begin(), order.end(), 0);
    // Equal keys stay in the order in which they came.
    const auto isLess = [&](int64_t a, int64_t b) {
      const int compared = keyOf(a).compare(keyOf(b));
      return compared != 0 ? compared < 0 : a < b;
    };
    if (limit_ >= 0 && static_cast<size_t>(limit_) < count) {
      std::partial_sort(order.begin(), order.begin() + limit_, order.end(), isLess);
      order.resize(static_cast<size_t>(limit_));
    } else {
      std::sort(order.begin(), order.end(), isLess);
    }
    const arrow::Int64Array positions(static_cast<int64_t>(order.size()),
                                      arrow::Buffer::Wrap(order));
    SPATE_ASSIGN_OR_RETURN(auto sorted, takeRows(*rows, positions));
    return output.push(std::move(sorted));
  }

 private:
  std::vector<SortKey> keys_;
  int64_t limit_;
  std::shared_ptr<arrow::Schema> schema_;
  std::vector<RecordBatchPtr> batches_;
};

}  // namespace

std::unique_ptr<Operator> makeSort(std::vector<SortKey> keys, int64_t limit,
                                   std::shared_ptr<arrow::Schema> schema) {
  return std::make_unique<Sort>(std::move(keys), limit, std::move(schema));
}

}  // namespace spate
