#include <gtest/gtest.h>

#include <thread>

#include "spate/dstream/RateLimiter.h"
#include "spate/rdd/SparkConf.h"

namespace spate {
namespace {

std::shared_ptr<ManualClock> clockAt(int64_t millis) {
  return std::make_shared<ManualClock>(timestampOfMillis(millis));
}

TEST(RateLimiter, withoutASettingNothingWaits) {
  RateLimiter limiter(SparkConf(), clockAt(1000));
  EXPECT_EQ(limiter.acquire(1'000'000), 1'000'000u);
  EXPECT_EQ(limiter.currentLimit(), RateLimiter::kUnlimited);
}

TEST(RateLimiter, recordsComeAtTheRate) {
  const auto clock = clockAt(1000);
  RateLimiter limiter(SparkConf().set("spark.streaming.receiver.maxRate", "100"), clock);
  int taken = 0;
  std::thread taking([&] {
    while (clock->now() < timestampOfMillis(2000)) taken += static_cast<int>(limiter.acquire(7));
  });
  while (clock->now() < timestampOfMillis(2000)) {
    clock->waitUntilIdle();
    clock->advance(Millis(10));
  }
  taking.join();
  // One at once, then one each 10 ms.
  EXPECT_GE(taken, 100);
  EXPECT_LE(taken, 101);
}

TEST(RateLimiter, whatASecondLeftUnusedMayGoAtOnce) {
  const auto clock = clockAt(1000);
  RateLimiter limiter(SparkConf().set("spark.streaming.receiver.maxRate", "10"), clock);
  limiter.acquire(1);
  clock->advance(std::chrono::seconds(60));
  for (int i = 0; i < 10; ++i) limiter.acquire(1);
  EXPECT_EQ(clock->now(), timestampOfMillis(61'000));
}

TEST(RateLimiter, backPressureStaysBelowTheMaximum) {
  SparkConf conf;
  conf.set("spark.streaming.receiver.maxRate", "1000");
  RateLimiter limiter(conf, clockAt(0));
  limiter.updateRate(50);
  EXPECT_EQ(limiter.currentLimit(), 50);
  limiter.updateRate(5000);
  EXPECT_EQ(limiter.currentLimit(), 1000);
  limiter.updateRate(0);
  EXPECT_EQ(limiter.currentLimit(), 1000);
}

TEST(RateLimiter, initialRateHoldsUntilTheFirstEstimate) {
  SparkConf conf;
  conf.set("spark.streaming.backpressure.initialRate", "20")
      .set("spark.streaming.receiver.maxRate", "100");
  EXPECT_EQ(RateLimiter(conf, clockAt(0)).currentLimit(), 20);
  conf.set("spark.streaming.backpressure.initialRate", "500");
  EXPECT_EQ(RateLimiter(conf, clockAt(0)).currentLimit(), 100);
}

TEST(RateLimiter, releaseEndsTheWait) {
  const auto clock = clockAt(1000);
  RateLimiter limiter(SparkConf().set("spark.streaming.receiver.maxRate", "1"), clock);
  limiter.acquire(1);
  std::thread waiting([&] { limiter.acquire(1); });
  clock->waitUntilIdle();
  limiter.release();
  waiting.join();
  EXPECT_EQ(limiter.acquire(50), 50u);
}

}  // namespace
}  // namespace spate
