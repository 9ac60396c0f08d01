#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

namespace spate {

/// Count, mean, variance and extremes of numbers, in one pass: Spark's StatCounter.
class StatCounter {
 public:
  StatCounter& merge(double value) {
    const double delta = value - mean_;
    ++count_;
    mean_ += delta / static_cast<double>(count_);
    squares_ += delta * (value - mean_);
    max_ = std::max(max_, value);
    min_ = std::min(min_, value);
    return *this;
  }
  StatCounter& merge(const StatCounter& other);

  int64_t count() const { return count_; }
  double mean() const { return mean_; }
  double sum() const { return static_cast<double>(count_) * mean_; }
  double max() const { return max_; }
  double min() const { return min_; }
  /// Of the population; NaN without values.
  double variance() const { return count_ == 0 ? kNaN : squares_ / static_cast<double>(count_); }
  double popVariance() const { return variance(); }
  /// Divided by count - 1; NaN for fewer than two values.
  double sampleVariance() const {
    return count_ <= 1 ? kNaN : squares_ / static_cast<double>(count_ - 1);
  }
  double stdev() const { return std::sqrt(variance()); }
  double popStdev() const { return stdev(); }
  double sampleStdev() const { return std::sqrt(sampleVariance()); }

  /// "(count: 3, mean: 2.000000, stdev: 0.816497, max: 3.000000, min: 1.000000)"
  std::string toString() const;

 private:
  static constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

  int64_t count_ = 0;
  double mean_ = 0;
  double squares_ = 0;
  double max_ = -std::numeric_limits<double>::infinity();
  double min_ = std::numeric_limits<double>::infinity();
};

/// An estimate with the interval in which the true value lies with the given confidence.
struct BoundedDouble {
  double mean = 0;
  double confidence = 0;
  double low = 0;
  double high = 0;

  /// "[90.000, 110.000]", as Spark prints it.
  std::string toString() const;
};

/// How many standard deviations around the mean hold `confidence` of a normal distribution.
double normalQuantile(double confidence);

/// The estimates of countApprox, sumApprox and meanApprox from the `done` of `all` partitions.
/// All of them give the exact value with confidence 1.
BoundedDouble estimateCount(int64_t counted, int done, int all, double confidence);
BoundedDouble estimateMean(const StatCounter& seen, int done, int all, double confidence);
BoundedDouble estimateSum(const StatCounter& seen, int done, int all, double confidence);

/// The buckets of histogram(): PySpark's rules and messages (IllegalArgumentException).
std::vector<double> evenBuckets(double min, double max, int buckets);
void checkBuckets(const std::vector<double>& buckets);
/// Index of the bucket of a value ([a,b) but the last [a,b]), or -1; NaN has none.
int bucketOf(const std::vector<double>& buckets, double value);

/// Counts distinct hashes in a fixed memory: HyperLogLog with 2^p registers, p from the relative
/// standard deviation asked for as Spark computes it.
class HyperLogLog {
 public:
  /// Throws IllegalArgumentException for a deviation of 0.000017 or less, as Spark.
  explicit HyperLogLog(double relativeStandardDeviation);

  void add(uint64_t hash) {
    const size_t index = hash >> (64 - bits_);
    const auto rest = (hash << bits_) | (uint64_t{1} << (bits_ - 1));
    const auto rank = static_cast<uint8_t>(__builtin_clzll(rest) + 1);
    registers_[index] = std::max(registers_[index], rank);
  }
  void merge(const HyperLogLog& other);
  int64_t estimate() const;

 private:
  int bits_;
  std::vector<uint8_t> registers_;
};

}  // namespace spate
