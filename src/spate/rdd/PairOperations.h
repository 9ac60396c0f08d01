#pragma once

#include "spate/rdd/CombiningShuffle.h"
#include "spate/rdd/Transformations.h"

namespace spate {

/// The operations of RDDs whose elements are pairs: Spark's PairRDDFunctions.
///
/// numPartitions 0 means Spark's default: spark.default.parallelism if set, else as many as the
/// largest input has.
template <class N>
class RddPairOperations : public RddTransformations<N> {
 public:
  using T = typename N::Element;
  using RddTransformations<N>::RddTransformations;

  auto keys() const
    requires PairLike<T>
  {
    return this->map([](auto&& pair) { return std::forward<decltype(pair)>(pair).first; }, "keys");
  }
  auto values() const
    requires PairLike<T>
  {
    return this->map([](auto&& pair) { return std::forward<decltype(pair)>(pair).second; },
                     "values");
  }

  /// (k, f(v)); keeps the partitioner.
  template <class F>
    requires PairLike<T>
  auto mapValues(F f) const {
    auto mapper = [f = std::move(f)](auto&& pair) {
      return std::pair(std::forward<decltype(pair)>(pair).first,
                       f(std::forward<decltype(pair)>(pair).second));
    };
    return makeRdd<MapNode<N, decltype(mapper), true>>(this->node(), std::move(mapper),
                                                       "mapValues");
  }

  /// Combines the values of each key: createCombiner(v) -> C, mergeValue(C&&, v) -> C,
  /// mergeCombiners(C&&, const C&) -> C. No shuffle when the pairs lie by `partitioner` already.
  template <class Create, class MergeValue, class MergeCombiners>
    requires PairLike<T>
  auto combineByKey(Create createCombiner, MergeValue mergeValue, MergeCombiners mergeCombiners,
                    int numPartitions = 0, std::string operation = "combineByKey") const {
    return combineByKeyWith(std::move(createCombiner), std::move(mergeValue),
                            std::move(mergeCombiners), hashPartitioner(numPartitions),
                            std::move(operation));
  }

  /// combineByKey with a partitioner of the caller's.
  template <class Create, class MergeValue, class MergeCombiners, class K>
  auto combineByKeyWith(Create createCombiner, MergeValue mergeValue,
                        MergeCombiners mergeCombiners,
                        std::shared_ptr<const Partitioner<K>> partitioner,
                        std::string operation) const {
    using Agg = Aggregator<Create, MergeValue, MergeCombiners>;
    using C = Owned<CombinerOf<Create, T>>;
    using Shuffle = CombiningShuffle<N, Agg, C>;
    auto aggregator = std::make_shared<const Agg>(
        Agg{std::move(createCombiner), std::move(mergeValue), std::move(mergeCombiners)});
    auto shuffle = std::make_shared<Shuffle>(this->node(), aggregator, partitioner, operation);
    return makeRdd<CombinedNode<K, C, Agg>>(this->context(), shuffle, aggregator,
                                                     partitioner, operation);
  }

  /// f must be associative and commutative.
  template <class F>
    requires PairLike<T>
  auto reduceByKey(F f, int numPartitions = 0) const {
    return combineByKey([](const auto& value) { return toOwned(value); }, f, f, numPartitions,
                        "reduceByKey");
  }

  /// (k, all values of k). No combining before the shuffle, as in Spark: it would save nothing.
  auto groupByKey(int numPartitions = 0) const
    requires PairLike<T>
  {
    return groupByKeyWith(hashPartitioner(numPartitions), "groupByKey");
  }

  template <class K>
  auto groupByKeyWith(std::shared_ptr<const Partitioner<K>> partitioner,
                      std::string operation) const {
    using V = ValueOf<T>;
    return combineByKeyWith(
        [](const auto& value) {
          std::vector<V> values;
          values.push_back(toOwned(value));
          return values;
        },
        [](std::vector<V>&& values, const auto& value) {
          values.push_back(toOwned(value));
          return std::move(values);
        },
        [](std::vector<V>&& left, const std::vector<V>& right) {
          left.insert(left.end(), right.begin(), right.end());
          return std::move(left);
        },
        std::move(partitioner), std::move(operation));
  }

  auto partitionBy(int numPartitions) const
    requires PairLike<T>
  {
    return partitionByWith(hashPartitioner(numPartitions), "partitionBy");
  }

  template <class K>
  auto partitionByWith(std::shared_ptr<const Partitioner<K>> partitioner,
                       std::string operation) const {
    using Shuffle = MovingShuffle<N, PlaceByKey<K>>;
    auto shuffle = std::make_shared<Shuffle>(this->node(), PlaceByKey<K>{partitioner}, operation);
    return makeRdd<ShuffledNode<Owned<T>>>(this->context(), std::move(shuffle),
                                           partitioner->numPartitions(), partitioner,
                                           std::move(operation));
  }

  /// Spark's default partitioner for this RDD: by hash.
  auto hashPartitioner(int numPartitions) const
    requires PairLike<T>
  {
    using K = KeyOf<T>;
    if (numPartitions <= 0)
      numPartitions = this->context()->conf().contains("spark.default.parallelism")
                          ? this->context()->defaultParallelism()
                          : std::max(1, this->getNumPartitions());
    return std::shared_ptr<const Partitioner<K>>(
        std::make_shared<HashPartitioner<K>>(numPartitions));
  }
};

}  // namespace spate
