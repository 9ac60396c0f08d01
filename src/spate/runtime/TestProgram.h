#pragma once

#include <arrow/array/array_primitive.h>
#include <arrow/array/builder_primitive.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "spate/runtime/MicroBatchLoop.h"
#include "spate/sinks/MemorySink.h"
#include "spate/sources/MemorySource.h"

namespace spate::testing {

inline Timestamp at(int64_t millis) { return timestampOfMillis(millis); }

inline std::shared_ptr<arrow::Schema> numbersSchema() {
  return arrow::schema({arrow::field("n", arrow::int64(), false)});
}

inline std::shared_ptr<arrow::RecordBatch> numbers(const std::vector<int64_t>& values) {
  arrow::Int64Builder builder;
  if (!builder.AppendValues(values).ok()) return nullptr;
  return arrow::RecordBatch::Make(numbersSchema(), static_cast<int64_t>(values.size()),
                                  {*builder.Finish()});
}

inline std::vector<int64_t> valuesOf(
    const std::vector<std::shared_ptr<arrow::RecordBatch>>& batches) {
  std::vector<int64_t> values;
  for (const auto& batch : batches) {
    const auto& column = static_cast<const arrow::Int64Array&>(*batch->column(0));
    for (int64_t i = 0; i < column.length(); ++i) values.push_back(column.Value(i));
  }
  return values;
}

/// What stays when a process dies: the data that came in and the rows that went out.
struct World {
  MemorySource source{numbersSchema()};
  MemorySink sink;

  /// By batch id.
  std::map<int64_t, std::vector<int64_t>> output() const {
    std::map<int64_t, std::vector<int64_t>> result;
    for (const BatchId batch : sink.batches()) result[batch.value] = valuesOf(sink.rowsOf(batch));
    return result;
  }
  std::vector<int64_t> allValues() const { return valuesOf(sink.rows()); }
  Offset add(const std::vector<int64_t>& values, std::optional<Timestamp> arrival = {}) {
    return *source.add(numbers(values), arrival);
  }
};

/// Copies the numbers of a World from its source to its sink; records what the loop asks of it.
class TestProgram final : public BatchProgram {
 public:
  explicit TestProgram(World& w) : world(w) {}

  std::vector<OffsetSource*> sources() override { return {&world.source}; }
  Status recovered(const std::vector<LoggedBatch>& batches,
                   const std::map<std::string, std::string>& settings) override {
    history = batches;
    conf = settings;
    return Status::OK();
  }
  Result<std::unique_ptr<BatchPipeline>> pipelineFor(
      const BatchContext& context, const std::vector<OffsetRange>& ranges) override;
  Status batchCommitted(const BatchContext& context) override {
    committed.push_back(context);
    return Status::OK();
  }
  BatchId firstBatchStillNeeded(const BatchContext& context) override {
    return retained ? BatchId{context.batchId.value - *retained + 1}
                    : BatchProgram::firstBatchStillNeeded(context);
  }
  bool runsWithoutData(const BatchContext& next) override {
    return next.evictWatermark != next.lateWatermark;
  }

  World& world;
  std::vector<LoggedBatch> history;
  std::map<std::string, std::string> conf;
  std::vector<BatchContext> contexts;  ///< of each attempt
  std::vector<BatchContext> committed;
  std::optional<int64_t> retained;
  /// Called in run() and commitState(), before the work; may be empty.
  std::function<Status(const BatchContext&)> onRun;
  std::function<Status(const BatchContext&)> onCommit;
  std::function<void()> onCancel;
  std::function<std::optional<Timestamp>(const BatchContext&)> nextWatermark;
  int aborts = 0;
};

class TestPipeline final : public BatchPipeline {
 public:
  TestPipeline(TestProgram& program, const BatchContext& context, OffsetRange range)
      : program_(program), context_(context), range_(std::move(range)) {}

  Status run() override {
    if (program_.onRun) SPATE_RETURN_IF_ERROR(program_.onRun(context_));
    World& world = program_.world;
    SPATE_ASSIGN_OR_RETURN(const auto splits, world.source.plan(range_));
    for (const Split& split : splits) {
      SPATE_ASSIGN_OR_RETURN(const auto rows, world.source.open(split));
      SPATE_ASSIGN_OR_RETURN(auto result,
                             world.sink.write(context_.batchId, split.partition, *rows));
      rows_ += result.rows;
      results_.push_back(std::move(result));
    }
    return Status::OK();
  }
  Status commitState() override {
    if (program_.onCommit) SPATE_RETURN_IF_ERROR(program_.onCommit(context_));
    return program_.world.sink.commit(context_.batchId, results_);
  }
  void abort() override {
    ++program_.aborts;
    program_.world.sink.abort(context_.batchId);
  }
  void cancel() override {
    if (program_.onCancel) program_.onCancel();
  }
  std::optional<int64_t> numInputRows() const override { return rows_; }
  std::optional<Timestamp> nextWatermark() const override {
    return program_.nextWatermark ? program_.nextWatermark(context_) : std::nullopt;
  }

 private:
  TestProgram& program_;
  const BatchContext context_;
  const OffsetRange range_;
  int64_t rows_ = 0;
  std::vector<WriteResult> results_;
};

inline Result<std::unique_ptr<BatchPipeline>> TestProgram::pipelineFor(
    const BatchContext& context, const std::vector<OffsetRange>& ranges) {
  contexts.push_back(context);
  return std::make_unique<TestPipeline>(*this, context, ranges.at(0));
}

}  // namespace spate::testing
