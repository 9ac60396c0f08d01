#include <arrow/array/array_primitive.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>
#include <gtest/gtest.h>

#include <memory>
#include <utility>
#include <vector>

#include "spate/base/InMemoryFileSystem.h"
#include "spate/sources/RateSource.h"

namespace spate {
namespace {

Timestamp at(int64_t millis) { return timestampOfMillis(millis); }

class RateSources : public ::testing::Test {
 protected:
  std::unique_ptr<RateSource> make(RateOptions options, const std::string& directory = "") {
    return RateSource::make(options, directory, files_, *clock_).value();
  }
  static int64_t secondsAt(RateSource& source, int64_t millis) {
    ReadLimit limit;
    limit.batchTime = at(millis);
    return std::stoll(source.latestOffset(Offset("0"), limit).value()->json());
  }
  /// (timestamp in ms, value) of each row, split by split.
  static std::vector<std::pair<int64_t, int64_t>> read(RateSource& source, int64_t from,
                                                       int64_t to) {
    std::vector<std::pair<int64_t, int64_t>> rows;
    const OffsetRange range{Offset(std::to_string(from)), Offset(std::to_string(to))};
    const std::vector<Split> splits = source.plan(range).value();
    for (const Split& split : splits) {
      const auto reader = source.open(split).value();
      std::shared_ptr<arrow::RecordBatch> batch;
      while (reader->ReadNext(&batch).ok() && batch) {
        EXPECT_TRUE(batch->ValidateFull().ok());
        const auto& times = static_cast<const arrow::TimestampArray&>(*batch->column(0));
        const auto& values = static_cast<const arrow::Int64Array&>(*batch->column(1));
        for (int64_t i = 0; i < batch->num_rows(); ++i)
          rows.emplace_back(times.Value(i) / 1000, values.Value(i));
      }
    }
    return rows;
  }

  std::shared_ptr<ManualClock> clock_ = std::make_shared<ManualClock>(at(10'000));
  InMemoryFileSystem files_{clock_};
};

TEST_F(RateSources, offsetIsTheWholeSecondsSinceTheStart) {
  auto source = make({});
  EXPECT_EQ(source->initialOffset().value(), Offset("0"));
  EXPECT_EQ(secondsAt(*source, 10'000), 0);
  EXPECT_EQ(secondsAt(*source, 12'999), 2);
  EXPECT_EQ(source->askAgainAt(at(12'300)), at(13'000));
}

TEST_F(RateSources, rowsAreSpreadEvenlyOverTheirSeconds) {
  auto source = make({.rowsPerSecond = 4});
  using Rows = std::vector<std::pair<int64_t, int64_t>>;
  EXPECT_EQ(read(*source, 1, 2), (Rows{{11'000, 4}, {11'250, 5}, {11'500, 6}, {11'750, 7}}));
}

TEST_F(RateSources, partitionsTakeTurns) {
  auto source = make({.rowsPerSecond = 5, .numPartitions = 2});
  std::vector<int64_t> values;
  for (const auto& [time, value] : read(*source, 0, 1)) values.push_back(value);
  EXPECT_EQ(values, (std::vector<int64_t>{0, 2, 4, 1, 3}));
}

TEST_F(RateSources, aLongRangeComesInSeveralArrowBatchesWithoutAGap) {
  auto source = make({.rowsPerSecond = 10'000});
  const auto rows = read(*source, 0, 2);
  ASSERT_EQ(rows.size(), 20'000u);
  for (size_t i = 0; i < rows.size(); ++i) ASSERT_EQ(rows[i].second, static_cast<int64_t>(i));
}

TEST_F(RateSources, speedGrowsDuringTheRampUp) {
  // Spark's example: 10 rows a second after 4 seconds, so 2 more each second.
  auto source = make({.rowsPerSecond = 10, .rampUpTime = std::chrono::seconds(4)});
  std::vector<size_t> counts;
  for (int64_t second = 0; second < 6; ++second)
    counts.push_back(read(*source, second, second + 1).size());
  EXPECT_EQ(counts, (std::vector<size_t>{2, 4, 6, 8, 10, 10}));
}

TEST_F(RateSources, startTimeIsKeptForRestarts) {
  make({}, "/ckpt/sources/0");
  EXPECT_EQ(files_.readFile("/ckpt/sources/0/0").value(), "v1\n10000");
  clock_->advance(Millis(60'000));
  auto again = make({}, "/ckpt/sources/0");
  EXPECT_EQ(secondsAt(*again, 70'000), 60);
  ASSERT_TRUE(files_.writeAtomically("/ckpt/sources/0/0", "v1\nx").ok());
  EXPECT_EQ(RateSource::make({}, "/ckpt/sources/0", files_, *clock_).error().code(),
            StatusCode::kCorrupt);
}

TEST_F(RateSources, offsetNeverGoesBackAndKeepsToItsBound) {
  auto source = make({});
  ReadLimit limit;
  limit.batchTime = at(11'000);
  EXPECT_EQ(source->latestOffset(Offset("5"), limit).value(), Offset("5"));
  limit.batchTime = at(30'000);
  limit.notBeyond = Offset("7");
  EXPECT_EQ(source->latestOffset(Offset("5"), limit).value(), Offset("7"));
  EXPECT_EQ(source->latestOffset(Offset("\"x\""), limit).error().code(), StatusCode::kCorrupt);
}

TEST_F(RateSources, optionsAreReadInAnyCaseAndCheckedWithSparksMessages) {
  const RateOptions options =
      RateOptions::parse({{"ROWSPERSECOND", "100"}, {"rampUpTime", "2m"}, {"numPartitions", "3"}},
                         {})
          .value();
  EXPECT_EQ(options.rowsPerSecond, 100);
  EXPECT_EQ(options.rampUpTime, std::chrono::seconds(120));
  EXPECT_EQ(options.numPartitions, 3);
  const auto message = [](const char* key, const char* value) {
    return RateOptions::parse({{key, value}}, {}).error().message();
  };
  EXPECT_EQ(message("rowsPerSecond", "-1"),
            "Invalid value '-1'. The option 'rowsPerSecond' must be positive");
  EXPECT_EQ(message("numPartitions", "x"),
            "Invalid value 'x'. The option 'numPartitions' must be positive");
  EXPECT_EQ(message("rampUpTime", "-3s"),
            "Invalid value '-3s'. The option 'rampUpTime' must not be negative");
  EXPECT_EQ(message("rowPerSecond", "1"), "The rate source has no option 'rowPerSecond'");
}

}  // namespace
}  // namespace spate
