#include "spate/operators/aggregate/ObservedMetrics.h"

#include <arrow/array/array_base.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>

#include <algorithm>

#include "spate/types/ArrowTypes.h"
#include "spate/types/ArrowValues.h"

namespace spate {
namespace {

/// Of a step without keys; `isPartial`: the buffers, else the results.
Result<std::shared_ptr<arrow::Schema>> schemaOf(const MetricsDefinition& definition,
                                                bool isPartial) {
  std::vector<StructField> fields;
  for (const AggregateCall& call : definition.calls) {
    if (isPartial) {
      fields.insert(fields.end(), call.function.buffer.begin(), call.function.buffer.end());
    } else {
      fields.push_back({call.function.sql, call.function.type, call.function.nullable});
    }
  }
  return toArrowSchema(DataType::structOf(std::move(fields)));
}

class Kept final : public Output {
 public:
  Status push(RecordBatchPtr batch) override {
    rows = std::move(batch);
    return Status::OK();
  }
  RecordBatchPtr rows;
};

class CollectMetrics final : public Operator {
 public:
  CollectMetrics(ObservedMetrics::Definition definition, std::shared_ptr<ObservedMetrics> observed)
      : definition_(std::move(definition)), observed_(std::move(observed)) {}

  Status push(RecordBatchPtr batch, TaskContext& task, Output& output) override {
    SPATE_RETURN_IF_ERROR(begin());
    Kept none;
    SPATE_RETURN_IF_ERROR(aggregate_->push(batch, task, none));
    return output.push(std::move(batch));
  }

  Status endInput(TaskContext& task, Output&) override {
    SPATE_RETURN_IF_ERROR(begin());
    Kept partial;
    SPATE_RETURN_IF_ERROR(aggregate_->endInput(task, partial));
    observed_->add(definition_, std::move(partial.rows));
    return Status::OK();
  }

 private:
  Status begin() {
    if (aggregate_) return Status::OK();
    SPATE_ASSIGN_OR_RETURN(auto schema, schemaOf(*definition_, true));
    aggregate_ =
        makeHashAggregate(AggregateStep::kPartial, {}, definition_->calls, std::move(schema));
    return Status::OK();
  }

  const ObservedMetrics::Definition definition_;
  const std::shared_ptr<ObservedMetrics> observed_;
  std::unique_ptr<Operator> aggregate_;
};

}  // namespace

void ObservedMetrics::define(const Definition& definition) {
  const std::lock_guard lock(mutex_);
  metrics_.emplace_back(definition, std::vector<RecordBatchPtr>());
}

void ObservedMetrics::add(const Definition& definition, RecordBatchPtr partial) {
  if (!partial) return;
  const std::lock_guard lock(mutex_);
  for (auto& [known, rows] : metrics_)
    if (known == definition) rows.push_back(std::move(partial));
}

void ObservedMetrics::reset() {
  const std::lock_guard lock(mutex_);
  for (auto& [definition, rows] : metrics_) rows.clear();
}

Result<std::vector<ObservedRow>> ObservedMetrics::results(const RunContext& run) const {
  const std::lock_guard lock(mutex_);
  std::vector<ObservedRow> results;
  for (const auto& [definition, rows] : metrics_) {
    // The same metrics more than once, as in a self-join, are told once.
    const auto isTold = [&](const ObservedRow& row) { return row.name == definition->name; };
    if (std::ranges::any_of(results, isTold)) continue;
    TaskContext task(run, 0, 1);
    SPATE_ASSIGN_OR_FAIL(auto schema, schemaOf(*definition, false));
    const auto merge =
        makeHashAggregate(AggregateStep::kFinal, {}, definition->calls, std::move(schema));
    Kept merged;
    for (const RecordBatchPtr& partial : rows)
      SPATE_FAIL_IF_ERROR(merge->push(partial, task, merged));
    SPATE_FAIL_IF_ERROR(merge->endInput(task, merged));
    ObservedRow row{definition->name, DataType::structOf(definition->fields), {}};
    EvalContext context = task.evalContext(merged.rows.get());
    for (const BoundExpressionPtr& metric : definition->metrics) {
      SPATE_ASSIGN_OR_FAIL(const auto value, evaluateToArray(*metric, *merged.rows, context));
      row.values.push_back(valueAt(*value, 0, metric->type()));
    }
    results.push_back(std::move(row));
  }
  return results;
}

std::unique_ptr<Operator> makeCollectMetrics(ObservedMetrics::Definition definition,
                                             std::shared_ptr<ObservedMetrics> observed) {
  return std::make_unique<CollectMetrics>(std::move(definition), std::move(observed));
}

}  // namespace spate
