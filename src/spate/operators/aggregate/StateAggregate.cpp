#include "spate/operators/aggregate/StateAggregate.h"

#include <arrow/array/array_base.h>
#include <arrow/builder.h>
#include <arrow/record_batch.h>

#include <algorithm>

#include "spate/operators/GroupTable.h"
#include "spate/operators/OperatorStates.h"
#include "spate/operators/StateOrder.h"
#include "spate/operators/StateRows.h"
#include "spate/operators/stateless/Stateless.h"
#include "spate/types/ArrowStatus.h"
#include "spate/types/ArrowValues.h"

namespace spate {
namespace {

using Columns = std::vector<std::shared_ptr<arrow::Array>>;
using Accumulators = std::vector<std::unique_ptr<Accumulator>>;

class StateAggregate final : public Operator {
 public:
  explicit StateAggregate(const StateAggregateOptions& options) : options_(options) {}

  Status push(RecordBatchPtr batch, TaskContext& task, Output&) override {
    SPATE_ASSIGN_OR_RETURN(batch, dropLate(std::move(batch), task));
    if (batch->num_rows() > 0) batches_.push_back(std::move(batch));
    return Status::OK();
  }

  Status endInput(TaskContext& task, Output& output) override {
    SPATE_ASSIGN_OR_RETURN(const StateRows keyRows, StateRows::make(options_.keyFields));
    std::vector<StructField> bufferFields;
    for (const AggregateCall& call : options_.calls) {
      for (StructField field : call.function.buffer) {
        field.nullable = field.nullable || options_.isNullableState;
        bufferFields.push_back(std::move(field));
      }
    }
    SPATE_ASSIGN_OR_RETURN(const StateRows valueRows, StateRows::make(bufferFields));
    SPATE_ASSIGN_OR_RETURN(BytesStateStore * store,
                           task.run().states->store(options_.operatorId, task.partition(),
                                                    keyRows.type(), valueRows.type()));

    keysAtBegin_ = store->size();
    SPATE_RETURN_IF_ERROR(mergeIntoState(*store, keyRows, valueRows, task, output));
    if (task.run().outputMode == OutputMode::kComplete) {
      SPATE_RETURN_IF_ERROR(putOutAll(*store, keyRows, valueRows, task, output));
    } else {
      SPATE_RETURN_IF_ERROR(evict(*store, keyRows, valueRows, task, output));
    }
    metrics_.rowsTotal = static_cast<int64_t>(store->size());
    metrics_.memoryBytes = static_cast<int64_t>(store->memoryBytes());
    task.run().states->report(options_.operatorId, metrics_);
    return Status::OK();
  }

 private:
  Result<RecordBatchPtr> dropLate(RecordBatchPtr batch, TaskContext& task) {
    const auto& watermark = task.run().lateWatermark;
    if (!watermark || !options_.eventTimeKey || task.run().outputMode == OutputMode::kComplete)
      return batch;
    const auto key = static_cast<size_t>(*options_.eventTimeKey);
    const DataType& type = options_.keyFields[key].type;
    arrow::Int64Builder kept;
    for (int64_t row = 0; row < batch->num_rows(); ++row) {
      const auto time = eventTimeAt(*batch->column(static_cast<int>(key)), type, row);
      if (time && *time <= watermark->time_since_epoch().count()) {
        ++metrics_.rowsDroppedByWatermark;
      } else {
        SPATE_FAIL_IF_ERROR(fromArrow(kept.Append(row)));
      }
    }
    if (kept.length() == batch->num_rows()) return batch;
    std::shared_ptr<arrow::Array> positions;
    SPATE_FAIL_IF_ERROR(fromArrow(kept.Finish(&positions)));
    return takeRows(*batch, *positions);
  }

  Accumulators makeAccumulators(TaskContext& task) const {
    Accumulators made;
    for (const AggregateCall& call : options_.calls)
      made.push_back(call.function.make(*task.run().settings));
    return made;
  }

  /// Merges buffer columns, which begin at `first` in `columns`, into the accumulators.
  Status mergeColumns(Accumulators& accumulators, const Columns& columns, size_t first,
                      const std::vector<uint32_t>& groups) const {
    size_t at = first;
    for (size_t i = 0; i < options_.calls.size(); ++i) {
      const size_t fields = options_.calls[i].function.buffer.size();
      SPATE_RETURN_IF_ERROR(accumulators[i]->merge(std::span(columns).subspan(at, fields), groups));
      at += fields;
    }
    return Status::OK();
  }

  /// The distinct keys of the batches, and the one of each of their rows.
  Result<Columns> groupKeys(std::vector<std::vector<uint32_t>>& groups) {
    std::vector<DataType> types;
    for (const StructField& field : options_.keyFields) types.push_back(field.type);
    GroupTable table(types);
    groups.resize(batches_.size());
    for (size_t i = 0; i < batches_.size(); ++i) {
      const Columns columns = batches_[i]->columns();
      SPATE_FAIL_IF_ERROR(table.groupsOf(std::span(columns).first(types.size()),
                                         batches_[i]->num_rows(), groups[i]));
    }
    groupCount_ = table.size();
    return table.keys();
  }

  /// Calls use(first, rows) for the rows of the columns, some at a time: what they take as bytes
  /// is small beside the state.
  Status forEncoded(const StateRows& codec, const Columns& columns, const auto& use) const {
    constexpr size_t kRows = 1024;
    EncodedRows rows;
    for (size_t first = 0; first < groupCount_; first += kRows) {
      const size_t count = std::min(kRows, groupCount_ - first);
      SPATE_RETURN_IF_ERROR(
          codec.encodeAll(columns, static_cast<int64_t>(first), static_cast<int64_t>(count), rows));
      SPATE_RETURN_IF_ERROR(use(first, rows));
    }
    return Status::OK();
  }

  Status mergeIntoState(BytesStateStore& store, const StateRows& keyRows,
                        const StateRows& valueRows, TaskContext& task, Output& output) {
    std::vector<std::vector<uint32_t>> groups;
    SPATE_ASSIGN_OR_RETURN(Columns keyColumns, groupKeys(groups));
    if (groupCount_ == 0) return Status::OK();
    std::vector<RowTable::Place> places(groupCount_);
    std::vector<std::string_view> oldRows;
    std::vector<uint32_t> oldGroups;
    SPATE_RETURN_IF_ERROR(
        forEncoded(keyRows, keyColumns, [&](size_t first, const EncodedRows& rows) {
          const auto found = std::span(places).subspan(first, rows.views().size());
          store.findAll(rows.views(), found);
          for (size_t i = 0; i < found.size(); ++i) {
            const auto old = store.valueAt(found[i]);
            if (!old) continue;
            oldRows.push_back(*old);
            oldGroups.push_back(static_cast<uint32_t>(first + i));
          }
          return Status::OK();
        }));
    Accumulators accumulators = makeAccumulators(task);
    for (const auto& accumulator : accumulators) accumulator->resize(groupCount_);
    // What was there comes first: first() and collect_list() see rows in the order of the batches.
    if (!oldRows.empty()) {
      SPATE_ASSIGN_OR_RETURN(const Columns old, valueRows.decode(oldRows));
      SPATE_RETURN_IF_ERROR(mergeColumns(accumulators, old, 0, oldGroups));
    }
    for (size_t i = 0; i < batches_.size(); ++i) {
      SPATE_RETURN_IF_ERROR(
          mergeColumns(accumulators, batches_[i]->columns(), options_.keyFields.size(), groups[i]));
    }
    batches_.clear();

    Columns buffers;
    for (const auto& accumulator : accumulators) {
      SPATE_ASSIGN_OR_RETURN(auto columns, accumulator->buffers());
      for (auto& column : columns) buffers.push_back(std::move(column));
    }
    std::string key;
    SPATE_RETURN_IF_ERROR(
        forEncoded(valueRows, buffers, [&](size_t first, const EncodedRows& values) {
          for (size_t i = 0; i < values.views().size(); ++i) {
            const RowTable::Place place = places[first + i];
            key.clear();
            if (place.slot == RowTable::kNone) {
              SPATE_RETURN_IF_ERROR(
                  keyRows.encode(keyColumns, static_cast<int64_t>(first + i), key));
            }
            store.put(place, key, values[i]);
          }
          return Status::OK();
        }));
    metrics_.rowsUpdated = static_cast<int64_t>(groupCount_);
    if (task.run().outputMode != OutputMode::kUpdate) return Status::OK();
    return putOut(std::move(keyColumns), accumulators, static_cast<int64_t>(groupCount_), output);
  }

  Status putOut(Columns columns, const Accumulators& accumulators, int64_t rows, Output& output) {
    for (const auto& accumulator : accumulators) {
      SPATE_ASSIGN_OR_RETURN(auto results, accumulator->results());
      columns.push_back(std::move(results));
    }
    return output.push(arrow::RecordBatch::Make(options_.schema, rows, std::move(columns)));
  }

  Status putOutRows(const std::vector<std::string_view>& keys,
                    const std::vector<std::string_view>& values, const StateRows& keyRows,
                    const StateRows& valueRows, TaskContext& task, Output& output) {
    if (keys.empty()) return Status::OK();
    SPATE_ASSIGN_OR_RETURN(Columns keyColumns, keyRows.decode(keys));
    SPATE_ASSIGN_OR_RETURN(const Columns buffers, valueRows.decode(values));
    Accumulators accumulators = makeAccumulators(task);
    std::vector<uint32_t> groups(keys.size());
    for (size_t i = 0; i < groups.size(); ++i) groups[i] = static_cast<uint32_t>(i);
    for (const auto& accumulator : accumulators) accumulator->resize(keys.size());
    SPATE_RETURN_IF_ERROR(mergeColumns(accumulators, buffers, 0, groups));
    return putOut(std::move(keyColumns), accumulators, static_cast<int64_t>(keys.size()), output);
  }

  void sortAsSpark(const BytesStateStore& store, std::vector<std::string_view>& keys,
                   std::vector<std::string_view>& values) const {
    const auto order =
        sparkStateOrder(keys, sparkStateBuckets(keysAtBegin_, store.size(), store.version() == 0));
    std::vector<std::string_view> sortedKeys(keys.size());
    std::vector<std::string_view> sortedValues(keys.size());
    for (size_t i = 0; i < order.size(); ++i) {
      sortedKeys[i] = keys[order[i]];
      sortedValues[i] = values[order[i]];
    }
    keys = std::move(sortedKeys);
    values = std::move(sortedValues);
  }

  Status putOutAll(BytesStateStore& store, const StateRows& keyRows, const StateRows& valueRows,
                   TaskContext& task, Output& output) {
    std::vector<std::string_view> keys;
    std::vector<std::string_view> values;
    store.scan([&](std::string_view key, std::string_view value) {
      keys.push_back(key);
      values.push_back(value);
    });
    sortAsSpark(store, keys, values);
    return putOutRows(keys, values, keyRows, valueRows, task, output);
  }

  Status evict(BytesStateStore& store, const StateRows& keyRows, const StateRows& valueRows,
               TaskContext& task, Output& output) {
    const auto& watermark = task.run().evictWatermark;
    if (!watermark || !options_.eventTimeKey) return Status::OK();
    const auto key = static_cast<size_t>(*options_.eventTimeKey);
    const DataType& type = options_.keyFields[key].type;
    std::vector<std::string_view> keys;
    std::vector<std::string_view> values;
    store.scan([&](std::string_view row, std::string_view value) {
      const auto time = eventTimeInRow(row, options_.keyFields.size(), key, type);
      if (!time || *time > watermark->time_since_epoch().count()) return;
      keys.push_back(row);
      values.push_back(value);
    });
    if (task.run().outputMode == OutputMode::kAppend) {
      sortAsSpark(store, keys, values);
      SPATE_RETURN_IF_ERROR(putOutRows(keys, values, keyRows, valueRows, task, output));
    }
    for (const std::string_view row : keys) store.remove(row);
    metrics_.rowsRemoved = static_cast<int64_t>(keys.size());
    return Status::OK();
  }

  const StateAggregateOptions options_;
  std::vector<RecordBatchPtr> batches_;
  StateMetrics metrics_;
  size_t keysAtBegin_ = 0;
  size_t groupCount_ = 0;
};

}  // namespace

std::unique_ptr<Operator> makeStateAggregate(const StateAggregateOptions& options, TaskContext&) {
  return std::make_unique<StateAggregate>(options);
}

}  // namespace spate
