#include "spate/operators/aggregate/HashAggregate.h"

#include <arrow/array/array_base.h>
#include <arrow/array/array_primitive.h>
#include <arrow/array/util.h>
#include <arrow/buffer.h>
#include <arrow/builder.h>
#include <arrow/compute/api_vector.h>
#include <arrow/datum.h>
#include <arrow/record_batch.h>
#include <arrow/scalar.h>
#include <arrow/type.h>

#include <numeric>

#include "spate/operators/GroupTable.h"
#include "spate/operators/stateless/Stateless.h"
#include "spate/types/ArrowStatus.h"

namespace spate {
namespace {

std::vector<DataType> typesOf(const std::vector<BoundExpressionPtr>& expressions) {
  std::vector<DataType> types;
  for (const BoundExpressionPtr& expression : expressions) types.push_back(expression->type());
  return types;
}

Result<arrow::Datum> takeDatum(const arrow::Datum& value, const arrow::Array& positions) {
  if (value.is_scalar()) return value;
  auto taken = arrow::compute::Take(*value.make_array(), positions,
                                    arrow::compute::TakeOptions::NoBoundsCheck());
  if (!taken.ok()) return failure(fromArrow(taken.status()));
  return arrow::Datum(*std::move(taken));
}

/// Tells the rows that bring a group a new combination of arguments.
class DistinctRows {
 public:
  explicit DistinctRows(const std::vector<BoundExpressionPtr>& arguments)
      : arguments_(arguments.size()), seen_(keyTypes(arguments)) {}

  /// Positions of the rows that are new; also leaves out rows with a null argument when there is
  /// more than a group's first: aggregates of distinct values skip nulls by themselves.
  Result<std::shared_ptr<arrow::Array>> newRows(const std::vector<arrow::Datum>& values,
                                                const std::vector<uint32_t>& groups) {
    const auto rows = static_cast<int64_t>(groups.size());
    std::vector<int64_t> groupNumbers(groups.begin(), groups.end());
    std::vector<std::shared_ptr<arrow::Array>> keys;
    keys.push_back(std::make_shared<arrow::Int64Array>(rows, arrow::Buffer::Wrap(groupNumbers)));
    for (const arrow::Datum& value : values) {
      if (value.is_scalar()) {
        auto stretched = arrow::MakeArrayFromScalar(*value.scalar(), rows);
        if (!stretched.ok()) return failure(fromArrow(stretched.status()));
        keys.push_back(*std::move(stretched));
      } else {
        keys.push_back(value.make_array());
      }
    }
    size_t known = seen_.size();
    SPATE_FAIL_IF_ERROR(seen_.groupsOf(keys, rows, numbers_));
    arrow::Int64Builder positions;
    for (int64_t i = 0; i < rows; ++i) {
      if (numbers_[static_cast<size_t>(i)] < known) continue;
      ++known;
      SPATE_FAIL_IF_ERROR(fromArrow(positions.Append(i)));
    }
    std::shared_ptr<arrow::Array> taken;
    SPATE_FAIL_IF_ERROR(fromArrow(positions.Finish(&taken)));
    return taken;
  }

 private:
  static std::vector<DataType> keyTypes(const std::vector<BoundExpressionPtr>& arguments) {
    std::vector<DataType> types{DataType::longType()};
    for (const DataType& type : typesOf(arguments)) types.push_back(type);
    return types;
  }

  size_t arguments_;
  GroupTable seen_;
  std::vector<uint32_t> numbers_;
};

class HashAggregate final : public Operator {
 public:
  HashAggregate(AggregateStep step, std::vector<BoundExpressionPtr> keys,
                std::vector<AggregateCall> calls, std::shared_ptr<arrow::Schema> schema)
      : step_(step),
        keys_(std::move(keys)),
        calls_(std::move(calls)),
        schema_(std::move(schema)),
        table_(typesOf(keys_)) {}

  Status push(RecordBatchPtr batch, TaskContext& task, Output&) override {
    SPATE_RETURN_IF_ERROR(begin(task));
    EvalContext context = task.evalContext(batch.get(), rowsBefore_);
    rowsBefore_ += batch->num_rows();
    std::vector<std::shared_ptr<arrow::Array>> keys;
    for (const BoundExpressionPtr& key : keys_) {
      SPATE_ASSIGN_OR_RETURN(auto values, evaluateToArray(*key, *batch, context));
      keys.push_back(std::move(values));
    }
    SPATE_RETURN_IF_ERROR(table_.groupsOf(keys, batch->num_rows(), groups_));
    return step_ == AggregateStep::kFinal ? merge(*batch) : update(*batch, context);
  }

  Status endInput(TaskContext& task, Output& output) override {
    SPATE_RETURN_IF_ERROR(begin(task));
    size_t groups = table_.size();
    if (keys_.empty()) {
      groups = 1;
      for (const auto& accumulator : accumulators_) accumulator->resize(1);
    }
    if (groups == 0) return Status::OK();
    SPATE_ASSIGN_OR_RETURN(auto columns, table_.keys());
    for (const auto& accumulator : accumulators_) {
      if (step_ == AggregateStep::kPartial) {
        SPATE_ASSIGN_OR_RETURN(auto buffers, accumulator->buffers());
        for (auto& buffer : buffers) columns.push_back(std::move(buffer));
      } else {
        SPATE_ASSIGN_OR_RETURN(auto results, accumulator->results());
        columns.push_back(std::move(results));
      }
    }
    return output.push(
        arrow::RecordBatch::Make(schema_, static_cast<int64_t>(groups), std::move(columns)));
  }

 private:
  Status begin(TaskContext& task) {
    if (begun_) return Status::OK();
    begun_ = true;
    for (const AggregateCall& call : calls_) {
      accumulators_.push_back(call.function.make(*task.run().settings));
      distinct_.push_back(call.isDistinct ? std::make_unique<DistinctRows>(call.arguments)
                                          : nullptr);
    }
    return Status::OK();
  }

  Status update(const arrow::RecordBatch& batch, EvalContext& context) {
    for (size_t i = 0; i < calls_.size(); ++i) {
      accumulators_[i]->resize(std::max<size_t>(table_.size(), keys_.empty() ? 1 : 0));
      SPATE_RETURN_IF_ERROR(updateOne(i, batch, context));
    }
    return Status::OK();
  }

  Status updateOne(size_t i, const arrow::RecordBatch& batch, EvalContext& context) {
    const AggregateCall& call = calls_[i];
    std::vector<arrow::Datum> values;
    for (const BoundExpressionPtr& argument : call.arguments) {
      SPATE_ASSIGN_OR_RETURN(auto value, argument->evaluate(batch, context));
      values.push_back(std::move(value));
    }
    if (!call.filter && !distinct_[i]) return accumulators_[i]->update(context, values, groups_);

    std::vector<uint32_t> groups = groups_;
    if (call.filter) {
      SPATE_ASSIGN_OR_RETURN(const auto mask, evaluateToArray(*call.filter, batch, context));
      const auto& chosen = static_cast<const arrow::BooleanArray&>(*mask);
      arrow::Int64Builder positions;
      for (int64_t row = 0; row < chosen.length(); ++row) {
        if (chosen.IsValid(row) && chosen.Value(row))
          SPATE_RETURN_IF_ERROR(fromArrow(positions.Append(row)));
      }
      std::shared_ptr<arrow::Array> taken;
      SPATE_RETURN_IF_ERROR(fromArrow(positions.Finish(&taken)));
      SPATE_RETURN_IF_ERROR(narrow(*taken, values, groups));
    }
    if (distinct_[i]) {
      SPATE_ASSIGN_OR_RETURN(const auto taken, distinct_[i]->newRows(values, groups));
      SPATE_RETURN_IF_ERROR(narrow(*taken, values, groups));
    }
    return accumulators_[i]->update(context, values, groups);
  }

  static Status narrow(const arrow::Array& positions, std::vector<arrow::Datum>& values,
                       std::vector<uint32_t>& groups) {
    for (arrow::Datum& value : values) {
      SPATE_ASSIGN_OR_RETURN(value, takeDatum(value, positions));
    }
    const auto& rows = static_cast<const arrow::Int64Array&>(positions);
    std::vector<uint32_t> kept;
    kept.reserve(static_cast<size_t>(rows.length()));
    for (int64_t i = 0; i < rows.length(); ++i)
      kept.push_back(groups[static_cast<size_t>(rows.Value(i))]);
    groups = std::move(kept);
    return Status::OK();
  }

  Status merge(const arrow::RecordBatch& batch) {
    int column = static_cast<int>(keys_.size());
    for (size_t i = 0; i < calls_.size(); ++i) {
      std::vector<std::shared_ptr<arrow::Array>> buffers;
      for (size_t field = 0; field < calls_[i].function.buffer.size(); ++field)
        buffers.push_back(batch.column(column++));
      accumulators_[i]->resize(std::max<size_t>(table_.size(), keys_.empty() ? 1 : 0));
      SPATE_RETURN_IF_ERROR(accumulators_[i]->merge(buffers, groups_));
    }
    return Status::OK();
  }

  const AggregateStep step_;
  std::vector<BoundExpressionPtr> keys_;
  std::vector<AggregateCall> calls_;
  std::shared_ptr<arrow::Schema> schema_;
  GroupTable table_;
  std::vector<std::unique_ptr<Accumulator>> accumulators_;
  std::vector<std::unique_ptr<DistinctRows>> distinct_;
  std::vector<uint32_t> groups_;
  int64_t rowsBefore_ = 0;
  bool begun_ = false;
};

}  // namespace

std::unique_ptr<Operator> makeHashAggregate(AggregateStep step,
                                            std::vector<BoundExpressionPtr> keys,
                                            std::vector<AggregateCall> calls,
                                            std::shared_ptr<arrow::Schema> schema) {
  return std::make_unique<HashAggregate>(step, std::move(keys), std::move(calls),
                                         std::move(schema));
}

}  // namespace spate
