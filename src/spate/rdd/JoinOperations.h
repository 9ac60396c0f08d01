#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "spate/rdd/CogroupNode.h"
#include "spate/rdd/PairOperations.h"

namespace spate {

/// The operations that bring pair RDDs together by key. Both keys must be of one type.
///
/// `to` is a number of partitions or a partitioner; without it Spark's default partitioner of all
/// inputs is used. An input that lies by the partitioner already is not shuffled.
template <class N>
class RddJoinOperations : public RddPairOperations<N> {
 public:
  using T = typename N::Element;
  using RddPairOperations<N>::RddPairOperations;

  /// (k, (all values here, all values there)) for the keys of both.
  template <class A, class To = int>
    requires PairLike<T>
  auto cogroup(const TypedRDD<A>& other, const To& to = {}) const {
    return cogroupAs("cogroup", partitionerOfAll(to, other), other);
  }
  /// (k, tuple of all values in each).
  template <class A, class B>
    requires(PairLike<T> && PairLike<typename B::Element>)
  auto cogroup(const TypedRDD<A>& a, const TypedRDD<B>& b, int to = 0) const {
    return cogroupAs("cogroup", partitionerOfAll(to, a, b), a, b);
  }
  template <class A, class B, class C>
    requires(PairLike<T> && PairLike<typename B::Element>)
  auto cogroup(const TypedRDD<A>& a, const TypedRDD<B>& b, const TypedRDD<C>& c, int to = 0) const {
    return cogroupAs("cogroup", partitionerOfAll(to, a, b, c), a, b, c);
  }
  template <class... Others>
    requires PairLike<T>
  auto groupWith(const Others&... others) const {
    return cogroup(others...);
  }

  /// (k, (v, w)) for every pair of values with one key.
  template <class A, class To = int>
    requires PairLike<T>
  auto join(const TypedRDD<A>& other, const To& to = {}) const {
    using V = ValueOf<T>;
    using W = ValueOf<typename A::Element>;
    return cogroupAs("join", partitionerOfAll(to, other), other)
        .flatMapPairsAs("join", [](const auto& group) {
          const auto& [mine, theirs] = group.second;
          std::vector<std::pair<V, W>> all;
          all.reserve(mine.size() * theirs.size());
          for (const V& v : mine) {
            for (const W& w : theirs) all.emplace_back(v, w);
          }
          return all;
        });
  }

  /// (k, (v, optional w)): every value here, with nothing where the key is not there.
  template <class A, class To = int>
    requires PairLike<T>
  auto leftOuterJoin(const TypedRDD<A>& other, const To& to = {}) const {
    using V = ValueOf<T>;
    using W = std::optional<ValueOf<typename A::Element>>;
    return outerJoin<V, W>("leftOuterJoin", other, to, false, true);
  }
  /// (k, (optional v, w)).
  template <class A, class To = int>
    requires PairLike<T>
  auto rightOuterJoin(const TypedRDD<A>& other, const To& to = {}) const {
    using V = std::optional<ValueOf<T>>;
    using W = ValueOf<typename A::Element>;
    return outerJoin<V, W>("rightOuterJoin", other, to, true, false);
  }
  /// (k, (optional v, optional w)).
  template <class A, class To = int>
    requires PairLike<T>
  auto fullOuterJoin(const TypedRDD<A>& other, const To& to = {}) const {
    using V = std::optional<ValueOf<T>>;
    using W = std::optional<ValueOf<typename A::Element>>;
    return outerJoin<V, W>("fullOuterJoin", other, to, true, true);
  }

  /// The pairs whose key is not in `other`. By default as this RDD is partitioned.
  template <class A, class To = int>
    requires PairLike<T>
  auto subtractByKey(const TypedRDD<A>& other, const To& to = {}) const {
    auto partitioner = [&] {
      if constexpr (std::is_same_v<To, int>) {
        if (to <= 0 && !this->partitioner())
          return this->partitionerOr(std::max(1, this->getNumPartitions()));
      }
      return this->partitionerOr(to);
    }();
    return cogroupAs("subtractByKey", std::move(partitioner), other)
        .flatMapPairsAs("subtractByKey", [](const auto& group) {
          return group.second.second.empty() ? group.second.first : std::vector<ValueOf<T>>();
        });
  }

 private:
  template <class P, class... Others>
    requires std::is_base_of_v<PartitionerBase, P>
  auto partitionerOfAll(const std::shared_ptr<P>& given, const Others&...) const {
    return this->partitionerOr(given);
  }
  template <class... Others>
  std::shared_ptr<const Partitioner<KeyOf<T>>> partitionerOfAll(int numPartitions,
                                                                const Others&... others) const {
    if (numPartitions > 0) return this->hashPartitioner(numPartitions);
    return defaultPartitioner<KeyOf<T>>({this->node().get(), others.node().get()...});
  }

  template <class K, class... Others>
  auto cogroupAs(std::string operation, std::shared_ptr<const Partitioner<K>> partitioner,
                 const TypedRDD<Others>&... others) const {
    static_assert((std::is_same_v<K, KeyOf<typename Others::Element>> && ...),
                  "the keys must be of one type");
    using Cogroup = CogroupNode<K, ValueOf<T>, ValueOf<typename Others::Element>...>;
    return makeRdd<Cogroup>(this->context(), partitioner, operation,
                            cogroupInput(this->node(), partitioner, operation),
                            cogroupInput(others.node(), partitioner, operation)...);
  }

  /// V and W are optionals on the side that may have no value.
  template <class V, class W, class A, class To>
  auto outerJoin(std::string operation, const TypedRDD<A>& other, const To& to, bool keepsTheirs,
                 bool keepsMine) const {
    return cogroupAs(operation, partitionerOfAll(to, other), other)
        .flatMapPairsAs(operation, [keepsTheirs, keepsMine](const auto& group) {
          const auto& [mine, theirs] = group.second;
          std::vector<std::pair<V, W>> all;
          for (const auto& v : mine) {
            for (const auto& w : theirs) all.emplace_back(v, w);
          }
          if constexpr (detail::IsOptional<W>::value) {
            if (keepsMine && theirs.empty())
              for (const auto& v : mine) all.emplace_back(v, std::nullopt);
          }
          if constexpr (detail::IsOptional<V>::value) {
            if (keepsTheirs && mine.empty())
              for (const auto& w : theirs) all.emplace_back(std::nullopt, w);
          }
          return all;
        });
  }
};

}  // namespace spate
