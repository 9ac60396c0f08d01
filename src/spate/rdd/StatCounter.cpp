#include "spate/rdd/StatCounter.h"

#include <cstdio>

#include "spate/types/Exceptions.h"

namespace spate {

StatCounter& StatCounter::merge(const StatCounter& other) {
  if (other.count_ == 0) return *this;
  if (count_ == 0) return *this = other;
  const auto n = static_cast<double>(count_);
  const auto m = static_cast<double>(other.count_);
  const double delta = other.mean_ - mean_;
  mean_ += delta * m / (n + m);
  squares_ += other.squares_ + delta * delta * n * m / (n + m);
  count_ += other.count_;
  max_ = std::max(max_, other.max_);
  min_ = std::min(min_, other.min_);
  return *this;
}

std::string StatCounter::toString() const {
  char text[200];
  std::snprintf(text, sizeof text, "(count: %lld, mean: %f, stdev: %f, max: %f, min: %f)",
                static_cast<long long>(count_), mean(), stdev(), max_, min_);
  return text;
}

std::string BoundedDouble::toString() const {
  char text[100];
  std::snprintf(text, sizeof text, "[%.3f, %.3f]", low, high);
  return text;
}

double normalQuantile(double confidence) {
  // Bisection on erf: it is asked for once per action.
  double low = 0;
  double high = 40;
  for (int i = 0; i < 100; ++i) {
    const double middle = (low + high) / 2;
    (std::erf(middle / std::sqrt(2.0)) < confidence ? low : high) = middle;
  }
  return (low + high) / 2;
}

BoundedDouble estimateCount(int64_t counted, int done, int all, double confidence) {
  const auto n = static_cast<double>(counted);
  if (done == all) return {n, 1.0, n, n};
  if (done == 0 || counted == 0) return {0, 0.0, 0.0, std::numeric_limits<double>::infinity()};
  // The elements not yet seen are Pascal distributed (Spark's CountEvaluator); by its normal form.
  const double p = static_cast<double>(done) / all;
  const double rest = n * (1 - p) / p;
  const double reach = normalQuantile(confidence) * std::sqrt(n * (1 - p)) / p;
  return {n + rest, confidence, n + std::max(0.0, rest - reach), n + rest + reach};
}

BoundedDouble estimateMean(const StatCounter& seen, int done, int all, double confidence) {
  const double mean = seen.mean();
  if (done == all) return {mean, 1.0, mean, mean};
  const double infinity = std::numeric_limits<double>::infinity();
  if (done == 0 || seen.count() <= 1) return {mean, confidence, -infinity, infinity};
  const double error = std::sqrt(seen.sampleVariance() / static_cast<double>(seen.count()));
  const double reach = normalQuantile(confidence) * error;
  return {mean, confidence, mean - reach, mean + reach};
}

BoundedDouble estimateSum(const StatCounter& seen, int done, int all, double confidence) {
  if (done == all) return {seen.sum(), 1.0, seen.sum(), seen.sum()};
  const double infinity = std::numeric_limits<double>::infinity();
  if (done == 0 || seen.count() == 0) return {0, 0.0, -infinity, infinity};
  const double p = static_cast<double>(done) / all;
  const double count = static_cast<double>(seen.count()) / p;
  const double sum = count * seen.mean();
  if (seen.count() == 1) return {sum, confidence, -infinity, infinity};
  // The errors of the mean and of the count, as Spark's SumEvaluator puts them together.
  const double meanVariance = seen.sampleVariance() / static_cast<double>(seen.count());
  const double countVariance = static_cast<double>(seen.count()) * (1 - p) / (p * p);
  const double variance = meanVariance * count * count + countVariance * seen.mean() * seen.mean() +
                          meanVariance * countVariance;
  const double reach = normalQuantile(confidence) * std::sqrt(variance);
  return {sum, confidence, sum - reach, sum + reach};
}

std::vector<double> evenBuckets(double min, double max, int buckets) {
  if (buckets < 1) throw IllegalArgumentException("number of buckets must be >= 1");
  if (std::isinf(min) || std::isinf(max))
    throw IllegalArgumentException("can't generate buckets with infinite value");
  if (min == max || buckets == 1) return {min, max};
  const double step = (max - min) / buckets;
  std::vector<double> bounds;
  for (int i = 0; i < buckets; ++i) bounds.push_back(i * step + min);
  bounds.push_back(max);
  return bounds;
}

void checkBuckets(const std::vector<double>& buckets) {
  if (buckets.size() < 2) throw IllegalArgumentException("buckets should have more than one value");
  for (const double bound : buckets) {
    if (std::isnan(bound)) throw IllegalArgumentException("can't have None or NaN in buckets");
  }
  if (!std::is_sorted(buckets.begin(), buckets.end()))
    throw IllegalArgumentException("buckets should be sorted");
  if (std::adjacent_find(buckets.begin(), buckets.end()) != buckets.end())
    throw IllegalArgumentException("buckets should not contain duplicated values");
}

int bucketOf(const std::vector<double>& buckets, double value) {
  if (!(value >= buckets.front() && value <= buckets.back())) return -1;
  if (value == buckets.back()) return static_cast<int>(buckets.size()) - 2;
  return static_cast<int>(std::upper_bound(buckets.begin(), buckets.end(), value) -
                          buckets.begin()) -
         1;
}

HyperLogLog::HyperLogLog(double relativeStandardDeviation) {
  if (!(relativeStandardDeviation > 0.000017))
    throw IllegalArgumentException(
        "requirement failed: accuracy (relativeSD) must be greater than 0.000017");
  const double bits = std::ceil(2.0 * std::log(1.054 / relativeStandardDeviation) / std::log(2.0));
  bits_ = std::max(4, static_cast<int>(bits));
  registers_.resize(size_t{1} << bits_);
}

void HyperLogLog::merge(const HyperLogLog& other) {
  for (size_t i = 0; i < registers_.size(); ++i)
    registers_[i] = std::max(registers_[i], other.registers_[i]);
}

int64_t HyperLogLog::estimate() const {
  const auto m = static_cast<double>(registers_.size());
  double inverses = 0;
  int64_t zeros = 0;
  for (const uint8_t rank : registers_) {
    inverses += std::ldexp(1.0, -rank);
    zeros += rank == 0 ? 1 : 0;
  }
  const double alpha = m <= 16   ? 0.673
                       : m <= 32 ? 0.697
                       : m <= 64 ? 0.709
                                 : 0.7213 / (1 + 1.079 / m);
  const double raw = alpha * m * m / inverses;
  // Few values: count the registers that none has hit.
  if (raw <= 2.5 * m && zeros > 0)
    return std::llround(m * std::log(m / static_cast<double>(zeros)));
  return std::llround(raw);
}

}  // namespace spate
