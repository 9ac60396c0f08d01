#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "spate/rdd/CombiningShuffle.h"
#include "spate/rdd/DefaultPartitioner.h"
#include "spate/rdd/RangeSampling.h"
#include "spate/rdd/Transformations.h"

namespace spate {

/// Draws with a fraction of its own for each key; a key without one is not taken.
template <class Sampler, class K>
struct SamplerByKey {
  std::map<K, double> fractions;

  auto forPartition(int64_t seed, int split) const {
    using Draw = decltype(Sampler{}.forPartition(seed, split));
    std::map<K, Draw> draws;
    for (const auto& [key, fraction] : fractions) {
      const int64_t own = static_cast<int64_t>(stableHash(seed, key));
      if constexpr (std::is_same_v<Sampler, PoissonSampler>)
        draws.emplace(key, Sampler{fraction}.forPartition(own, split));
      else
        draws.emplace(key, Sampler{0, fraction}.forPartition(own, split));
    }
    return [draws = std::move(draws)](const auto& pair) mutable {
      const auto found = draws.find(toOwned(pair.first));
      return found == draws.end() ? 0 : found->second(pair);
    };
  }
};

/// The operations of RDDs whose elements are pairs: Spark's PairRDDFunctions.
///
/// Where a partitioner or a number of partitions can be given and none is (0), it is Spark's
/// default partitioner (DefaultPartitioner.h). No shuffle is made when the pairs lie by an equal
/// partitioner already.
template <class N>
class RddPairOperations : public RddTransformations<N> {
 public:
  using T = typename N::Element;
  using RddTransformations<N>::RddTransformations;

  auto keys() const
    requires PairLike<T>
  {
    return this->mapAs("keys",
                       [](auto&& pair) { return std::forward<decltype(pair)>(pair).first; });
  }
  auto values() const
    requires PairLike<T>
  {
    return this->mapAs("values",
                       [](auto&& pair) { return std::forward<decltype(pair)>(pair).second; });
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

  /// (k, u) for each u of the range (or optional) f(v); keeps the partitioner.
  template <class F>
    requires PairLike<T>
  auto flatMapValues(F f) const {
    return flatMapPairsAs("flatMapValues",
                          [f = std::move(f)](const auto& pair) { return f(pair.second); });
  }

  /// Combines the values of each key: createCombiner(v) -> C, mergeValue(C&&, v) -> C,
  /// mergeCombiners(C&&, const C&) -> C.
  template <class Create, class MergeValue, class MergeCombiners>
    requires PairLike<T>
  auto combineByKey(Create createCombiner, MergeValue mergeValue, MergeCombiners mergeCombiners,
                    int numPartitions = 0) const {
    return combineByKeyWith(std::move(createCombiner), std::move(mergeValue),
                            std::move(mergeCombiners), partitionerOr(numPartitions),
                            "combineByKey");
  }
  template <class Create, class MergeValue, class MergeCombiners, class K>
    requires PairLike<T>
  auto combineByKey(Create createCombiner, MergeValue mergeValue, MergeCombiners mergeCombiners,
                    std::shared_ptr<const Partitioner<K>> partitioner) const {
    return combineByKeyWith(std::move(createCombiner), std::move(mergeValue),
                            std::move(mergeCombiners), std::move(partitioner), "combineByKey");
  }

  /// f must be associative and commutative. `to` is a number of partitions or a partitioner.
  template <class F, class To = int>
    requires PairLike<T>
  auto reduceByKey(F f, const To& to = {}) const {
    return combineByKeyWith([](const auto& value) { return toOwned(value); }, f, f,
                            partitionerOr(to), "reduceByKey");
  }

  /// f over the values of a key and `zero`, once per partition that has the key.
  template <class V, class F, class To = int>
    requires PairLike<T>
  auto foldByKey(V zero, F f, const To& to = {}) const {
    using Value = ValueOf<T>;
    auto create = [zero = Value(std::move(zero)), f](const auto& value) -> Value {
      return f(Value(zero), value);
    };
    return combineByKeyWith(std::move(create), f, f, partitionerOr(to), "foldByKey");
  }

  /// seqOp(U&&, v) -> U within a partition, starting from `zero`; combOp(U&&, const U&) -> U
  /// between them.
  template <class U, class SeqOp, class CombOp, class To = int>
    requires PairLike<T>
  auto aggregateByKey(U zero, SeqOp seqOp, CombOp combOp, const To& to = {}) const {
    auto create = [zero = std::move(zero), seqOp](const auto& value) -> U {
      return seqOp(U(zero), value);
    };
    return combineByKeyWith(std::move(create), seqOp, std::move(combOp), partitionerOr(to),
                            "aggregateByKey");
  }

  /// (k, all values of k), the values in the order of the input's partitions.
  template <class To = int>
    requires PairLike<T>
  auto groupByKey(const To& to = {}) const {
    return groupByKeyWith(partitionerOr(to), "groupByKey");
  }

  /// Moves each pair to the partition that the partitioner gives its key.
  auto partitionBy(int numPartitions) const
    requires PairLike<T>
  {
    if (numPartitions <= 0)
      throw IllegalArgumentException("requirement failed: Number of partitions (" +
                                     std::to_string(numPartitions) +
                                     ") cannot be negative or zero.");
    return partitionByWith(hashPartitioner(numPartitions), "partitionBy");
  }
  /// PySpark's: to partition partitionFunc(key) mod numPartitions.
  template <class F>
    requires(PairLike<T> && std::is_invocable_r_v<int64_t, F&, const KeyOf<T>&>)
  auto partitionBy(int numPartitions, F partitionFunc) const {
    using K = KeyOf<T>;
    return partitionByWith(
        std::shared_ptr<const Partitioner<K>>(
            std::make_shared<FunctionPartitioner<K>>(numPartitions, std::move(partitionFunc))),
        "partitionBy");
  }
  template <class P>
    requires std::is_base_of_v<PartitionerBase, P>
  auto partitionBy(std::shared_ptr<P> partitioner) const {
    return partitionByWith(std::shared_ptr<const Partitioner<KeyOf<T>>>(std::move(partitioner)),
                           "partitionBy");
  }

  /// By key, in ranges: all of a partition before all of the next. Equal keys keep their order.
  /// Runs a job that samples the keys.
  template <class Less = std::less<>>
    requires PairLike<T>
  auto sortByKey(bool ascending = true, int numPartitions = 0, Less less = {}) const {
    using K = KeyOf<T>;
    const int ranges = numPartitions > 0 ? numPartitions : this->getNumPartitions();
    return sortedBy(sampleRanges<K>(*this->node(), ranges, ascending, less), ascending, less,
                    "sortByKey");
  }

  /// partitionBy that also sorts each partition by key.
  template <class To, class Less = std::less<>>
    requires PairLike<T>
  auto repartitionAndSortWithinPartitions(const To& to, bool ascending = true,
                                          Less less = {}) const {
    return sortedBy(partitionerOr(to), ascending, less, "repartitionAndSortWithinPartitions");
  }

  /// A sample with a fraction for each key; keys without one are left out.
  RDD<T> sampleByKey(bool withReplacement, const std::map<KeyOf<T>, double>& fractions,
                     int64_t seed = randomSeed()) const
    requires PairLike<T>
  {
    using K = KeyOf<T>;
    for (const auto& [key, fraction] : fractions) {
      if (fraction < 0)
        throw IllegalArgumentException("requirement failed: Negative sampling rates.");
    }
    if (withReplacement) {
      using Sampler = SamplerByKey<PoissonSampler, K>;
      return makeRdd<SampledNode<N, Sampler>>(this->node(), Sampler{fractions}, seed,
                                              "sampleByKey");
    }
    using Sampler = SamplerByKey<BernoulliSampler, K>;
    return makeRdd<SampledNode<N, Sampler>>(this->node(), Sampler{fractions}, seed, "sampleByKey");
  }

  // For the operations of the rooms above, which are shown by names of their own.

  template <class Create, class MergeValue, class MergeCombiners, class K>
  auto combineByKeyWith(Create createCombiner, MergeValue mergeValue, MergeCombiners mergeCombiners,
                        std::shared_ptr<const Partitioner<K>> partitioner,
                        std::string operation) const {
    using Agg = Aggregator<Create, MergeValue, MergeCombiners>;
    using C = Owned<CombinerOf<Create, T>>;
    using Combined = CombinedNode<N, Agg, C>;
    auto aggregator = std::make_shared<const Agg>(
        Agg{std::move(createCombiner), std::move(mergeValue), std::move(mergeCombiners)});
    if (liesBy(*partitioner))
      return makeRdd<Combined>(this->node(), std::move(aggregator), std::move(operation));
    auto shuffle = std::make_shared<CombiningShuffle<N, Agg, C>>(this->node(), aggregator,
                                                                 partitioner, operation);
    return makeRdd<Combined>(this->context(), std::move(shuffle), std::move(aggregator),
                             std::move(partitioner), std::move(operation));
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

  template <class K>
  RDD<Owned<T>> partitionByWith(std::shared_ptr<const Partitioner<K>> partitioner,
                                std::string operation) const {
    if constexpr (!isView<T>) {
      if (liesBy(*partitioner)) return this->self();
    }
    return moved(std::move(partitioner), std::move(operation), nullptr);
  }

  template <class F>
  auto flatMapPairsAs(std::string operation, F f) const {
    using Values = std::invoke_result_t<const F&, const T&>;
    using U = typename detail::FlatElement<std::remove_cvref_t<Values>>::Type;
    using K = std::remove_cvref_t<decltype(std::declval<T>().first)>;
    auto mapper = [f = std::move(f)](const T& pair) {
      std::vector<std::pair<K, U>> all;
      auto add = [&](auto&& value) {
        all.emplace_back(pair.first, std::forward<decltype(value)>(value));
        return true;
      };
      detail::feedFlat(f(pair), add);
      return all;
    };
    return makeRdd<FlatMapNode<N, decltype(mapper), true>>(this->node(), std::move(mapper),
                                                           std::move(operation));
  }

  std::shared_ptr<const Partitioner<KeyOf<T>>> hashPartitioner(int numPartitions) const
    requires PairLike<T>
  {
    return std::make_shared<HashPartitioner<KeyOf<T>>>(numPartitions);
  }

  /// A hash partitioner for a number over 0; else the default.
  std::shared_ptr<const Partitioner<KeyOf<T>>> partitionerOr(int numPartitions) const
    requires PairLike<T>
  {
    if (numPartitions > 0) return hashPartitioner(numPartitions);
    return defaultPartitioner<KeyOf<T>>({this->node().get()});
  }
  template <class P>
    requires std::is_base_of_v<PartitionerBase, P>
  std::shared_ptr<const Partitioner<KeyOf<T>>> partitionerOr(std::shared_ptr<P> given) const {
    return given;
  }

 private:
  bool liesBy(const PartitionerBase& partitioner) const {
    const auto known = this->partitioner();
    return known && known->equals(partitioner);
  }

  template <class K>
  auto moved(std::shared_ptr<const Partitioner<K>> partitioner, std::string operation,
             typename ShuffledNode<Owned<T>>::Sort sort) const {
    using Shuffle = MovingShuffle<N, PlaceByKey<K>>;
    auto shuffle = std::make_shared<Shuffle>(this->node(), PlaceByKey<K>{partitioner}, operation);
    const int partitions = partitioner->numPartitions();
    return makeRdd<ShuffledNode<Owned<T>>>(this->context(), std::move(shuffle), partitions,
                                           std::move(partitioner), std::move(operation),
                                           std::move(sort));
  }

  template <class K, class Less>
  auto sortedBy(std::shared_ptr<const Partitioner<K>> partitioner, bool ascending, const Less& less,
                std::string operation) const {
    auto sort = [ascending, less](std::vector<Owned<T>>& pairs) {
      std::stable_sort(pairs.begin(), pairs.end(), [&](const auto& a, const auto& b) {
        return ascending ? less(a.first, b.first) : less(b.first, a.first);
      });
    };
    return moved(std::move(partitioner), std::move(operation), std::move(sort));
  }
};

}  // namespace spate
