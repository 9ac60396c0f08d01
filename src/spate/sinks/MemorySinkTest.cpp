#include <arrow/array/array_primitive.h>
#include <arrow/array/builder_primitive.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>
#include <gtest/gtest.h>

#include <memory>
#include <vector>

#include "spate/sinks/MemorySink.h"

namespace spate {
namespace {

class MemorySinks : public ::testing::Test {
 protected:
  WriteResult write(BatchId batch, int partition, const std::vector<int64_t>& values) {
    arrow::Int64Builder builder;
    EXPECT_TRUE(builder.AppendValues(values).ok());
    const auto schema = arrow::schema({arrow::field("n", arrow::int64())});
    auto rows =
        arrow::RecordBatch::Make(schema, static_cast<int64_t>(values.size()), {*builder.Finish()});
    auto reader = arrow::RecordBatchReader::Make({rows}, schema).ValueOrDie();
    return sink_.write(batch, partition, *reader).value();
  }
  std::vector<int64_t> values() const {
    std::vector<int64_t> all;
    for (const auto& batch : sink_.rows()) {
      const auto& column = static_cast<const arrow::Int64Array&>(*batch->column(0));
      for (int64_t i = 0; i < column.length(); ++i) all.push_back(column.Value(i));
    }
    return all;
  }

  MemorySink sink_;
};

TEST_F(MemorySinks, rowsAreSeenAfterTheCommitInOrderOfPartitions) {
  const WriteResult second = write({0}, 1, {3});
  const WriteResult first = write({0}, 0, {1, 2});
  EXPECT_EQ(first.rows, 2);
  EXPECT_TRUE(values().empty());
  ASSERT_TRUE(sink_.commit({0}, {second, first}).ok());
  EXPECT_EQ(values(), (std::vector<int64_t>{1, 2, 3}));
}

TEST_F(MemorySinks, committingABatchAgainChangesNothing) {
  ASSERT_TRUE(sink_.commit({0}, {write({0}, 0, {1})}).ok());
  ASSERT_TRUE(sink_.commit({0}, {write({0}, 0, {1})}).ok());
  EXPECT_EQ(values(), std::vector<int64_t>{1});
}

TEST_F(MemorySinks, attemptsThatAreNotCommittedAreForgotten) {
  write({0}, 0, {7});
  const WriteResult good = write({0}, 0, {1});
  ASSERT_TRUE(sink_.commit({0}, {good}).ok());
  EXPECT_EQ(values(), std::vector<int64_t>{1});
  const WriteResult aborted = write({1}, 0, {8});
  sink_.abort({1});
  EXPECT_EQ(sink_.commit({1}, {aborted}).code(), StatusCode::kInvalidArgument);
  EXPECT_EQ(sink_.batches(), std::vector<BatchId>{{0}});
}

TEST_F(MemorySinks, emptyBatchesAreCommittedToo) {
  ASSERT_TRUE(sink_.commit({0}, {write({0}, 0, {})}).ok());
  EXPECT_EQ(sink_.batches(), std::vector<BatchId>{{0}});
  EXPECT_TRUE(values().empty());
  EXPECT_TRUE(sink_.rowsOf({5}).empty());
}

}  // namespace
}  // namespace spate
