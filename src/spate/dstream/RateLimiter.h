#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <mutex>

#include "spate/dstream/StopSignal.h"

namespace spate {

class SparkConf;

/// How fast a receiver may store records: spark.streaming.receiver.maxRate, and below it the rate
/// that back-pressure asks for (spark.streaming.backpressure.initialRate at first). What was not
/// used in the last second may be used at once, as with the limiter that Spark takes.
///
/// Errors  IllegalArgumentException: a setting that is no number
/// Threads all functions from any thread
class RateLimiter {
 public:
  static constexpr int64_t kUnlimited = std::numeric_limits<int64_t>::max();

  RateLimiter(const SparkConf& conf, std::shared_ptr<Clock> clock);

  /// Blocks until at least one record may be stored; returns how many may, at most `wanted`.
  size_t acquire(size_t wanted);
  /// Records per second; no effect when it is 0 or negative, and never above maxRate.
  void updateRate(int64_t newRate);
  int64_t currentLimit() const;
  /// From now on nothing waits: the receiver is being stopped and hands over what it has.
  void release() { released_.raise(); }

 private:
  const std::shared_ptr<Clock> clock_;
  const int64_t maxRate_;
  StopSignal released_;
  mutable std::mutex mutex_;
  int64_t rate_;
  /// Nanoseconds since the epoch at which the next record may go.
  int64_t nextFree_ = 0;
  double unused_ = 0;
};

}  // namespace spate
