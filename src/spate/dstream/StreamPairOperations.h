#pragma once

#include <functional>
#include <optional>
#include <utility>
#include <vector>

#include "spate/dstream/CallableTraits.h"
#include "spate/dstream/MapWithState.h"
#include "spate/dstream/StreamTransformations.h"

namespace spate {

/// The operations of DStreams whose elements are pairs: Spark's PairDStreamFunctions.
///
/// numPartitions 0 means spark.default.parallelism, else the number of slots.
template <class D>
class StreamPairOperations : public StreamTransformations<D> {
 public:
  using T = typename D::Element;
  using K = typename PairTypes<T>::Key;
  using V = typename PairTypes<T>::Value;
  using KeyPartitioner = std::shared_ptr<const Partitioner<K>>;
  using StreamTransformations<D>::StreamTransformations;

  template <class F>
    requires PairLike<T>
  auto mapValues(F f) const {
    return this->perBatch("mapValues",
                          [f = std::move(f)](const auto& rdd) { return rdd.mapValues(f); });
  }
  template <class F>
    requires PairLike<T>
  auto flatMapValues(F f) const {
    return this->perBatch("flatMapValues",
                          [f = std::move(f)](const auto& rdd) { return rdd.flatMapValues(f); });
  }

  template <class F>
    requires PairLike<T>
  auto reduceByKey(F f, int numPartitions = 0) const {
    return this->perBatch(
        "reduceByKey",
        [f = std::move(f), n = this->partitionsOr(numPartitions)](const auto& rdd) {
          return rdd.reduceByKey(f, n);
        },
        partitionsDetail(numPartitions));
  }
  auto groupByKey(int numPartitions = 0) const
    requires PairLike<T>
  {
    return this->perBatch(
        "groupByKey",
        [n = this->partitionsOr(numPartitions)](const auto& rdd) { return rdd.groupByKey(n); },
        partitionsDetail(numPartitions));
  }
  template <class Create, class MergeValue, class MergeCombiners>
    requires PairLike<T>
  auto combineByKey(Create create, MergeValue mergeValue, MergeCombiners mergeCombiners,
                    int numPartitions = 0) const {
    return this->perBatch(
        "combineByKey",
        [=, n = this->partitionsOr(numPartitions)](const auto& rdd) {
          return rdd.combineByKey(create, mergeValue, mergeCombiners, n);
        },
        partitionsDetail(numPartitions));
  }
  auto partitionBy(int numPartitions) const
    requires PairLike<T>
  {
    return this->perBatch(
        "partitionBy", [numPartitions](const auto& rdd) { return rdd.partitionBy(numPartitions); },
        partitionsDetail(numPartitions));
  }

  template <class E>
  auto join(const TypedDStream<E>& other, int numPartitions = 0) const {
    return joined("join", other, numPartitions,
                  [](const auto& l, const auto& r, int n) { return l.join(r, n); });
  }
  template <class E>
  auto leftOuterJoin(const TypedDStream<E>& other, int numPartitions = 0) const {
    return joined("leftOuterJoin", other, numPartitions,
                  [](const auto& l, const auto& r, int n) { return l.leftOuterJoin(r, n); });
  }
  template <class E>
  auto rightOuterJoin(const TypedDStream<E>& other, int numPartitions = 0) const {
    return joined("rightOuterJoin", other, numPartitions,
                  [](const auto& l, const auto& r, int n) { return l.rightOuterJoin(r, n); });
  }
  template <class E>
  auto fullOuterJoin(const TypedDStream<E>& other, int numPartitions = 0) const {
    return joined("fullOuterJoin", other, numPartitions,
                  [](const auto& l, const auto& r, int n) { return l.fullOuterJoin(r, n); });
  }
  /// (k, (all values here, all values there)).
  template <class E>
  auto cogroup(const TypedDStream<E>& other, int numPartitions = 0) const {
    return joined("cogroup", other, numPartitions,
                  [](const auto& l, const auto& r, int n) { return l.cogroup(r, n); });
  }

  auto groupByKeyAndWindow(Duration windowDuration, Duration slideDuration,
                           int numPartitions = 0) const
    requires PairLike<T>
  {
    return groupByKey(numPartitions)
        .window(windowDuration, slideDuration)
        .combineByKey([](const std::vector<V>& values) { return values; }, &append<V>, &append<V>,
                      numPartitions);
  }
  auto groupByKeyAndWindow(Duration windowDuration) const
    requires PairLike<T>
  {
    return groupByKeyAndWindow(windowDuration, this->slideDuration());
  }

  /// f over the values of each key in a window: each batch is reduced once, the batches of a
  /// window each time.
  template <class F>
    requires(PairLike<T> && !std::is_convertible_v<F, Duration>)
  auto reduceByKeyAndWindow(F f, Duration windowDuration, Duration slideDuration,
                            int numPartitions = 0) const {
    return reduceByKey(f, numPartitions)
        .window(windowDuration, slideDuration)
        .reduceByKey(f, numPartitions);
  }
  template <class F>
    requires PairLike<T>
  auto reduceByKeyAndWindow(F f, Duration windowDuration) const {
    return reduceByKeyAndWindow(std::move(f), windowDuration, this->slideDuration());
  }

  /// The same, kept up to date: inverse(window, left) takes off what left the window, so a batch
  /// costs what came and went, not the window. A pair for which filter(pair) is false is dropped;
  /// without a filter keys stay with what inverse leaves of them. Needs a checkpoint directory.
  template <class F, class I, class Filter = std::nullptr_t>
    requires(PairLike<T> && !std::is_same_v<std::remove_cvref_t<I>, Duration>)
  auto reduceByKeyAndWindow(F f, I inverse, Duration windowDuration, Duration slideDuration,
                            int numPartitions = 0, Filter filter = nullptr) const {
    using Stream = ReducedWindowStream<K, V, F, I, Filter>;
    checkWindow("ReducedWindowedDStream", *this->node(), windowDuration, slideDuration);
    auto partitioner = hashPartitioner(numPartitions);
    auto reduced = this->perBatch("reduceByKey", [f, partitioner](const auto& rdd) {
      return rdd.combineByKeyWith([](const auto& value) { return V(toOwned(value)); }, f, f,
                                  partitioner, "reduceByKey");
    });
    return makeStream<Stream>(std::shared_ptr<StreamNode<std::pair<K, V>>>(reduced.node()),
                              std::move(f), std::move(inverse), std::move(filter), windowDuration,
                              slideDuration, std::move(partitioner));
  }

  /// Keeps a value of S per key. `update` is called in every batch for every key that has state or
  /// new values, and returns the new state; none removes the key. Its form is one of
  ///   update(std::vector<V> newValues, std::optional<S> state) -> std::optional<S> or S
  ///   update(Time, const K&, std::vector<V>, std::optional<S>) -> std::optional<S> or S
  /// S is taken from the function's parameter; name it (updateStateByKey<S>) for a generic lambda.
  /// The function runs in several tasks at once. Needs a checkpoint directory.
  template <class S = void, class F>
    requires PairLike<T>
  auto updateStateByKey(F update, int numPartitions = 0) const {
    return updateWith<S>(std::move(update), hashPartitioner(numPartitions), std::nullopt);
  }
  /// Starts from the state in `initialRDD`.
  template <class S = void, class F, class R>
    requires PairLike<T>
  auto updateStateByKey(F update, int numPartitions, const TypedRDD<R>& initialRDD) const {
    using State = ValueOf<typename R::Element>;
    return updateWith<State>(std::move(update), hashPartitioner(numPartitions),
                             RDD<std::pair<K, State>>(initialRDD));
  }
  template <class S = void, class F>
    requires PairLike<T>
  auto updateStateByKey(F update, KeyPartitioner partitioner) const {
    return updateWith<S>(std::move(update), std::move(partitioner), std::nullopt);
  }

  /// Keeps a value of S per key, at a cost of what changes: the function of `spec` is called once
  /// for each element of the batch. Needs a checkpoint directory.
  template <class S, class U, class F>
    requires PairLike<T>
  auto mapWithState(const StateSpec<K, V, S, U, F>& spec) const {
    using Stream = MapWithStateStream<D, S, U, F>;
    return MapWithStateDStream<Stream>(
        std::make_shared<Stream>(this->node(), spec, hashPartitioner(spec.partitions())));
  }

  KeyPartitioner hashPartitioner(int numPartitions) const
    requires PairLike<T>
  {
    return std::make_shared<HashPartitioner<K>>(this->partitionsOr(numPartitions));
  }

 private:
  template <class E, class F>
  auto joined(std::string operation, const TypedDStream<E>& other, int numPartitions, F f) const {
    return this->combined(
        std::move(operation),
        [f, n = this->partitionsOr(numPartitions)](const auto& left, const auto& right) {
          return f(left, right, n);
        },
        other, partitionsDetail(numPartitions));
  }

  template <class E>
  static std::vector<E> append(std::vector<E>&& left, const std::vector<E>& right) {
    left.insert(left.end(), right.begin(), right.end());
    return std::move(left);
  }

  template <class S, class F>
  auto updateWith(F update, KeyPartitioner partitioner, auto initial) const {
    using State = typename UpdateState<F, S>::Type;
    auto full = [update = std::move(update)](Time time, const K& key, std::vector<V>&& values,
                                             std::optional<State>&& state) -> std::optional<State> {
      if constexpr (std::is_invocable_v<const F&, std::vector<V>, std::optional<State>>) {
        return update(std::move(values), std::move(state));
      } else {
        return update(time, key, std::move(values), std::move(state));
      }
    };
    using Stream = UpdateStateStream<D, State, decltype(full)>;
    std::optional<RDD<std::pair<K, State>>> initialState;
    if constexpr (!std::is_same_v<decltype(initial), std::nullopt_t>) initialState = initial;
    return makeStream<Stream>(this->node(), std::move(full), std::move(partitioner),
                              std::move(initialState));
  }
};

}  // namespace spate
