#pragma once

#include <map>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "spate/rdd/Checkpoint.h"
#include "spate/rdd/PersistedPartitions.h"
#include "spate/rdd/PipedNode.h"
#include "spate/rdd/RddHandle.h"
#include "spate/rdd/SampledNodes.h"
#include "spate/rdd/Shuffle.h"
#include "spate/rdd/ZippedNodes.h"

namespace spate {

/// The placing of repartition: a task deals its elements out in turn, from a start of its own.
struct DealOut {
  int partitions;

  int numPartitions() const { return partitions; }
  auto forTask(int split) const {
    const auto start = stableHash(split) % static_cast<uint64_t>(partitions);
    return [next = static_cast<int>(start), n = partitions](const auto&) mutable {
      next = next + 1 == n ? 0 : next + 1;
      return next;
    };
  }
};

/// The transformations of any RDD. Lazy: they make a node and return its RDD. (zipWithIndex and
/// sortBy run a small job at once, as in Spark.)
///
/// A function given here may take its argument by value, const reference or rvalue; one that
/// throws fails the task with its message and the operation's name. numPartitions 0 means Spark's
/// default.
template <class N>
class RddTransformations : public RddHandle<N> {
 public:
  using T = typename N::Element;
  using RddHandle<N>::RddHandle;

  /// f(element) -> U.
  template <class F>
  auto map(F f) const {
    return mapAs("map", std::move(f));
  }

  /// f(element) -> any range of U (a container or a lazy view), or std::optional<U>.
  template <class F>
  auto flatMap(F f) const {
    return makeRdd<FlatMapNode<N, F>>(this->node(), std::move(f), "flatMap");
  }

  /// The elements for which f(element) is true.
  template <class F>
  auto filter(F f) const {
    return makeRdd<FilterNode<N, F>>(this->node(), std::move(f), "filter");
  }

  /// f(Iterator<T>) -> any range of U, once per partition.
  template <class F>
  auto mapPartitions(F f, bool preservesPartitioning = false) const {
    return mapPartitionsAs("mapPartitions", std::move(f), preservesPartitioning);
  }

  /// f(int split, Iterator<T>) -> any range of U, once per partition.
  template <class F>
  auto mapPartitionsWithIndex(F f, bool preservesPartitioning = false) const {
    return makeRdd<MapPartitionsNode<N, F>>(this->node(), std::move(f), "mapPartitionsWithIndex",
                                            preservesPartitioning);
  }

  /// Each partition as one vector.
  auto glom() const {
    return mapPartitionsAs(
        "glom",
        [](Iterator<Owned<T>> elements) {
          std::vector<std::vector<Owned<T>>> all;
          all.push_back(std::move(elements).toVector());
          return all;
        },
        false);
  }

  /// (f(element), element).
  template <class F>
  auto keyBy(F f) const {
    return mapAs("keyBy",
                 [f = std::move(f)](const T& element) { return std::pair(f(element), element); });
  }

  /// (f(element), all elements with that key).
  template <class F>
  auto groupBy(F f, int numPartitions = 0) const {
    auto keyed = mapAs(
        "groupBy", [f = std::move(f)](const T& element) { return std::pair(f(element), element); });
    return keyed.groupByKeyWith(keyed.partitionerOr(numPartitions), "groupBy");
  }

  /// Each value once; the elements need a stable hash (spate/types/Hash.h) and ==.
  auto distinct(int numPartitions = 0) const {
    auto keyed = mapAs("distinct", [](auto&& element) {
      return std::pair<Element<decltype(element)>, std::monostate>(
          std::forward<decltype(element)>(element), std::monostate());
    });
    const auto keepFirst = [](const auto&, const auto&) { return std::monostate(); };
    return keyed
        .combineByKeyWith([](const auto&) { return std::monostate(); }, keepFirst, keepFirst,
                          keyed.partitionerOr(numPartitions), "distinct")
        .mapAs("distinct", [](auto&& pair) { return std::forward<decltype(pair)>(pair).first; });
  }

  /// About `fraction` of the elements; with replacement an element comes `fraction` times on
  /// average.
  RDD<T> sample(bool withReplacement, double fraction, int64_t seed = randomSeed()) const {
    if (fraction < 0 || (!withReplacement && fraction > 1))
      throw IllegalArgumentException("requirement failed: Fraction must be " +
                                     std::string(withReplacement ? "nonnegative" : "in [0, 1]") +
                                     ", but got " + scalaString(fraction));
    if (withReplacement)
      return makeRdd<SampledNode<N, PoissonSampler>>(this->node(), PoissonSampler{fraction}, seed,
                                                     "sample");
    return makeRdd<SampledNode<N, BernoulliSampler>>(this->node(), BernoulliSampler{0, fraction},
                                                     seed, "sample");
  }

  /// Splits by weights: each element is in exactly one of the results.
  std::vector<RDD<T>> randomSplit(const std::vector<double>& weights,
                                  int64_t seed = randomSeed()) const {
    double sum = 0;
    bool anyNegative = false;
    for (const double weight : weights) {
      anyNegative = anyNegative || weight < 0;
      sum += weight;
    }
    if (anyNegative || !(sum > 0))
      throw IllegalArgumentException(
          std::string("requirement failed: ") +
          (anyNegative ? "Weights must be nonnegative" : "Sum of weights must be positive") +
          ", but got " + scalaString(weights));
    std::vector<RDD<T>> splits;
    double upTo = 0;
    for (size_t i = 0; i < weights.size(); ++i) {
      const double from = upTo / sum;
      upTo += weights[i];
      const double to = i + 1 == weights.size() ? 1.0 : upTo / sum;
      splits.push_back(makeRdd<SampledNode<N, BernoulliSampler>>(
          this->node(), BernoulliSampler{from, to}, seed, "randomSplit"));
    }
    return splits;
  }

  /// Spark's union, ++ and +: `union` is a word of C++.
  RDD<T> union_(const RDD<T>& other) const {
    return makeRdd<UnionNode<T>>(std::vector<std::shared_ptr<Node<T>>>{this->node(), other.node()});
  }
  RDD<T> operator+(const RDD<T>& other) const { return union_(other); }

  /// The values that are in both, each once.
  auto intersection(const RDD<T>& other, int numPartitions = 0) const {
    return marked("intersection")
        .cogroup(other.marked("intersection"), numPartitions)
        .filter([](const auto& groups) {
          return !groups.second.first.empty() && !groups.second.second.empty();
        })
        .mapAs("intersection",
               [](auto&& groups) { return std::forward<decltype(groups)>(groups).first; });
  }

  /// The elements whose value is not in `other`; repeated ones stay repeated.
  auto subtract(const RDD<T>& other, int numPartitions = 0) const {
    return marked("subtract")
        .subtractByKey(other.marked("subtract"), numPartitions)
        .mapAs("subtract", [](auto&& pair) { return std::forward<decltype(pair)>(pair).first; });
  }

  /// Every pair of an element here and one there.
  template <class M>
  auto cartesian(const TypedRDD<M>& other) const {
    return makeRdd<CartesianNode<N, M>>(this->node(), other.node());
  }

  /// The i-th elements of both; they must have equally many partitions, and elements in each.
  template <class M>
  auto zip(const TypedRDD<M>& other) const {
    return makeRdd<ZippedNode<N, M>>(this->node(), other.node());
  }

  /// f(Iterator<T>, Iterator<U>) -> a range, once per pair of partitions.
  template <class M, class F>
  auto zipPartitions(const TypedRDD<M>& other, F f, bool preservesPartitioning = false) const {
    return makeRdd<ZipPartitionsNode<N, M, F>>(this->node(), other.node(), std::move(f),
                                               preservesPartitioning);
  }

  /// (element, its index): runs a job for the sizes when there are several partitions.
  auto zipWithIndex() const {
    std::vector<int64_t> starts(static_cast<size_t>(this->getNumPartitions()));
    if (starts.size() > 1) {
      std::vector<int> splits(starts.size() - 1);
      for (size_t i = 0; i < splits.size(); ++i) splits[i] = static_cast<int>(i);
      const auto count = [&](TaskContext& task, size_t index) {
        int64_t size = 0;
        iterate(*this->node(), task.partitionId(), task, [&](auto&&) {
          ++size;
          return true;
        });
        starts[index + 1] = size;
      };
      this->context()->scheduler().run(*this->node(), splits, "zipWithIndex", count);
      for (size_t i = 1; i < starts.size(); ++i) starts[i] += starts[i - 1];
    }
    return numbered("zipWithIndex", [starts = std::move(starts)](int split) {
      return std::pair<int64_t, int64_t>(starts[static_cast<size_t>(split)], 1);
    });
  }

  /// (element, a number that no other has): k, n+k, 2n+k, ... in partition k of n. No job.
  auto zipWithUniqueId() const {
    return numbered("zipWithUniqueId", [n = this->getNumPartitions()](int split) {
      return std::pair<int64_t, int64_t>(split, n);
    });
  }

  /// Fewer partitions: neighbours are read by one task. With `shuffle`, any number of them, and
  /// the elements are dealt out evenly.
  RDD<T> coalesce(int numPartitions, bool shuffle = false) const {
    return coalesceAs("coalesce", numPartitions, shuffle);
  }
  /// Deals the elements out over exactly `numPartitions` partitions.
  RDD<T> repartition(int numPartitions) const {
    return coalesceAs("repartition", numPartitions, true);
  }

  /// By f(element); equal ones keep their order. Runs a job that samples the keys.
  template <class F>
  auto sortBy(F f, bool ascending = true, int numPartitions = 0) const {
    return mapAs("sortBy",
                 [f = std::move(f)](auto&& element) {
                   auto key = f(std::as_const(element));
                   return std::pair<decltype(key), Element<decltype(element)>>(
                       std::move(key), std::forward<decltype(element)>(element));
                 })
        .sortByKey(ascending, numPartitions > 0 ? numPartitions : this->getNumPartitions())
        .mapAs("sortBy", [](auto&& pair) { return std::forward<decltype(pair)>(pair).second; });
  }

  /// Each partition as lines through a process; its lines of output. A command in one text is
  /// split at white space. `env` is added to the environment.
  auto pipe(const std::string& command, std::map<std::string, std::string> env = {}) const {
    return pipe(commandWords(command), std::move(env));
  }
  auto pipe(std::vector<std::string> command, std::map<std::string, std::string> env = {}) const {
    return makeRdd<PipedNode<N>>(this->node(), std::move(command), std::move(env));
  }

  RDD<T> cache() const { return persist(StorageLevel::MEMORY_ONLY); }

  /// Keeps the partitions, as Owned<T>, from the next job on. Throws
  /// SparkUnsupportedOperationException when another level was set before, or when the level needs
  /// bytes and the type has no Codec.
  RDD<T> persist(StorageLevel level = StorageLevel::MEMORY_ONLY) const {
    const N& node = *this->node();
    checkStorageLevel(level, Encodable<Owned<T>>, node.operationName());
    this->node()->persistIn(level,
                            [&] { return PersistedPartitions<Owned<T>>::make(node, level); });
    return this->self();
  }

  RDD<T> unpersist(bool blocking = false) const {
    static_cast<void>(blocking);  // it always is
    this->node()->unpersist();
    return this->self();
  }

  /// Behind the next job on this RDD, writes it under the checkpoint directory and forgets what it
  /// was computed from. Persist it first, or it is computed twice.
  void checkpoint() const {
    if (this->context()->checkpointDirectory().empty())
      throw SparkException("Checkpoint directory has not been set in the SparkContext");
    if constexpr (Encodable<Owned<T>>) {
      Node<T>* node = this->node().get();
      const std::string directory =
          joinPath(this->context()->checkpointDirectory(), "rdd-" + std::to_string(this->id()));
      this->node()->requestCheckpoint(
          [node, directory] { return writeCheckpoint<T>(*node, directory); });
    } else {
      throw SparkUnsupportedOperationException(
          "Cannot checkpoint " + this->node()->operationName() +
          ": the type of its elements has no spate::Codec (see spate/types/CodecTrait.h)");
    }
  }

  /// The same without the safety of files: the partitions are kept in memory and, where their type
  /// has a Codec, on disk when memory is short.
  RDD<T> localCheckpoint() const {
    Node<T>* node = this->node().get();
    this->node()->requestCheckpoint([node] { return keepPartitions(*node); });
    return this->self();
  }

  // For the operations of the rooms above, which are shown by names of their own.

  /// map under another name.
  template <class F>
  auto mapAs(std::string operation, F f) const {
    return makeRdd<MapNode<N, F>>(this->node(), std::move(f), std::move(operation));
  }
  template <class F>
  auto mapPartitionsAs(std::string operation, F f, bool preservesPartitioning) const {
    auto withIndex = [f = std::move(f)](int, Iterator<Owned<T>> elements) {
      return f(std::move(elements));
    };
    return makeRdd<MapPartitionsNode<N, decltype(withIndex)>>(
        this->node(), std::move(withIndex), std::move(operation), preservesPartitioning);
  }
  /// (element, nothing): how set operations see elements as keys.
  auto marked(std::string operation) const {
    return mapAs(std::move(operation), [](auto&& element) {
      return std::pair<Element<decltype(element)>, std::monostate>(
          std::forward<decltype(element)>(element), std::monostate());
    });
  }

 private:
  template <class E>
  using Element = std::remove_cvref_t<E>;

  /// (element, start + i * step) where f(split) -> (start, step).
  template <class F>
  auto numbered(std::string operation, F f) const {
    auto number = [f = std::move(f)](int split, Iterator<Owned<T>> elements) {
      auto [next, step] = f(split);
      std::vector<std::pair<Owned<T>, int64_t>> all;
      all.reserve(elements.size());
      while (elements.hasNext()) {
        all.emplace_back(elements.next(), next);
        next += step;
      }
      return all;
    };
    return makeRdd<MapPartitionsNode<N, decltype(number)>>(this->node(), std::move(number),
                                                           std::move(operation), false);
  }

  RDD<T> coalesceAs(const std::string& operation, int numPartitions, bool shuffle) const {
    if (numPartitions <= 0)
      throw IllegalArgumentException("requirement failed: Number of partitions (" +
                                     std::to_string(numPartitions) + ") must be positive.");
    if (!shuffle) return makeRdd<CoalescedNode<T>>(this->erasedNode(), numPartitions);
    using U = Owned<T>;
    auto moving = std::make_shared<MovingShuffle<N, DealOut>>(this->node(), DealOut{numPartitions},
                                                              operation);
    auto dealt = makeRdd<ShuffledNode<U>>(this->context(), std::move(moving), numPartitions,
                                          nullptr, operation);
    if constexpr (isView<T>)
      return dealt.mapAs(operation, [](const U& element) { return T(element); });
    else
      return dealt;
  }

  static std::shared_ptr<StorageBase> keepPartitions(Node<T>& node) {
    using U = Owned<T>;
    const StorageLevel level =
        Encodable<U> ? StorageLevel::MEMORY_AND_DISK : StorageLevel::MEMORY_ONLY;
    auto kept = PersistedPartitions<U>::make(node, level);
    kept->keep(true);
    runOnAllPartitions(node, "localCheckpoint", [&](TaskContext& task, size_t) {
      kept->put(task.partitionId(), gatherPartition(node, task.partitionId(), task));
    });
    if (!kept->isComplete())
      throw SparkException("localCheckpoint of " + node.operationName() +
                           ": the partitions do not fit into memory, and their type has no "
                           "spate::Codec to write them to disk");
    return kept;
  }
};

}  // namespace spate
