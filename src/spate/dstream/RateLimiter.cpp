#include "spate/dstream/RateLimiter.h"

#include <algorithm>

#include "spate/rdd/SparkConf.h"

namespace spate {
namespace {

int64_t nanosOf(Timestamp time) {
  return std::chrono::nanoseconds(time.time_since_epoch()).count();
}

int64_t maxRateOf(const SparkConf& conf) {
  const int64_t rate = conf.getLong("spark.streaming.receiver.maxRate", RateLimiter::kUnlimited);
  return rate > 0 ? rate : RateLimiter::kUnlimited;
}

}  // namespace

RateLimiter::RateLimiter(const SparkConf& conf, std::shared_ptr<Clock> clock)
    : clock_(std::move(clock)), maxRate_(maxRateOf(conf)), rate_(maxRate_) {
  const int64_t initial = conf.getLong("spark.streaming.backpressure.initialRate", maxRate_);
  if (initial > 0) rate_ = std::min(initial, maxRate_);
}

size_t RateLimiter::acquire(size_t wanted) {
  Timestamp free;
  size_t granted = wanted;
  {
    std::lock_guard lock(mutex_);
    if (rate_ == kUnlimited || released_.raised()) return wanted;
    const auto rate = static_cast<double>(rate_);
    const int64_t now = nanosOf(clock_->now());
    if (nextFree_ == 0) nextFree_ = now;
    if (now > nextFree_) {
      unused_ = std::min(rate, unused_ + static_cast<double>(now - nextFree_) * rate / 1e9);
      nextFree_ = now;
    }
    // At most what a hundredth of a second brings, so that records come evenly spread.
    granted = std::min(wanted, std::max<size_t>(1, static_cast<size_t>(rate_ / 100)));
    const double fromUnused = std::min(static_cast<double>(granted), unused_);
    unused_ -= fromUnused;
    // They go when their predecessors are paid for; who comes next waits for these.
    free = Timestamp(std::chrono::ceil<Micros>(std::chrono::nanoseconds(nextFree_)));
    nextFree_ += static_cast<int64_t>((static_cast<double>(granted) - fromUnused) * 1e9 / rate);
  }
  if (free > clock_->now()) static_cast<void>(released_.waitUntil(*clock_, free));
  return granted;
}

void RateLimiter::updateRate(int64_t newRate) {
  if (newRate <= 0) return;
  std::lock_guard lock(mutex_);
  rate_ = std::min(newRate, maxRate_);
  unused_ = std::min(unused_, static_cast<double>(rate_));
}

int64_t RateLimiter::currentLimit() const {
  std::lock_guard lock(mutex_);
  return rate_;
}

}  // namespace spate
