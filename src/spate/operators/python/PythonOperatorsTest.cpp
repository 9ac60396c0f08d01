#include <arrow/array/array_primitive.h>
#include <arrow/array/builder_primitive.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>
#include <gtest/gtest.h>

#include <deque>
#include <numeric>
#include <string>

#include "spate/operators/python/EvalPython.h"
#include "spate/operators/python/RowPython.h"

namespace spate {
namespace {

std::shared_ptr<arrow::Array> numbers(const std::vector<int64_t>& values) {
  arrow::Int64Builder builder;
  EXPECT_TRUE(builder.AppendValues(values).ok());
  return builder.Finish().ValueOrDie();
}

RecordBatchPtr batchOf(const std::vector<std::vector<int64_t>>& columns) {
  arrow::FieldVector fields;
  arrow::ArrayVector arrays;
  for (const auto& column : columns) {
    fields.push_back(arrow::field("c" + std::to_string(fields.size()), arrow::int64()));
    arrays.push_back(numbers(column));
  }
  return arrow::RecordBatch::Make(arrow::schema(fields), arrays[0]->length(), arrays);
}

std::vector<int64_t> valuesOf(const arrow::Array& column) {
  const auto& longs = static_cast<const arrow::Int64Array&>(column);
  return {longs.raw_values(), longs.raw_values() + longs.length()};
}

/// A worker that adds one to the values it gets, in batches of three rows whatever it was given,
/// or gives the sum of each group; results come late, as from another process.
class AddingRun final : public PythonRun {
 public:
  explicit AddingRun(std::vector<std::vector<size_t>>& groups) : groups_(groups) {}

  Status push(const arrow::RecordBatch& batch) override {
    for (const int64_t value : valuesOf(*batch.column(0))) values_.push_back(value + 1);
    return Status::OK();
  }
  Status pushGroup(const std::vector<std::vector<RecordBatchPtr>>& frames) override {
    int64_t sum = 0;
    groups_.emplace_back();
    for (const auto& frame : frames) {
      size_t rows = 0;
      for (const RecordBatchPtr& batch : frame) {
        rows += static_cast<size_t>(batch->num_rows());
        const auto values = valuesOf(*batch->column(0));
        sum = std::accumulate(values.begin(), values.end(), sum);
      }
      groups_.back().push_back(rows);
    }
    values_.push_back(sum);
    return Status::OK();
  }
  Status endInput() override {
    hasEnded_ = true;
    return Status::OK();
  }
  Result<RecordBatchPtr> take(bool wait) override {
    EXPECT_TRUE(hasEnded_ || !wait);
    if (values_.empty() || (!hasEnded_ && values_.size() < 4)) return RecordBatchPtr();
    const auto count = std::min<size_t>(3, values_.size());
    std::vector<int64_t> some(values_.begin(),
                              values_.begin() + static_cast<std::ptrdiff_t>(count));
    values_.erase(values_.begin(), values_.begin() + static_cast<std::ptrdiff_t>(count));
    return batchOf({some});
  }

 private:
  std::vector<std::vector<size_t>>& groups_;
  std::deque<int64_t> values_;
  bool hasEnded_ = false;
};

class AddingFunctions final : public PythonFunctions {
 public:
  Result<std::unique_ptr<PythonRun>> start(const PythonTask&) override {
    ++starts;
    return std::make_unique<AddingRun>(groups);
  }
  int starts = 0;
  /// The rows of each DataFrame of each group.
  std::vector<std::vector<size_t>> groups;
};

class Collected final : public Output {
 public:
  Status push(RecordBatchPtr batch) override {
    batches.push_back(std::move(batch));
    return Status::OK();
  }
  std::vector<RecordBatchPtr> batches;
};

class PythonOperatorsTest : public testing::Test {
 protected:
  static DataType longs(size_t count) {
    std::vector<StructField> fields;
    for (size_t i = 0; i < count; ++i)
      fields.push_back({"c" + std::to_string(i), DataType::longType()});
    return DataType::structOf(std::move(fields));
  }
  static PythonTask task() {
    PythonTask task;
    auto function = std::make_shared<PythonFunction>();
    function->type = DataType::longType();
    task.calls = {{{{0, ""}}, {function}}};
    task.input = longs(1);
    task.output = longs(1);
    return task;
  }

  SessionSettings settings;
  const RunContext run = [this] {
    RunContext made;
    made.settings = &settings;
    return made;
  }();
  TaskContext context{run, 0, 1};
  std::shared_ptr<AddingFunctions> functions = std::make_shared<AddingFunctions>();
  Collected output;
};

TEST_F(PythonOperatorsTest, resultsStandBesideTheRowsTheyAreOf) {
  EvalPythonOptions options;
  options.task = task();
  options.arguments = {columnAt(1, {"c1", DataType::longType()})};
  options.schema = batchOf({{}, {}, {}})->schema();
  options.functions = functions;
  const auto op = makeEvalPython(options);
  ASSERT_TRUE(op->push(batchOf({{1, 2}, {10, 20}}), context, output).ok());
  ASSERT_TRUE(op->push(batchOf({{}, {}}), context, output).ok());
  ASSERT_TRUE(op->push(batchOf({{3, 4, 5, 6, 7}, {30, 40, 50, 60, 70}}), context, output).ok());
  ASSERT_TRUE(op->endInput(context, output).ok());
  ASSERT_EQ(output.batches.size(), 2U);
  EXPECT_EQ(valuesOf(*output.batches[0]->column(0)), (std::vector<int64_t>{1, 2}));
  EXPECT_EQ(valuesOf(*output.batches[0]->column(2)), (std::vector<int64_t>{11, 21}));
  EXPECT_EQ(valuesOf(*output.batches[1]->column(2)), (std::vector<int64_t>{31, 41, 51, 61, 71}));
}

TEST_F(PythonOperatorsTest, noRowsNeedNoWorker) {
  EvalPythonOptions options;
  options.task = task();
  options.functions = functions;
  const auto op = makeEvalPython(options);
  ASSERT_TRUE(op->endInput(context, output).ok());
  EXPECT_EQ(functions->starts, 0);
  // A function of whole partitions is called all the same.
  ASSERT_TRUE(makeMapPython(task(), functions)->endInput(context, output).ok());
  EXPECT_EQ(functions->starts, 1);
}

TEST_F(PythonOperatorsTest, aggregatesGiveARowForEachKeyInOrder) {
  GroupPythonOptions options;
  options.task = task();
  options.keys = {1};
  options.rows = longs(2);
  options.functions = functions;
  const auto op = makeAggregatePython(options, batchOf({{}, {}})->schema());
  ASSERT_TRUE(op->push(batchOf({{1, 2, 3}, {9, 7, 9}}), context, output).ok());
  ASSERT_TRUE(op->push(batchOf({{4}, {7}}), context, output).ok());
  ASSERT_TRUE(op->endInput(context, output).ok());
  ASSERT_EQ(output.batches.size(), 1U);
  EXPECT_EQ(valuesOf(*output.batches[0]->column(0)), (std::vector<int64_t>{7, 9}));
  EXPECT_EQ(valuesOf(*output.batches[0]->column(1)), (std::vector<int64_t>{6, 4}));
}

TEST_F(PythonOperatorsTest, pairsOfGroupsMayLackASide) {
  GroupPythonOptions options;
  options.task = task();
  options.task.secondInput = longs(1);
  options.keys = {0};
  options.rows = longs(1);
  options.functions = functions;
  GroupPythonOptions second = options;
  const auto rows = std::make_shared<const std::vector<RecordBatchPtr>>(
      std::vector<RecordBatchPtr>{batchOf({{5, 1, 5}})});
  const auto op = makeCogroupPython(options, second, rows);
  ASSERT_TRUE(op->push(batchOf({{5, 3}}), context, output).ok());
  ASSERT_TRUE(op->endInput(context, output).ok());
  EXPECT_EQ(functions->groups, (std::vector<std::vector<size_t>>{{0, 1}, {1, 0}, {1, 2}}));
}

}  // namespace
}  // namespace spate
