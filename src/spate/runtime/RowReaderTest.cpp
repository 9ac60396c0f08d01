#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <thread>

#include "spate/runtime/RowReader.h"
#include "spate/runtime/TestProgram.h"
#include "spate/types/ArrowStatus.h"

namespace spate {
namespace {

using spate::testing::numbers;
using spate::testing::numbersSchema;
using spate::testing::valuesOf;
using Drive = std::function<Status(TaskContext& task, Output& output)>;

ReadablePlan planOf(std::vector<Drive> partitions) {
  auto node = std::make_shared<PhysicalNode>();
  node->produce = [partitions = std::move(partitions)](const RunContext&) {
    return Result<std::vector<Drive>>(partitions);
  };
  ReadablePlan plan;
  plan.root = node;
  return plan;
}

Drive counting(int64_t first, int64_t count, std::atomic<int64_t>* pushed = nullptr) {
  return [=](TaskContext&, Output& output) {
    for (int64_t i = first; i < first + count; ++i) {
      SPATE_RETURN_IF_ERROR(output.push(numbers({i})));
      if (pushed != nullptr) ++*pushed;
    }
    return Status::OK();
  };
}

Result<std::vector<int64_t>> readAll(arrow::RecordBatchReader& reader) {
  std::vector<std::shared_ptr<arrow::RecordBatch>> batches;
  while (true) {
    std::shared_ptr<arrow::RecordBatch> batch;
    const arrow::Status status = reader.ReadNext(&batch);
    if (!status.ok()) return failure(fromArrow(status));
    if (batch == nullptr) return valuesOf(batches);
    batches.push_back(std::move(batch));
  }
}

TEST(RowReaderTest, rowsComeInTheOrderOfThePartitions) {
  TaskPool pool(2);
  for (const size_t room : {size_t{1}, size_t{1} << 20}) {
    const auto reader = readRows(
        pool, planOf({counting(0, 100), counting(100, 0), counting(100, 300), counting(400, 1)}),
        numbersSchema(), {}, room);
    std::vector<int64_t> expected(401);
    for (size_t i = 0; i < expected.size(); ++i) expected[i] = static_cast<int64_t>(i);
    EXPECT_EQ(readAll(**reader), expected) << room;
  }
}

TEST(RowReaderTest, aPlanWithoutAnEndIsReadAsFarAsIsWanted) {
  TaskPool pool(2);
  constexpr int64_t kEndless = int64_t{1} << 60;
  std::atomic<int64_t> pushed{0};
  const auto reader = readRows(
      pool, planOf({counting(0, kEndless, &pushed), counting(kEndless, kEndless, &pushed)}),
      numbersSchema(), {}, 1000);
  std::shared_ptr<arrow::RecordBatch> batch;
  for (int64_t i = 0; i < 50; ++i) {
    ASSERT_TRUE((*reader)->ReadNext(&batch).ok());
    EXPECT_EQ(valuesOf({batch}), std::vector<int64_t>{i});
  }
  // Eight bytes a batch, and one batch more in each partition.
  EXPECT_LE(pushed, 50 + 1000 / 8 + 2);
  // The end of the reader is the end of the plan: this test would not end otherwise.
}

TEST(RowReaderTest, theSlotsAreFreeWhileNobodyReads) {
  TaskPool pool(2);
  const auto reader =
      readRows(pool, planOf({counting(0, 1000), counting(0, 1000)}), numbersSchema(), {}, 1);
  std::atomic<int> ran{0};
  pool.runAll(4, [&](size_t) { ++ran; });
  EXPECT_EQ(ran, 4);
}

TEST(RowReaderTest, errorsComeOutBehindTheRowsBeforeThem) {
  TaskPool pool(2);
  const Drive failing = [](TaskContext&, Output& output) {
    SPATE_RETURN_IF_ERROR(output.push(numbers({7})));
    return Status::invalidArgument("no such thing");
  };
  const auto reader =
      readRows(pool, planOf({counting(0, 3), failing, counting(0, 3)}), numbersSchema(), {});
  std::shared_ptr<arrow::RecordBatch> batch;
  for (const int64_t value : {0, 1, 2, 7}) {
    ASSERT_TRUE((*reader)->ReadNext(&batch).ok());
    EXPECT_EQ(valuesOf({batch}), std::vector<int64_t>{value});
  }
  const Status error = fromArrow((*reader)->ReadNext(&batch));
  EXPECT_EQ(error.code(), StatusCode::kInvalidArgument);
  EXPECT_EQ(error.message(), "no such thing");
}

TEST(RowReaderTest, aRequestToStopEndsAReaderThatWaits) {
  TaskPool pool(2);
  std::stop_source stop;
  const Drive waiting = [](TaskContext&, Output& output) {
    // A leaf of whose rows a filter leaves nothing.
    while (output.wantsMore()) std::this_thread::yield();
    return Status::OK();
  };
  const auto reader = readRows(pool, planOf({waiting}), numbersSchema(), stop.get_token(), 1);
  std::thread stopper([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    stop.request_stop();
  });
  const auto result = readAll(**reader);
  stopper.join();
  ASSERT_FALSE(result.has_value());
  EXPECT_EQ(result.error().code(), StatusCode::kCancelled);
}

}  // namespace
}  // namespace spate
