#include "spate/operators/limit/StateLimit.h"

#include <arrow/record_batch.h>

#include <algorithm>
#include <optional>

#include "spate/operators/OperatorStates.h"
#include "spate/types/UnsafeRow.h"

namespace spate {
namespace {

class StateLimit final : public Operator {
 public:
  StateLimit(int64_t operatorId, int64_t limit) : operatorId_(operatorId), limit_(limit) {}

  Status push(RecordBatchPtr batch, TaskContext& task, Output& output) override {
    SPATE_RETURN_IF_ERROR(open(task));
    const int64_t rows = std::min(batch->num_rows(), limit_ - count_);
    if (rows <= 0) return Status::OK();
    count_ += rows;
    return output.push(rows == batch->num_rows() ? std::move(batch) : batch->Slice(0, rows));
  }

  Status endInput(TaskContext& task, Output&) override {
    SPATE_RETURN_IF_ERROR(open(task));
    std::string value;
    SPATE_RETURN_IF_ERROR(valueRow_->encode(Row{Datum(count_)}, value));
    store_->put(key_, value);
    StateMetrics metrics;
    metrics.rowsUpdated = 1;
    metrics.rowsTotal = static_cast<int64_t>(store_->size());
    metrics.memoryBytes = static_cast<int64_t>(store_->memoryBytes());
    task.run().states->report(operatorId_, metrics);
    return Status::OK();
  }

 private:
  Status open(TaskContext& task) {
    if (store_ != nullptr) return Status::OK();
    const DataType keyType = DataType::structOf({{"key", DataType::nullType(), true}});
    SPATE_ASSIGN_OR_RETURN(const auto keyRow, UnsafeRowCodec::make(keyType));
    SPATE_ASSIGN_OR_RETURN(
        auto valueRow,
        UnsafeRowCodec::make(DataType::structOf({{"value", DataType::longType(), true}})));
    valueRow_.emplace(std::move(valueRow));
    SPATE_RETURN_IF_ERROR(keyRow.encode(Row{Datum()}, key_));
    SPATE_ASSIGN_OR_RETURN(store_, task.run().states->store(operatorId_, task.partition(), keyType,
                                                            valueRow_->type()));
    if (const auto kept = store_->get(key_)) {
      SPATE_ASSIGN_OR_RETURN(const Row row, valueRow_->decode(*kept));
      if (const int64_t* count = row[0].as<int64_t>()) count_ = *count;
    }
    return Status::OK();
  }

  const int64_t operatorId_;
  const int64_t limit_;
  std::optional<UnsafeRowCodec> valueRow_;
  std::string key_;
  BytesStateStore* store_ = nullptr;
  int64_t count_ = 0;
};

}  // namespace

std::unique_ptr<Operator> makeStateLimit(int64_t operatorId, int64_t limit) {
  return std::make_unique<StateLimit>(operatorId, limit);
}

}  // namespace spate
