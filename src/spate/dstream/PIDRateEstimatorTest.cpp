// The cases of Spark's PIDRateEstimatorSuite.
#include <gtest/gtest.h>

#include <random>
#include <vector>

#include "spate/dstream/PIDRateEstimator.h"
#include "spate/dstream/RateController.h"
#include "spate/rdd/SparkConf.h"

namespace spate {
namespace {

using Estimate = std::optional<double>;

PIDRateEstimator proportionalOnly() {
  return PIDRateEstimator(Milliseconds(20), {1.0, 0.0, 0.0, 10});
}

TEST(PIDRateEstimator, outOfRangeTermsAreRefused) {
  EXPECT_THROW(PIDRateEstimator(Milliseconds(0), {1, 2, 3, 10}), IllegalArgumentException);
  EXPECT_THROW(PIDRateEstimator(Milliseconds(100), {-1, 2, 3, 10}), IllegalArgumentException);
  EXPECT_THROW(PIDRateEstimator(Milliseconds(100), {0, -1, 3, 10}), IllegalArgumentException);
  EXPECT_THROW(PIDRateEstimator(Milliseconds(100), {0, 0, -1, 10}), IllegalArgumentException);
  EXPECT_THROW(PIDRateEstimator(Milliseconds(100), {0, 0, 0, 0}), IllegalArgumentException);
  EXPECT_THROW(PIDRateEstimator(Milliseconds(100), {0, 0, 0, -10}), IllegalArgumentException);
}

TEST(PIDRateEstimator, onlyTheEstimatorPidIsKnown) {
  SparkConf conf;
  EXPECT_NO_THROW(PIDRateEstimator::fromConf(conf, Seconds(1)));
  conf.set("spark.streaming.backpressure.rateEstimator", "magic");
  EXPECT_THROW(PIDRateEstimator::fromConf(conf, Seconds(1)), IllegalArgumentException);
}

TEST(PIDRateEstimator, firstBatchGivesNoEstimate) {
  PIDRateEstimator p = proportionalOnly();
  EXPECT_EQ(p.compute(0, 10, 10, 0), std::nullopt);
}

TEST(PIDRateEstimator, secondBatchGivesOne) {
  PIDRateEstimator p = proportionalOnly();
  p.compute(0, 10, 10, 0);
  EXPECT_EQ(p.compute(10, 10, 10, 0), Estimate(1000));
}

TEST(PIDRateEstimator, sameTimeGivesNone) {
  PIDRateEstimator p = proportionalOnly();
  p.compute(0, 10, 10, 0);
  EXPECT_NE(p.compute(10, 10, 10, 0), std::nullopt);
  EXPECT_EQ(p.compute(10, 10, 10, 0), std::nullopt);
}

TEST(PIDRateEstimator, noRecordsGiveNone) {
  PIDRateEstimator p = proportionalOnly();
  p.compute(0, 10, 10, 0);
  EXPECT_EQ(p.compute(10, 0, 10, 0), std::nullopt);
  EXPECT_EQ(p.compute(20, -10, 10, 0), std::nullopt);
}

TEST(PIDRateEstimator, noProcessingDelayGivesNone) {
  PIDRateEstimator p = proportionalOnly();
  p.compute(0, 10, 10, 0);
  EXPECT_EQ(p.compute(10, 10, 0, 0), std::nullopt);
  EXPECT_EQ(p.compute(20, 10, -10, 0), std::nullopt);
}

TEST(PIDRateEstimator, neverBelowTheMinimum) {
  PIDRateEstimator p(Milliseconds(20), {1, 1, 0, 5});
  EXPECT_EQ(p.compute(0, 1, 20, 100), std::nullopt);
  for (int i = 1; i < 50; ++i) EXPECT_EQ(p.compute(i * 20, 1, 20, 100), Estimate(5)) << i;
}

TEST(PIDRateEstimator, withoutAccumulatedErrorFollowsARisingSpeed) {
  PIDRateEstimator p(Milliseconds(20), {1, 1, 0, 10});
  EXPECT_EQ(p.compute(0, 20, 20, 0), std::nullopt);
  for (int i = 1; i < 50; ++i)
    EXPECT_EQ(p.compute(i * 20, (i + 1) * 20, 20, 0), Estimate((i + 1) * 1000.0)) << i;
}

TEST(PIDRateEstimator, withoutAccumulatedErrorFollowsAFallingSpeed) {
  PIDRateEstimator p(Milliseconds(20), {1, 1, 0, 10});
  EXPECT_EQ(p.compute(0, 1000, 20, 0), std::nullopt);
  for (int i = 1; i < 50; ++i)
    EXPECT_EQ(p.compute(i * 20, (50 - i) * 20, 20, 0), Estimate((50 - i) * 1000.0)) << i;
}

TEST(PIDRateEstimator, withAccumulatedErrorStaysBelowTheSpeed) {
  PIDRateEstimator p(Milliseconds(20), {1, 0.01, 0, 10});
  std::mt19937 random(7);
  for (int i = 0; i < 50; ++i) {
    // Above the minimum, and with something accumulated.
    const int64_t elements = 1 + static_cast<int64_t>(random() % 999);
    const int64_t waited = 1 + static_cast<int64_t>(random() % 18);
    const Estimate rate = p.compute(i * 20, elements, 20, waited);
    const double speed = static_cast<double>(elements) * 50;
    if (i == 0)
      EXPECT_EQ(rate, std::nullopt);
    else
      EXPECT_LT(rate.value(), speed) << i;
  }
}

TEST(PIDRateEstimator, derivativeTermCountsTheSlopeOfTheError) {
  PIDRateEstimator p(Milliseconds(1000), {1, 0, 0.5, 1});
  p.compute(1000, 100, 1000, 0);  // 100/s
  // error = 100 - 50, slope = 50 per second: 100 - 50 - 25
  EXPECT_EQ(p.compute(2000, 50, 1000, 0), Estimate(25));
}

TEST(RateController, publishesTheRateOfItsOwnStream) {
  std::vector<int64_t> published;
  RateController controller(3, PIDRateEstimator(Milliseconds(20), {1, 0, 0, 10}),
                            [&](int64_t rate) { published.push_back(rate); });
  BatchInfo batch;
  batch.streamIdToInputInfo[3] = {3, 10};
  batch.streamIdToInputInfo[4] = {4, 999};
  batch.processingStartTime = 0;
  batch.processingEndTime = 10;
  controller.onBatchCompleted(batch);
  batch.processingStartTime = batch.submissionTime = 20;
  batch.processingEndTime = 30;
  controller.onBatchCompleted(batch);
  EXPECT_EQ(published, std::vector<int64_t>{1000});
}

}  // namespace
}  // namespace spate
