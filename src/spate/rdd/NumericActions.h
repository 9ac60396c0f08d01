#pragma once

#include <type_traits>
#include <utility>
#include <vector>

#include "spate/rdd/PairActions.h"

namespace spate {

/// The actions of RDDs of numbers: Spark's DoubleRDDFunctions.
template <class N>
class RddNumericActions : public RddPairActions<N> {
 public:
  using T = typename N::Element;
  using RddPairActions<N>::RddPairActions;
  static constexpr bool kIsNumber = std::is_arithmetic_v<T>;

  /// 0 for an empty RDD. Integers add up to int64_t, all else to double.
  auto sum() const
    requires kIsNumber
  {
    using Sum = std::conditional_t<std::is_integral_v<T>, int64_t, double>;
    Sum all = 0;
    for (const Sum part : this->template perPartition<Sum>(
             "sum", [](Sum& sum, const auto& value) { sum += static_cast<Sum>(value); }))
      all += part;
    return all;
  }

  StatCounter stats() const
    requires kIsNumber
  {
    StatCounter all;
    for (const StatCounter& part : this->template perPartition<StatCounter>(
             "stats",
             [](StatCounter& stat, const auto& value) { stat.merge(static_cast<double>(value)); }))
      all.merge(part);
    return all;
  }

  double mean() const
    requires kIsNumber
  {
    return stats().mean();
  }
  /// Of the population.
  double variance() const
    requires kIsNumber
  {
    return stats().variance();
  }
  double popVariance() const
    requires kIsNumber
  {
    return variance();
  }
  double stdev() const
    requires kIsNumber
  {
    return stats().stdev();
  }
  double popStdev() const
    requires kIsNumber
  {
    return stdev();
  }
  double sampleVariance() const
    requires kIsNumber
  {
    return stats().sampleVariance();
  }
  double sampleStdev() const
    requires kIsNumber
  {
    return stats().sampleStdev();
  }

  /// `buckets` even buckets between the least and the greatest value: their bounds, and how many
  /// values are in each. The buckets are open to the right, but for the last.
  std::pair<std::vector<double>, std::vector<int64_t>> histogram(int buckets) const
    requires kIsNumber
  {
    if (buckets < 1) throw IllegalArgumentException("number of buckets must be >= 1");
    StatCounter all;
    for (const StatCounter& part : this->template perPartition<StatCounter>(
             "histogram", [](StatCounter& stat, const auto& value) {
               if (value == value) stat.merge(static_cast<double>(value));
             }))
      all.merge(part);
    if (all.count() == 0) throw IllegalArgumentException("can not generate buckets from empty RDD");
    auto bounds = evenBuckets(all.min(), all.max(), buckets);
    if (bounds.size() == 2) return {std::move(bounds), {all.count()}};
    auto counts = histogram(bounds);
    return {std::move(bounds), std::move(counts)};
  }
  /// How many values are in each of the buckets with these bounds; values outside are not counted.
  std::vector<int64_t> histogram(const std::vector<double>& bounds) const
    requires kIsNumber
  {
    checkBuckets(bounds);
    std::vector<int64_t> counts(bounds.size() - 1);
    for (const auto& part : this->template perPartition<std::vector<int64_t>>(
             "histogram", [&](auto& partial, const auto& value) {
               partial.resize(bounds.size() - 1);
               const int bucket = bucketOf(bounds, static_cast<double>(value));
               if (bucket >= 0) ++partial[static_cast<size_t>(bucket)];
             })) {
      for (size_t i = 0; i < part.size(); ++i) counts[i] += part[i];
    }
    return counts;
  }

  /// sum() from the partitions read when `timeoutMillis` have passed; see countApprox.
  BoundedDouble sumApprox(int64_t timeoutMillis, double confidence = 0.95) const
    requires kIsNumber
  {
    const auto [seen, done] = statsFor("sumApprox", timeoutMillis, confidence);
    return estimateSum(seen, done, this->getNumPartitions(), confidence);
  }
  BoundedDouble meanApprox(int64_t timeoutMillis, double confidence = 0.95) const
    requires kIsNumber
  {
    const auto [seen, done] = statsFor("meanApprox", timeoutMillis, confidence);
    return estimateMean(seen, done, this->getNumPartitions(), confidence);
  }

 private:
  std::pair<StatCounter, int> statsFor(const std::string& operation, int64_t timeoutMillis,
                                       double confidence) const {
    StatCounter all;
    std::mutex mutex;
    const int done = this->runFor(operation, timeoutMillis, confidence, [&](TaskContext& task) {
      StatCounter part;
      iterate(*this->node(), task.partitionId(), task, [&](const auto& value) {
        part.merge(static_cast<double>(value));
        return true;
      });
      std::lock_guard lock(mutex);
      all.merge(part);
    });
    return {all, done};
  }
};

}  // namespace spate
