#pragma once

#include <type_traits>
#include <utility>
#include <vector>

#include "spate/dstream/StreamHandle.h"

namespace spate {

/// The transformations of any DStream. Each makes a stream in the graph; they are refused once the
/// context has started. Functions: as for RDD's of the same name.
template <class D>
class StreamTransformations : public StreamHandle<D> {
 public:
  using T = typename D::Element;
  using StreamHandle<D>::StreamHandle;

  template <class F>
  auto map(F f) const {
    return this->perBatch("map", [f = std::move(f)](const auto& rdd) { return rdd.map(f); });
  }
  template <class F>
  auto flatMap(F f) const {
    return this->perBatch("flatMap",
                          [f = std::move(f)](const auto& rdd) { return rdd.flatMap(f); });
  }
  template <class F>
  auto filter(F f) const {
    return this->perBatch("filter", [f = std::move(f)](const auto& rdd) { return rdd.filter(f); });
  }
  template <class F>
  auto mapPartitions(F f, bool preservesPartitioning = false) const {
    return this->perBatch("mapPartitions",
                          [f = std::move(f), preservesPartitioning](const auto& rdd) {
                            return rdd.mapPartitions(f, preservesPartitioning);
                          });
  }
  template <class F>
  auto mapPartitionsWithIndex(F f, bool preservesPartitioning = false) const {
    return this->perBatch("mapPartitionsWithIndex",
                          [f = std::move(f), preservesPartitioning](const auto& rdd) {
                            return rdd.mapPartitionsWithIndex(f, preservesPartitioning);
                          });
  }
  auto glom() const {
    return this->perBatch("glom", [](const auto& rdd) { return rdd.glom(); });
  }
  auto repartition(int numPartitions) const {
    return this->perBatch(
        "repartition", [numPartitions](const auto& rdd) { return rdd.repartition(numPartitions); },
        partitionsDetail(numPartitions));
  }

  DStream<T> union_(const DStream<T>& other) const {
    return makeStream<UnionStream<T>>(
        std::vector<std::shared_ptr<StreamNode<T>>>{this->erasedNode(), other.node()});
  }

  /// f(rdd) or f(rdd, Time) -> rdd, called by the driver once per batch. The rdd comes as the
  /// class it has (take it as `auto` to keep one loop) and converts to RDD<T>.
  template <class F>
  auto transform(F f) const {
    using Rdd = TypedRDD<typename D::RddNode>;
    if constexpr (std::is_invocable_v<F&, Rdd, Time>) {
      return makeStream<PerBatchStream<D, F>>(this->node(), std::move(f), "transform");
    } else {
      return this->perBatch("transform", std::move(f));
    }
  }

  /// f(rdd, otherRdd) or f(rdd, otherRdd, Time) -> rdd.
  template <class F, class E>
  auto transformWith(F f, const TypedDStream<E>& other) const {
    return combined("transformWith", std::move(f), other);
  }
  /// The same in Scala's order of arguments.
  template <class E, class F>
  auto transformWith(const TypedDStream<E>& other, F f) const {
    return combined("transformWith", std::move(f), other);
  }

  /// The RDDs of the times from `from` to `to`, both rounded down to the batch grid as Spark does.
  /// For use inside a batch (foreachRDD, transform), for times still remembered.
  std::vector<RDD<T>> slice(Time from, Time to) const;

  DStream<T> window(Duration windowDuration) const {
    return window(windowDuration, this->slideDuration());
  }
  DStream<T> window(Duration windowDuration, Duration slideDuration) const {
    return makeStream<WindowedStream<T>>(this->erasedNode(), windowDuration, slideDuration);
  }

  /// One element per batch, 0 for an empty one: how many elements the batch has.
  auto count() const {
    return this->perBatch("count", [](const auto& rdd) {
      auto counts = rdd.mapPartitions([](auto elements) {
        return std::vector<std::pair<char, int64_t>>{{0, static_cast<int64_t>(elements.size())}};
      });
      auto zero = makeRdd<ParallelCollectionNode<std::pair<char, int64_t>>>(
          rdd.context(), std::vector<std::pair<char, int64_t>>{{0, 0}}, 1);
      return counts.union_(zero).reduceByKey(std::plus<>(), 1).values();
    });
  }

  /// (value, how often) of each batch.
  auto countByValue(int numPartitions = 0) const {
    return this->perBatch(
        "countByValue",
        [n = this->partitionsOr(numPartitions)](const auto& rdd) {
          return rdd.map(pairedWithOne()).reduceByKey(std::plus<>(), n);
        },
        partitionsDetail(numPartitions));
  }

  /// At most one element per batch: all of it, reduced. f must be associative.
  template <class F>
  auto reduce(F f) const {
    return this->perBatch("reduce", [f = std::move(f)](const auto& rdd) {
      return rdd
          .map([](auto&& value) {
            return std::pair<char, std::remove_cvref_t<decltype(value)>>(
                0, std::forward<decltype(value)>(value));
          })
          .reduceByKey(f, 1)
          .values();
    });
  }

  /// reduce(f) over the batches of a window.
  template <class F>
  auto reduceByWindow(F f, Duration windowDuration, Duration slideDuration) const {
    return reduce(f).window(windowDuration, slideDuration).reduce(f);
  }
  /// The same, kept up to date: inverse(window, left) takes off what left. Needs a checkpoint
  /// directory.
  template <class F, class I>
  auto reduceByWindow(F f, I inverse, Duration windowDuration, Duration slideDuration) const {
    return map([](auto&& value) {
             return std::pair<int, Owned<decltype(value)>>(
                 1, toOwned(std::forward<decltype(value)>(value)));
           })
        .reduceByKeyAndWindow(f, inverse, windowDuration, slideDuration, 1)
        .map([](auto&& pair) { return std::forward<decltype(pair)>(pair).second; });
  }

  /// One element per slide: how many elements the window has. Needs a checkpoint directory.
  auto countByWindow(Duration windowDuration, Duration slideDuration) const {
    return map([](const auto&) { return int64_t{1}; })
        .reduceByWindow(std::plus<>(), std::minus<>(), windowDuration, slideDuration);
  }

  /// (value, how often) over a window. Needs a checkpoint directory.
  auto countByValueAndWindow(Duration windowDuration, Duration slideDuration,
                             int numPartitions = 0) const {
    return map(pairedWithOne())
        .reduceByKeyAndWindow(std::plus<>(), std::minus<>(), windowDuration, slideDuration,
                              numPartitions,
                              [](const auto& counted) { return counted.second != 0; });
  }

  DStream<T> cache() const { return persist(StorageLevel::MEMORY_ONLY_SER); }
  /// MEMORY_ONLY_SER is Spark's default for DStreams.
  DStream<T> persist(StorageLevel level = StorageLevel::MEMORY_ONLY_SER) const {
    this->node()->persist(level);
    return this->self();
  }
  /// Writes this stream's RDDs to the checkpoint directory every `interval`, which must be a
  /// multiple of the slide.
  DStream<T> checkpoint(Duration interval) const {
    this->node()->checkpoint(interval);
    return this->self();
  }

 protected:
  /// Spark's default for DStreams: spark.default.parallelism, whatever the parent has.
  int partitionsOr(int asked) const {
    return asked > 0 ? asked : this->node()->rddContext()->defaultParallelism();
  }

  static auto pairedWithOne() {
    return [](auto&& value) {
      return std::pair<std::remove_cvref_t<decltype(value)>, int64_t>(
          std::forward<decltype(value)>(value), 1);
    };
  }

  /// f(rdd, otherRdd[, Time]) over the same batch of two streams.
  template <class F, class E>
  auto combined(std::string operation, F f, const TypedDStream<E>& other,
                std::string details = {}) const {
    using Left = TypedRDD<typename D::RddNode>;
    using Right = TypedRDD<typename E::RddNode>;
    if constexpr (std::is_invocable_v<F&, Left, Right, Time>) {
      return makeStream<CombinedStream<F, D, E>>(std::move(operation), std::move(details),
                                                 std::move(f), this->node(), other.node());
    } else {
      auto function = [f = std::move(f)](auto left, auto right, Time) {
        return f(std::move(left), std::move(right));
      };
      return makeStream<CombinedStream<decltype(function), D, E>>(
          std::move(operation), std::move(details), std::move(function), this->node(),
          other.node());
    }
  }
};

}  // namespace spate
