#pragma once

#include <cstdint>
#include <optional>

#include "spate/dstream/Duration.h"

namespace spate {

class SparkConf;

/// Estimates from the last batches how many records per second the program can take: Spark's
/// PIDRateEstimator, to the bit.
///
/// Errors  IllegalArgumentException with Spark's messages: a term that is negative, no minimum
/// Threads one at a time
class PIDRateEstimator {
 public:
  struct Terms {
    double proportional = 1.0;
    double integral = 0.2;
    double derivative = 0.0;
    /// Records per second; some always come, so that there is something to estimate from.
    double minRate = 100;
  };

  PIDRateEstimator(Duration batchInterval, Terms terms);
  /// From spark.streaming.backpressure.rateEstimator (only "pid"), ...pid.proportional, .integral,
  /// .derived, .minRate.
  static PIDRateEstimator fromConf(const SparkConf& conf, Duration batchInterval);

  /// The rate after a batch that ended at `time`; empty when the batch says nothing (no records,
  /// no time passed) and for the first one. Times and delays in milliseconds.
  std::optional<double> compute(int64_t time, int64_t numElements, int64_t processingDelay,
                                int64_t schedulingDelay);

 private:
  double batchIntervalMillis_;
  Terms terms_;
  bool firstRun_ = true;
  int64_t latestTime_ = -1;
  double latestRate_ = -1;
  double latestError_ = -1;
};

}  // namespace spate
