#include <arrow/array/array_primitive.h>
#include <arrow/array/builder_primitive.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>
#include <gtest/gtest.h>

#include <memory>
#include <vector>

#include "spate/sources/MemorySource.h"

namespace spate {
namespace {

std::shared_ptr<arrow::RecordBatch> rows(const std::vector<int64_t>& values,
                                         const char* column = "n") {
  arrow::Int64Builder builder;
  EXPECT_TRUE(builder.AppendValues(values).ok());
  return arrow::RecordBatch::Make(arrow::schema({arrow::field(column, arrow::int64())}),
                                  static_cast<int64_t>(values.size()), {*builder.Finish()});
}

Timestamp at(int64_t millis) { return timestampOfMillis(millis); }

class MemorySources : public ::testing::Test {
 protected:
  Offset latest(const std::optional<Offset>& from, const ReadLimit& limit = {}) {
    return source_.latestOffset(from, limit).value().value();
  }
  std::vector<int64_t> read(const OffsetRange& range) {
    std::vector<int64_t> values;
    const std::vector<Split> splits = source_.plan(range).value();
    for (const Split& split : splits) {
      const auto reader = source_.open(split).value();
      std::shared_ptr<arrow::RecordBatch> batch;
      while (reader->ReadNext(&batch).ok() && batch) {
        const auto& column = static_cast<const arrow::Int64Array&>(*batch->column(0));
        for (int64_t i = 0; i < column.length(); ++i) values.push_back(column.Value(i));
      }
    }
    return values;
  }

  MemorySource source_{rows({})->schema()};
};

TEST_F(MemorySources, offsetsCountTheBatchesAdded) {
  EXPECT_EQ(source_.initialOffset().value(), Offset("-1"));
  EXPECT_EQ(latest(Offset("-1")), Offset("-1"));
  EXPECT_EQ(source_.add(rows({1})).value(), Offset("0"));
  EXPECT_EQ(source_.add(rows({2, 3})).value(), Offset("1"));
  EXPECT_EQ(latest(Offset("-1")), Offset("1"));
}

TEST_F(MemorySources, aRangeIsReadRepeatedly) {
  for (int64_t i = 0; i < 4; ++i) ASSERT_TRUE(source_.add(rows({i, i + 10})).has_value());
  for (int time = 0; time < 2; ++time) {
    EXPECT_EQ(read({Offset("0"), Offset("2")}), (std::vector<int64_t>{1, 11, 2, 12}));
    EXPECT_EQ(read({std::nullopt, Offset("0")}), (std::vector<int64_t>{0, 10}));
  }
  EXPECT_TRUE(read({Offset("2"), Offset("2")}).empty());
  EXPECT_TRUE(read({Offset("2"), std::nullopt}).empty());
}

TEST_F(MemorySources, dataBelongsToTheFirstBatchAfterItsArrival) {
  ASSERT_TRUE(source_.add(rows({1}), at(900)).has_value());
  ASSERT_TRUE(source_.add(rows({2}), at(1100)).has_value());
  ReadLimit limit;
  limit.batchTime = at(1000);
  EXPECT_EQ(latest(Offset("-1"), limit), Offset("0"));
  limit.batchTime = at(2000);
  EXPECT_EQ(latest(Offset("0"), limit), Offset("1"));
}

TEST_F(MemorySources, limitsAreKeptByWholeBatchesButOneAtLeast) {
  for (const auto& values : {std::vector<int64_t>{1, 2, 3}, {4}, {5}})
    ASSERT_TRUE(source_.add(rows(values)).has_value());
  ReadLimit limit;
  limit.maxRecords = 2;
  EXPECT_EQ(latest(Offset("-1"), limit), Offset("0"));
  EXPECT_EQ(latest(Offset("0"), limit), Offset("2"));
  limit.maxRecords.reset();
  limit.notBeyond = Offset("1");
  EXPECT_EQ(latest(Offset("-1"), limit), Offset("1"));
}

TEST_F(MemorySources, committedRowsAreForgottenAndAskingForThemIsAnError) {
  for (int64_t i = 0; i < 3; ++i) ASSERT_TRUE(source_.add(rows({i})).has_value());
  ASSERT_TRUE(source_.commit(Offset("1")).ok());
  ASSERT_TRUE(source_.commit(Offset("0")).ok());
  EXPECT_EQ(read({Offset("1"), Offset("2")}), std::vector<int64_t>{2});
  EXPECT_EQ(source_.plan({Offset("0"), Offset("2")}).error().code(), StatusCode::kNotFound);
  EXPECT_EQ(source_.latestOffset(Offset("0"), {}).error().code(), StatusCode::kNotFound);
  EXPECT_EQ(source_.initialOffset().value(), Offset("1"));
  EXPECT_EQ(source_.add(rows({9})).value(), Offset("3"));
}

TEST_F(MemorySources, whatItDidNotHandOutIsRefused) {
  EXPECT_EQ(source_.plan({std::nullopt, Offset("{}")}).error().code(), StatusCode::kCorrupt);
  EXPECT_EQ(source_.plan({std::nullopt, Offset("7")}).error().code(), StatusCode::kNotFound);
  EXPECT_EQ(source_.add(rows({1}, "other")).error().code(), StatusCode::kInvalidArgument);
}

TEST_F(MemorySources, newDataIsAnnouncedUntilTheListenerIsTakenOff) {
  int calls = 0;
  source_.onDataAvailable([&] { ++calls; });
  ASSERT_TRUE(source_.add(rows({1})).has_value());
  source_.onDataAvailable({});
  ASSERT_TRUE(source_.add(rows({2})).has_value());
  EXPECT_EQ(calls, 1);
  EXPECT_FALSE(source_.askAgainAt(at(0)).has_value());
}

}  // namespace
}  // namespace spate
