#include <arrow/array/array_base.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "spate/operators/window/WindowFunctions.h"
#include "spate/types/ArrowTypes.h"
#include "spate/types/ArrowValues.h"

namespace spate {
namespace {

using Kind = WindowCall::Kind;

const StructField kPartition{"p", DataType::integerType(), true};
const StructField kOrder{"o", DataType::integerType(), true};
const StructField kValue{"v", DataType::longType(), true};

struct Table {
  std::vector<Datum> p, o, v;
};

class Collected final : public Output {
 public:
  Status push(RecordBatchPtr batch) override {
    batches.push_back(std::move(batch));
    return Status::OK();
  }
  bool wantsMore() const override { return asked++ < wanted; }
  std::vector<RecordBatchPtr> batches;
  int wanted = 1 << 30;
  mutable int asked = 0;
};

std::shared_ptr<arrow::Schema> schemaOf(std::vector<StructField> fields) {
  return *toArrowSchema(DataType::structOf(std::move(fields)));
}

/// p, o, v and the calls' columns, a row each, in the operator's order.
std::vector<Row> run(const Table& table, std::vector<WindowCall> calls, int wanted = 1 << 30) {
  const std::vector<StructField> inputs{kPartition, kOrder, kValue};
  std::vector<StructField> outputs = inputs;
  for (const WindowCall& call : calls)
    outputs.push_back({"c" + std::to_string(outputs.size()), call.type, true});
  std::vector<std::shared_ptr<arrow::Array>> columns{*columnOf(table.p, kPartition.type),
                                                     *columnOf(table.o, kOrder.type),
                                                     *columnOf(table.v, kValue.type)};
  const auto op = makeWindowFunctions({columnAt(0, kPartition)}, {{columnAt(1, kOrder)}},
                                      std::move(calls), schemaOf(inputs), schemaOf(outputs));
  SessionSettings settings;
  RunContext run;
  run.settings = &settings;
  TaskContext task(run, 0, 1);
  Collected collected;
  collected.wanted = wanted;
  const auto rows = static_cast<int64_t>(table.p.size());
  // In two batches, so that it has to put them together.
  const auto whole = arrow::RecordBatch::Make(schemaOf(inputs), rows, columns);
  EXPECT_TRUE(op->push(whole->Slice(0, rows / 2), task, collected).ok());
  EXPECT_TRUE(op->push(whole->Slice(rows / 2), task, collected).ok());
  const Status ended = op->endInput(task, collected);
  EXPECT_TRUE(ended.ok()) << ended.message();
  std::vector<Row> result;
  for (const auto& batch : collected.batches) {
    for (int64_t i = 0; i < batch->num_rows(); ++i) {
      Row row;
      for (int c = 0; c < batch->num_columns(); ++c)
        row.push_back(valueAt(*batch->column(c), i, outputs[static_cast<size_t>(c)].type));
      result.push_back(std::move(row));
    }
  }
  return result;
}

Datum number(int64_t value) { return Datum(value); }

WindowCall ranking(Kind kind, int64_t buckets = 1) {
  WindowCall call;
  call.kind = kind;
  const bool isDouble = kind == Kind::kPercentRank || kind == Kind::kCumeDist;
  call.type = isDouble ? DataType::doubleType() : DataType::integerType();
  call.number = buckets;
  return call;
}

WindowCall ofValue(Kind kind, int64_t offset, bool ignoresNulls = false) {
  WindowCall call;
  call.kind = kind;
  call.type = kValue.type;
  call.value = columnAt(2, kValue);
  call.number = offset;
  call.ignoresNulls = ignoresNulls;
  return call;
}

WindowCall aggregate(std::string_view name, WindowFrame frame) {
  WindowCall call;
  call.kind = Kind::kAggregate;
  const Argument argument{kValue.type, true, "v", std::nullopt};
  AggregateCall bound;
  bound.function = *findAggregateFunction(name)->bind(name, std::span(&argument, 1), {});
  bound.arguments = {columnAt(2, kValue)};
  call.type = bound.function.type;
  call.aggregate = std::move(bound);
  call.frame = std::move(frame);
  return call;
}

FrameEnd rowsAway(int64_t rows) { return {FrameEnd::Kind::kValue, rows, nullptr}; }
const FrameEnd kCurrent{FrameEnd::Kind::kCurrentRow, 0, nullptr};
const FrameEnd kUnbounded{};

std::vector<Datum> lastColumn(const std::vector<Row>& rows, size_t back = 1) {
  std::vector<Datum> column;
  for (const Row& row : rows) column.push_back(row[row.size() - back]);
  return column;
}

/// Partition 1 has the orders 1 1 2, partition 2 the orders null and 5.
Table smallTable() {
  return {{Datum(2), Datum(1), Datum(1), Datum(2), Datum(1)},
          {Datum(5), Datum(1), Datum(2), Datum(), Datum(1)},
          {number(50), number(10), Datum(), number(40), number(20)}};
}

TEST(WindowFunctionsTest, ranksCountPeersInTheirOwnWays) {
  const auto rows = run(smallTable(), {ranking(Kind::kRowNumber), ranking(Kind::kRank),
                                       ranking(Kind::kDenseRank), ranking(Kind::kPercentRank),
                                       ranking(Kind::kCumeDist), ranking(Kind::kNtile, 2)});
  EXPECT_EQ(lastColumn(rows, 6),
            (std::vector<Datum>{Datum(1), Datum(2), Datum(3), Datum(1), Datum(2)}));
  EXPECT_EQ(lastColumn(rows, 5),
            (std::vector<Datum>{Datum(1), Datum(1), Datum(3), Datum(1), Datum(2)}));
  EXPECT_EQ(lastColumn(rows, 4),
            (std::vector<Datum>{Datum(1), Datum(1), Datum(2), Datum(1), Datum(2)}));
  EXPECT_EQ(lastColumn(rows, 3),
            (std::vector<Datum>{Datum(0.0), Datum(0.0), Datum(1.0), Datum(0.0), Datum(1.0)}));
  EXPECT_EQ(lastColumn(rows, 2), (std::vector<Datum>{Datum(2.0 / 3), Datum(2.0 / 3), Datum(1.0),
                                                     Datum(0.5), Datum(1.0)}));
  EXPECT_EQ(lastColumn(rows),
            (std::vector<Datum>{Datum(1), Datum(1), Datum(2), Datum(1), Datum(2)}));
}

TEST(WindowFunctionsTest, offsetsStayInTheirPartition) {
  WindowCall lead = ofValue(Kind::kOffset, 1);
  lead.fallback = constantOf(number(-1), kValue.type);
  const auto rows = run(smallTable(), {ofValue(Kind::kOffset, -1), lead});
  EXPECT_EQ(lastColumn(rows, 2),
            (std::vector<Datum>{Datum(), number(10), number(20), Datum(), number(40)}));
  EXPECT_EQ(lastColumn(rows),
            (std::vector<Datum>{number(20), Datum(), number(-1), number(50), number(-1)}));
}

TEST(WindowFunctionsTest, ignoringNullsStepsOverThem) {
  const Table table{{Datum(1), Datum(1), Datum(1), Datum(1)},
                    {Datum(1), Datum(2), Datum(3), Datum(4)},
                    {number(7), Datum(), Datum(), number(9)}};
  WindowCall nth = ofValue(Kind::kNth, 2, true);
  nth.frame = {true, kUnbounded, kUnbounded};
  const auto rows =
      run(table, {ofValue(Kind::kOffset, -1, true), ofValue(Kind::kOffset, 1, true), nth});
  EXPECT_EQ(lastColumn(rows, 3), (std::vector<Datum>{Datum(), number(7), number(7), number(7)}));
  EXPECT_EQ(lastColumn(rows, 2), (std::vector<Datum>{number(9), number(9), number(9), Datum()}));
  EXPECT_EQ(lastColumn(rows), std::vector<Datum>(4, number(9)));
}

TEST(WindowFunctionsTest, rangeOfValuesKeepsNullsApart) {
  const FrameEnd below{FrameEnd::Kind::kValue, 0,
                       *bindCall(*findScalarFunction("-"),
                                 {columnAt(1, kOrder), constantOf(Datum(1), kOrder.type)}, {}, {})};
  const auto rows = run(smallTable(), {aggregate("count", {false, below, kCurrent})});
  // Partition 1: v of the orders 1 1, then of 1 1 2, of which one is null; the null order is alone.
  EXPECT_EQ(lastColumn(rows),
            (std::vector<Datum>{number(2), number(2), number(2), number(1), number(1)}));
}

/// Long frames go other ways than short ones; all of them have to give what a loop gives.
TEST(WindowFunctionsTest, oneLongPartitionGoesRowByRowAndCanBeInterrupted) {
  Table table;
  constexpr int kRows = 10'000;
  for (int i = 0; i < kRows; ++i) {
    table.p.emplace_back(1);
    table.o.emplace_back(i);
    table.v.push_back(number(i));
  }
  // Its sum is a double: rows are added in their order.
  const auto average = [] { return std::vector{aggregate("avg", {true, kUnbounded, kCurrent})}; };
  const std::vector<Row> rows = run(table, average());
  ASSERT_EQ(rows.size(), size_t{kRows});
  for (int i = 0; i < kRows; ++i) EXPECT_EQ(rows[static_cast<size_t>(i)].back(), Datum(i / 2.0));
  EXPECT_TRUE(run(table, average(), 1).empty());
}

TEST(WindowFunctionsTest, framesOfAllLengthsEqualALoop) {
  std::mt19937 random(7);
  const size_t rows = 3000;
  Table table;
  for (size_t i = 0; i < rows; ++i) {
    table.p.emplace_back(static_cast<int32_t>(i % 2));
    table.o.emplace_back(static_cast<int32_t>(random() % 1000));
    const bool isNull = random() % 10 == 0;
    table.v.push_back(isNull ? Datum() : number(static_cast<int64_t>(random() % 100)));
  }
  const std::vector<std::pair<int64_t, int64_t>> frames{{-2, 1}, {-900, 600}, {3, 700}, {-800, -1}};
  std::vector<WindowCall> calls;
  for (const auto& [lower, upper] : frames)
    calls.push_back(aggregate("sum", {true, rowsAway(lower), rowsAway(upper)}));
  calls.push_back(aggregate("sum", {true, kUnbounded, kCurrent}));
  calls.push_back(aggregate("max", {true, kCurrent, kUnbounded}));
  calls.push_back(aggregate("avg", {true, kUnbounded, kCurrent}));
  const auto result = run(table, calls);
  ASSERT_EQ(result.size(), rows);
  const auto half = static_cast<int64_t>(rows / 2);
  for (int64_t i = 0; i < static_cast<int64_t>(rows); i += 37) {
    const int64_t begin = i < half ? 0 : half;
    const int64_t end = begin + half;
    for (size_t c = 0; c < calls.size(); ++c) {
      int64_t from = begin;
      const bool isMean = c == frames.size() + 2;
      int64_t to = c == frames.size() || isMean ? i + 1 : end;
      if (c < frames.size()) {
        from = std::clamp(i + frames[c].first, begin, end);
        to = std::clamp(i + frames[c].second + 1, begin, end);
      } else if (c == frames.size() + 1) {
        from = i;
      }
      Datum expected;
      int64_t count = 0;
      for (int64_t row = from; row < to; ++row) {
        const auto* value = result[static_cast<size_t>(row)][2].as<int64_t>();
        if (value == nullptr) continue;
        ++count;
        const auto* before = expected.as<int64_t>();
        const bool isMax = c == frames.size() + 1;
        expected = before == nullptr ? number(*value)
                   : isMax           ? number(std::max(*before, *value))
                                     : number(*before + *value);
      }
      if (isMean && count > 0)
        expected = Datum(static_cast<double>(*expected.as<int64_t>()) / static_cast<double>(count));
      EXPECT_EQ(result[static_cast<size_t>(i)][3 + c], expected) << "row " << i << " call " << c;
    }
  }
}

}  // namespace
}  // namespace spate
