#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "spate/rdd/Node.h"
#include "spate/rdd/RddContext.h"
#include "spate/rdd/Scheduler.h"
#include "spate/types/HashMap.h"

namespace spate {

/// The output of a shuffle's map tasks: for each map task and each reducer a run of pairs.
template <class K, class C>
class ShuffleOutput {
 public:
  using Bucket = std::vector<std::pair<K, C>>;

  void start(int mapTasks) { runs_.assign(static_cast<size_t>(mapTasks), {}); }
  void set(int mapTask, std::vector<Bucket> buckets) {
    runs_[static_cast<size_t>(mapTask)] = std::move(buckets);
  }
  int mapTasks() const { return static_cast<int>(runs_.size()); }
  const Bucket& bucket(int mapTask, int reducer) const {
    return runs_[static_cast<size_t>(mapTask)][static_cast<size_t>(reducer)];
  }

 private:
  std::vector<std::vector<Bucket>> runs_;
};

/// How values become combined ones: Spark's Aggregator. The combiner so far is passed to the
/// functions as an rvalue, so that a container can grow in place.
template <class Create, class MergeValue, class MergeCombiners>
struct Aggregator {
  Create createCombiner;
  MergeValue mergeValue;
  MergeCombiners mergeCombiners;
};

/// Keys of T, as they are stored.
template <class T>
using KeyOf = Owned<std::remove_cvref_t<decltype(std::declval<T>().first)>>;
template <class T>
using ValueOf = Owned<std::remove_cvref_t<decltype(std::declval<T>().second)>>;

template <class Create, class T>
using CombinerOf =
    std::remove_cvref_t<std::invoke_result_t<Create&, const std::remove_cvref_t<decltype(
                                                          std::declval<T>().second)>&>>;

/// A shuffle that combines the values of a key on the map side. P is the concrete node of the
/// input, so the map tasks' loop holds the whole chain before the shuffle. A key that is a view is
/// looked up as it is and copied only when it is new.
template <class P, class Agg, class C>
class CombiningShuffle final : public ShuffleBase {
 public:
  using K = KeyOf<typename P::Element>;

  CombiningShuffle(std::shared_ptr<P> input, std::shared_ptr<const Agg> aggregator,
                   std::shared_ptr<const Partitioner<K>> partitioner, std::string operation)
      : ShuffleBase(input->context()->nextShuffleId()),
        input_(std::move(input)),
        aggregator_(std::move(aggregator)),
        partitioner_(std::move(partitioner)),
        operation_(std::move(operation)) {}

  std::shared_ptr<NodeBase> input() const override { return input_; }
  const std::string& operationName() const { return operation_; }
  void startMapTasks(int mapTasks) override { output_.start(mapTasks); }

  void runMapTask(int split, TaskContext& task) override {
    HashMap<K, C> table;
    iterate(*input_, split, task, [&](auto&& pair) {
      const auto found = table.find(pair.first);
      callUser(*this, [&] {
        if (found == table.end()) {
          table.emplace(toOwned(pair.first), aggregator_->createCombiner(pair.second));
        } else {
          found->second = aggregator_->mergeValue(std::move(found->second), pair.second);
        }
      });
      return true;
    });
    output_.set(split, distribute(std::move(table)));
  }

  const ShuffleOutput<K, C>& output() const { return output_; }

 private:
  std::vector<typename ShuffleOutput<K, C>::Bucket> distribute(HashMap<K, C> table) {
    const int reducers = partitioner_->numPartitions();
    std::vector<typename ShuffleOutput<K, C>::Bucket> buckets(static_cast<size_t>(reducers));
    for (auto& bucket : buckets) bucket.reserve(table.size() / buckets.size() + 1);
    for (auto& [key, combined] : table) {
      const int reducer = reducers == 1 ? 0 : partitioner_->getPartition(key);
      // A map's key is const; the table is about to go, so nobody sees it moved from.
      buckets[static_cast<size_t>(reducer)].emplace_back(std::move(const_cast<K&>(key)),
                                                         std::move(combined));
    }
    return buckets;
  }

  std::shared_ptr<P> input_;
  std::shared_ptr<const Agg> aggregator_;
  std::shared_ptr<const Partitioner<K>> partitioner_;
  std::string operation_;
  ShuffleOutput<K, C> output_;
};

/// A shuffle that only moves pairs to their partitions.
template <class P>
class MovingShuffle final : public ShuffleBase {
 public:
  using K = KeyOf<typename P::Element>;
  using V = ValueOf<typename P::Element>;

  MovingShuffle(std::shared_ptr<P> input, std::shared_ptr<const Partitioner<K>> partitioner)
      : ShuffleBase(input->context()->nextShuffleId()),
        input_(std::move(input)),
        partitioner_(std::move(partitioner)) {}

  std::shared_ptr<NodeBase> input() const override { return input_; }
  void startMapTasks(int mapTasks) override { output_.start(mapTasks); }

  void runMapTask(int split, TaskContext& task) override {
    std::vector<typename ShuffleOutput<K, V>::Bucket> buckets(
        static_cast<size_t>(partitioner_->numPartitions()));
    iterate(*input_, split, task, [&](auto&& pair) {
      K key = toOwned(std::forward<decltype(pair)>(pair).first);
      const int reducer = partitioner_->getPartition(key);
      buckets[static_cast<size_t>(reducer)].emplace_back(
          std::move(key), toOwned(std::forward<decltype(pair)>(pair).second));
      return true;
    });
    output_.set(split, std::move(buckets));
  }

  const ShuffleOutput<K, V>& output() const { return output_; }

 private:
  std::shared_ptr<P> input_;
  std::shared_ptr<const Partitioner<K>> partitioner_;
  ShuffleOutput<K, V> output_;
};

/// Reads a combining shuffle: merges the combiners of each key over the map tasks.
template <class K, class C, class Shuffle, class Agg>
class CombinedNode final : public Node<std::pair<K, C>> {
 public:
  using T = std::pair<K, C>;

  CombinedNode(std::shared_ptr<RddContext> context, std::shared_ptr<Shuffle> shuffle,
               std::shared_ptr<const Agg> aggregator,
               std::shared_ptr<const Partitioner<K>> partitioner, std::string operation)
      : Node<T>(std::move(context), std::move(operation), "ShuffledRDD"),
        shuffle_(std::move(shuffle)),
        aggregator_(std::move(aggregator)),
        partitioner_(std::move(partitioner)) {}

  int numPartitions() const override { return partitioner_->numPartitions(); }
  std::vector<std::shared_ptr<ShuffleBase>> shuffles() const override { return {shuffle_}; }
  std::shared_ptr<const PartitionerBase> partitioner() const override { return partitioner_; }

  template <class Sink>
  bool compute(int split, TaskContext&, Sink&& sink) {
    const ShuffleOutput<K, C>& output = shuffle_->output();
    if (output.mapTasks() == 1) {
      for (const T& pair : output.bucket(0, split)) {
        if (!sink(pair)) return false;
      }
      return true;
    }
    HashMap<K, C> table;
    for (int mapTask = 0; mapTask < output.mapTasks(); ++mapTask) {
      const auto& bucket = output.bucket(mapTask, split);
      if (mapTask == 0) table.reserve(bucket.size());
      for (const auto& [key, combined] : bucket) {
        const auto [at, isNew] = table.try_emplace(key, combined);
        if (isNew) continue;
        callUser(*this, [&] {
          at->second = aggregator_->mergeCombiners(std::move(at->second), combined);
        });
      }
    }
    for (auto& [key, combined] : table) {
      if (!sink(T(std::move(const_cast<K&>(key)), std::move(combined)))) return false;
    }
    return true;
  }
  void computeChunks(int split, TaskContext& task, ChunkSink<T> sink) override {
    computeIntoChunks<T>(*this, split, task, sink);
  }

 private:
  std::shared_ptr<Shuffle> shuffle_;
  std::shared_ptr<const Agg> aggregator_;
  std::shared_ptr<const Partitioner<K>> partitioner_;
};

/// Reads a moving shuffle.
template <class K, class V, class Shuffle>
class ShuffledNode final : public Node<std::pair<K, V>> {
 public:
  using T = std::pair<K, V>;

  ShuffledNode(std::shared_ptr<RddContext> context, std::shared_ptr<Shuffle> shuffle,
               std::shared_ptr<const Partitioner<K>> partitioner, std::string operation)
      : Node<T>(std::move(context), std::move(operation), "ShuffledRDD"),
        shuffle_(std::move(shuffle)),
        partitioner_(std::move(partitioner)) {}

  int numPartitions() const override { return partitioner_->numPartitions(); }
  std::vector<std::shared_ptr<ShuffleBase>> shuffles() const override { return {shuffle_}; }
  std::shared_ptr<const PartitionerBase> partitioner() const override { return partitioner_; }

  template <class Sink>
  bool compute(int split, TaskContext&, Sink&& sink) {
    const ShuffleOutput<K, V>& output = shuffle_->output();
    for (int mapTask = 0; mapTask < output.mapTasks(); ++mapTask) {
      for (const T& pair : output.bucket(mapTask, split)) {
        if (!sink(pair)) return false;
      }
    }
    return true;
  }
  void computeChunks(int split, TaskContext& task, ChunkSink<T> sink) override {
    computeIntoChunks<T>(*this, split, task, sink);
  }

 private:
  std::shared_ptr<Shuffle> shuffle_;
  std::shared_ptr<const Partitioner<K>> partitioner_;
};

}  // namespace spate
