#include "spate/operators/dedup/StateDeduplicate.h"

#include <arrow/array/array_base.h>
#include <arrow/builder.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>

#include "spate/operators/GroupTable.h"
#include "spate/operators/OperatorStates.h"
#include "spate/operators/StateRows.h"
#include "spate/operators/stateless/Stateless.h"
#include "spate/types/ArrowStatus.h"

namespace spate {
namespace {

class StateDeduplicate final : public Operator {
 public:
  explicit StateDeduplicate(const StateDeduplicateOptions& options) : options_(options) {}

  Status push(RecordBatchPtr batch, TaskContext& task, Output& output) override {
    SPATE_RETURN_IF_ERROR(open(task));
    std::vector<std::shared_ptr<arrow::Array>> keys;
    for (const int column : options_.keyColumns) keys.push_back(batch->column(column));
    const auto time = timeColumn();
    const auto& late = task.run().lateWatermark;
    arrow::Int64Builder kept;
    std::string key;
    for (int64_t row = 0; row < batch->num_rows(); ++row) {
      std::optional<int64_t> at;
      if (time) at = eventTimeAt(*batch->column(*time), timeType(), row);
      if (at && late && *at <= late->time_since_epoch().count()) {
        ++metrics_.rowsDroppedByWatermark;
        continue;
      }
      key.clear();
      SPATE_RETURN_IF_ERROR(keyRows_->encode(keys, row, key));
      if (store_->get(key)) continue;
      std::string value;
      Row dummy{Datum()};
      if (options_.withinWatermark) dummy[0] = at.value_or(0) + options_.delay.count();
      SPATE_RETURN_IF_ERROR(valueCodec_->encode(dummy, value));
      store_->put(key, value);
      ++metrics_.rowsUpdated;
      SPATE_RETURN_IF_ERROR(fromArrow(kept.Append(row)));
    }
    if (kept.length() == 0) return Status::OK();
    std::shared_ptr<arrow::Array> positions;
    SPATE_RETURN_IF_ERROR(fromArrow(kept.Finish(&positions)));
    SPATE_ASSIGN_OR_RETURN(auto rows, takeRows(*batch, *positions));
    return output.push(std::move(rows));
  }

  Status endInput(TaskContext& task, Output&) override {
    SPATE_RETURN_IF_ERROR(open(task));
    const auto& watermark = task.run().evictWatermark;
    if (watermark && (options_.withinWatermark || options_.eventTimeKey)) {
      const int64_t until = watermark->time_since_epoch().count();
      std::vector<std::string_view> expired;
      store_->scan([&](std::string_view key, std::string_view value) {
        const auto time =
            options_.withinWatermark
                ? eventTimeInRow(value, 1, 0, DataType::longType())
                : eventTimeInRow(key, options_.keyFields.size(),
                                 static_cast<size_t>(*options_.eventTimeKey), timeType());
        if (time && *time <= until) expired.push_back(key);
      });
      for (const std::string_view key : expired) store_->remove(key);
      metrics_.rowsRemoved = static_cast<int64_t>(expired.size());
    }
    metrics_.rowsTotal = static_cast<int64_t>(store_->size());
    metrics_.memoryBytes = static_cast<int64_t>(store_->memoryBytes());
    task.run().states->report(options_.operatorId, metrics_);
    return Status::OK();
  }

 private:
  std::optional<int> timeColumn() const {
    if (options_.withinWatermark) return options_.eventTimeColumn;
    if (!options_.eventTimeKey) return std::nullopt;
    return options_.keyColumns[static_cast<size_t>(*options_.eventTimeKey)];
  }
  const DataType& timeType() const {
    if (options_.withinWatermark || !options_.eventTimeKey) return options_.eventTimeType;
    return options_.keyFields[static_cast<size_t>(*options_.eventTimeKey)].type;
  }

  Status open(TaskContext& task) {
    if (store_ != nullptr) return Status::OK();
    SPATE_ASSIGN_OR_RETURN(auto keyRows, StateRows::make(options_.keyFields));
    keyRows_.emplace(std::move(keyRows));
    const StructField value = options_.withinWatermark
                                  ? StructField{"expiresAtMicros", DataType::longType(), true}
                                  : StructField{"__dummy__", DataType::nullType(), true};
    SPATE_ASSIGN_OR_RETURN(auto codec, UnsafeRowCodec::make(DataType::structOf({value})));
    valueCodec_.emplace(std::move(codec));
    SPATE_ASSIGN_OR_RETURN(store_, task.run().states->store(options_.operatorId, task.partition(),
                                                            keyRows_->type(), valueCodec_->type()));
    return Status::OK();
  }

  const StateDeduplicateOptions options_;
  std::optional<StateRows> keyRows_;
  std::optional<UnsafeRowCodec> valueCodec_;
  BytesStateStore* store_ = nullptr;
  StateMetrics metrics_;
};

class Deduplicate final : public Operator {
 public:
  explicit Deduplicate(std::vector<BoundExpressionPtr> keys) : keys_(std::move(keys)) {
    std::vector<DataType> types;
    for (const auto& key : keys_) types.push_back(key->type());
    table_ = std::make_unique<GroupTable>(std::move(types));
  }

  Status push(RecordBatchPtr batch, TaskContext& task, Output& output) override {
    EvalContext context = task.evalContext(batch.get());
    std::vector<std::shared_ptr<arrow::Array>> keys;
    for (const auto& key : keys_) {
      SPATE_ASSIGN_OR_RETURN(auto values, evaluateToArray(*key, *batch, context));
      keys.push_back(std::move(values));
    }
    size_t known = table_->size();
    SPATE_RETURN_IF_ERROR(table_->groupsOf(keys, batch->num_rows(), groups_));
    arrow::Int64Builder kept;
    for (int64_t row = 0; row < batch->num_rows(); ++row) {
      if (groups_[static_cast<size_t>(row)] < known) continue;
      ++known;
      SPATE_RETURN_IF_ERROR(fromArrow(kept.Append(row)));
    }
    if (kept.length() == 0) return Status::OK();
    std::shared_ptr<arrow::Array> positions;
    SPATE_RETURN_IF_ERROR(fromArrow(kept.Finish(&positions)));
    SPATE_ASSIGN_OR_RETURN(auto rows, takeRows(*batch, *positions));
    return output.push(std::move(rows));
  }

 private:
  std::vector<BoundExpressionPtr> keys_;
  std::unique_ptr<GroupTable> table_;
  std::vector<uint32_t> groups_;
};

}  // namespace

std::unique_ptr<Operator> makeStateDeduplicate(const StateDeduplicateOptions& options,
                                               TaskContext&) {
  return std::make_unique<StateDeduplicate>(options);
}

std::unique_ptr<Operator> makeDeduplicate(std::vector<BoundExpressionPtr> keys) {
  return std::make_unique<Deduplicate>(std::move(keys));
}

}  // namespace spate
