#include "spate/dstream/PIDRateEstimator.h"

#include <fmt/core.h>

#include <algorithm>
#include <string>

#include "spate/rdd/SparkConf.h"
#include "spate/types/Exceptions.h"

namespace spate {
namespace {

void require(bool condition, const std::string& message) {
  if (!condition) throw IllegalArgumentException("requirement failed: " + message);
}

}  // namespace

PIDRateEstimator::PIDRateEstimator(Duration batchInterval, Terms terms)
    : batchIntervalMillis_(static_cast<double>(batchInterval.milliseconds())), terms_(terms) {
  require(batchInterval.milliseconds() > 0,
          fmt::format("Specified batch interval {} in PIDRateEstimator is invalid.",
                      batchInterval.milliseconds()));
  require(
      terms.proportional >= 0,
      fmt::format("Proportional term {} in PIDRateEstimator should be >= 0.", terms.proportional));
  require(terms.integral >= 0,
          fmt::format("Integral term {} in PIDRateEstimator should be >= 0.", terms.integral));
  require(terms.derivative >= 0,
          fmt::format("Derivative term {} in PIDRateEstimator should be >= 0.", terms.derivative));
  require(terms.minRate > 0, "Minimum rate in PIDRateEstimator should be > 0");
}

PIDRateEstimator PIDRateEstimator::fromConf(const SparkConf& conf, Duration batchInterval) {
  const std::string estimator = conf.get("spark.streaming.backpressure.rateEstimator", "pid");
  if (estimator != "pid") throw IllegalArgumentException("Unknown rate estimator: " + estimator);
  const std::string prefix = "spark.streaming.backpressure.pid.";
  return PIDRateEstimator(
      batchInterval,
      {conf.getDouble(prefix + "proportional", 1.0), conf.getDouble(prefix + "integral", 0.2),
       conf.getDouble(prefix + "derived", 0.0), conf.getDouble(prefix + "minRate", 100)});
}

std::optional<double> PIDRateEstimator::compute(int64_t time, int64_t numElements,
                                                int64_t processingDelay, int64_t schedulingDelay) {
  if (time <= latestTime_ || numElements <= 0 || processingDelay <= 0) return std::nullopt;
  const double delaySinceUpdate = static_cast<double>(time - latestTime_) / 1000;
  const double processingRate =
      static_cast<double>(numElements) / static_cast<double>(processingDelay) * 1000;
  const double error = latestRate_ - processingRate;
  // The records that waited because batches began late, per second of a batch.
  const double historicalError =
      static_cast<double>(schedulingDelay) * processingRate / batchIntervalMillis_;
  const double errorSlope = (error - latestError_) / delaySinceUpdate;
  const double newRate =
      std::max(latestRate_ - terms_.proportional * error - terms_.integral * historicalError -
                   terms_.derivative * errorSlope,
               terms_.minRate);
  latestTime_ = time;
  if (firstRun_) {
    firstRun_ = false;
    latestRate_ = processingRate;
    latestError_ = 0;
    return std::nullopt;
  }
  latestRate_ = newRate;
  latestError_ = error;
  return newRate;
}

}  // namespace spate
