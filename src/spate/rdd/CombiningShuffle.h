#pragma once

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "spate/rdd/Shuffle.h"
#include "spate/types/HashMap.h"

namespace spate {

/// How values become combined ones: Spark's Aggregator. The combiner so far is passed to the
/// functions as an rvalue, so that a container can grow in place.
template <class Create, class MergeValue, class MergeCombiners>
struct Aggregator {
  Create createCombiner;
  MergeValue mergeValue;
  MergeCombiners mergeCombiners;
};

template <class Create, class T>
using CombinerOf = std::remove_cvref_t<
    std::invoke_result_t<Create&, const std::remove_cvref_t<decltype(std::declval<T>().second)>&>>;

/// One map task's table of combined values, which knows when it has become too large.
///
/// The check is cheap enough for the hot loop: one count per new key (per value, where combined
/// values may grow), and a walk over the table only when it may have doubled since the last one.
template <class K, class C>
class CombiningTable {
 public:
  explicit CombiningTable(int64_t budget) : budget_(static_cast<size_t>(budget)) {}

  HashMap<K, C>& map() { return map_; }

  /// After a new key (true) or a value merged into a known one (false). Gives true when the table
  /// is over its budget.
  bool isFullAfter(bool newKey) {
    if (newKey) return ++counted_ >= nextLook_ && look();
    if constexpr (!std::is_trivially_copyable_v<C>) return ++counted_ >= nextLook_ && look();
    return false;
  }
  void clear() {
    map_ = HashMap<K, C>();
    counted_ = 0;
    nextLook_ = kLookEvery;
  }

 private:
  static constexpr size_t kLookEvery = 1024;

  bool look() {
    // Slots of the open table: a byte of metadata each, and up to half of them empty.
    size_t bytes = map_.bucket_count() * (sizeof(std::pair<K, C>) + 1);
    if constexpr (!std::is_trivially_copyable_v<K> || !std::is_trivially_copyable_v<C>) {
      for (const auto& [key, combined] : map_) bytes += heapBytes(key) + heapBytes(combined);
    }
    if (bytes > budget_) return true;
    nextLook_ = counted_ + std::max(kLookEvery, bytes > budget_ / 2 ? counted_ / 8 : counted_);
    return false;
  }

  HashMap<K, C> map_;
  size_t budget_;
  size_t counted_ = 0;
  size_t nextLook_ = kLookEvery;
};

/// A combining shuffle as those who read it see it.
template <class K, class C>
class CombinedShuffle : public ShuffleBase {
 public:
  using Pair = std::pair<K, C>;
  using ShuffleBase::ShuffleBase;

  void startMapTasks(int mapTasks) override {
    outputs_.clear();
    outputs_.resize(static_cast<size_t>(mapTasks));
  }
  const std::vector<MapOutput<Pair>>& outputs() const { return outputs_; }
  bool hasSpilled() const {
    return std::any_of(outputs_.begin(), outputs_.end(),
                       [](const auto& output) { return output.spill != nullptr; });
  }

 protected:
  void setOutput(int split, MapOutput<Pair> output) {
    outputs_[static_cast<size_t>(split)] = std::move(output);
  }

 private:
  std::vector<MapOutput<Pair>> outputs_;
};

/// A shuffle that combines the values of a key on the map side. P is the concrete node of the
/// input, so the map tasks' loop holds the whole chain before the shuffle. A key that is a view is
/// looked up as it is and copied only when it is new.
template <class P, class Agg, class C>
class CombiningShuffle final : public CombinedShuffle<KeyOf<typename P::Element>, C> {
 public:
  using K = KeyOf<typename P::Element>;
  using Pair = std::pair<K, C>;

  CombiningShuffle(std::shared_ptr<P> input, std::shared_ptr<const Agg> aggregator,
                   std::shared_ptr<const Partitioner<K>> partitioner, std::string operation)
      : CombinedShuffle<K, C>(input->context()->nextShuffleId()),
        input_(std::move(input)),
        aggregator_(std::move(aggregator)),
        partitioner_(std::move(partitioner)),
        operation_(std::move(operation)) {}

  std::shared_ptr<NodeBase> input() const override { return input_; }
  std::string operationName() const { return operation_; }

  void runMapTask(int split, TaskContext& task) override {
    CombiningTable<K, C> table(input_->context()->shuffleMemoryPerTask());
    MapOutput<Pair> output;
    iterate(*input_, split, task, [&](auto&& pair) {
      auto& map = table.map();
      const auto found = map.find(pair.first);
      const bool isNew = found == map.end();
      callUser(*this, [&] {
        if (isNew) {
          map.emplace(toOwned(pair.first), aggregator_->createCombiner(pair.second));
        } else {
          found->second = aggregator_->mergeValue(std::move(found->second), pair.second);
        }
      });
      if (table.isFullAfter(isNew)) [[unlikely]] {
        spill(table.map(), output);
        if (output.spill) table.clear();
      }
      return true;
    });
    if (output.spill)
      spill(table.map(), output);
    else
      output.buckets = distribute(table.map());
    this->setOutput(split, std::move(output));
  }

 private:
  using Buckets = std::vector<std::vector<Pair>>;

  Buckets distribute(HashMap<K, C>& table) const {
    const int reducers = partitioner_->numPartitions();
    Buckets buckets(static_cast<size_t>(reducers));
    for (auto& bucket : buckets) bucket.reserve(table.size() / buckets.size() + 1);
    for (auto& [key, combined] : table) {
      const int reducer = reducers == 1 ? 0 : partitioner_->getPartition(key);
      // A map's key is const; the table is about to go, so nobody sees it moved from.
      buckets[static_cast<size_t>(reducer)].emplace_back(std::move(const_cast<K&>(key)),
                                                         std::move(combined));
    }
    return buckets;
  }

  void spill(HashMap<K, C>& table, MapOutput<Pair>& output) const {
    if constexpr (Encodable<K> && Encodable<C>) {
      if (!output.spill) output.spill = std::make_shared<SpillFile>(*input_->context());
      Buckets buckets = distribute(table);
      for (auto& bucket : buckets) std::sort(bucket.begin(), bucket.end(), ByKeyHash());
      spillBuckets(*output.spill, buckets);
      output.buckets = std::move(buckets);  // empty, one for each reducer
    } else {
      static_cast<void>(table);
      static_cast<void>(output);
      warnThatShuffleCannotSpill(operation_);
    }
  }

  std::shared_ptr<P> input_;
  std::shared_ptr<const Agg> aggregator_;
  std::shared_ptr<const Partitioner<K>> partitioner_;
  std::string operation_;
};

/// The combined values of each key: merged from the output of a combining shuffle or, where equal
/// keys lie in one partition of P already, combined without one.
template <class P, class Agg, class C>
class CombinedNode final : public Node<std::pair<KeyOf<typename P::Element>, C>> {
 public:
  using K = KeyOf<typename P::Element>;
  using T = std::pair<K, C>;

  /// Behind a shuffle.
  CombinedNode(std::shared_ptr<RddContext> context, std::shared_ptr<CombinedShuffle<K, C>> shuffle,
               std::shared_ptr<const Agg> aggregator,
               std::shared_ptr<const PartitionerBase> partitioner, std::string operation)
      : Node<T>(std::move(context), std::move(operation), "ShuffledRDD", readsShuffle(shuffle)),
        shuffle_(shuffle.get()),
        aggregator_(std::move(aggregator)),
        partitioner_(std::move(partitioner)) {}
  /// Without one; `parent` has a partitioner.
  CombinedNode(std::shared_ptr<P> parent, std::shared_ptr<const Agg> aggregator,
               std::string operation)
      : Node<T>(parent->context(), std::move(operation), "MapPartitionsRDD", readsFrom(parent)),
        parent_(parent.get()),
        aggregator_(std::move(aggregator)),
        partitioner_(parent->partitioner()) {}

  int numPartitions() const override { return partitioner_->numPartitions(); }
  std::shared_ptr<const PartitionerBase> partitioner() const override { return partitioner_; }

  template <class Sink>
  bool compute(int split, TaskContext& task, Sink&& sink) {
    if (parent_ != nullptr) return combineLocally(split, task, sink);
    if constexpr (Encodable<K> && Encodable<C>) {
      if (shuffle_->hasSpilled()) [[unlikely]]
        return mergeRuns(split, sink);
    }
    return mergeBuckets(static_cast<size_t>(split), sink);
  }
  void computeChunks(int split, TaskContext& task, ChunkSink<T> sink) override {
    computeIntoChunks<T>(*this, split, task, sink);
  }

 private:
  void merge(C& combined, const C& more) const {
    callUser(*this, [&] { combined = aggregator_->mergeCombiners(std::move(combined), more); });
  }

  template <class Sink>
  static bool feedTable(HashMap<K, C>& table, Sink& sink) {
    for (auto& [key, combined] : table) {
      if (!sink(T(std::move(const_cast<K&>(key)), std::move(combined)))) return false;
    }
    return true;
  }

  template <class Sink>
  bool combineLocally(int split, TaskContext& task, Sink& sink) {
    HashMap<K, C> table;
    iterate(*parent_, split, task, [&](auto&& pair) {
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
    return feedTable(table, sink);
  }

  template <class Sink>
  bool mergeBuckets(size_t reducer, Sink& sink) {
    const auto& outputs = shuffle_->outputs();
    if (outputs.size() == 1) {
      for (const T& pair : outputs[0].buckets[reducer]) {
        if (!sink(pair)) return false;
      }
      return true;
    }
    HashMap<K, C> table;
    for (const MapOutput<T>& output : outputs) {
      const auto& bucket = output.buckets[reducer];
      if (table.empty()) table.reserve(bucket.size());
      for (const auto& [key, combined] : bucket) {
        const auto [at, isNew] = table.try_emplace(key, combined);
        if (!isNew) merge(at->second, combined);
      }
    }
    return feedTable(table, sink);
  }

  /// In the memory of one frame per run and of the keys of one hash.
  template <class Sink>
  bool mergeRuns(int split, Sink& sink) {
    std::vector<HashOrderedRun<T>> runs;
    for (const MapOutput<T>& output : shuffle_->outputs()) {
      if (!output.spill)
        runs.emplace_back(output.buckets[static_cast<size_t>(split)]);
      else
        for (size_t run = 0; run < output.spill->runs(); ++run)
          runs.emplace_back(output.spill->section(run, split));
    }
    // The smallest hash on top and, of equal ones, the earliest run: values keep their order.
    using Entry = std::pair<uint64_t, size_t>;
    std::vector<Entry> heap;
    for (size_t i = 0; i < runs.size(); ++i) {
      if (!runs[i].isAtEnd()) heap.emplace_back(runs[i].hash(), i);
    }
    std::make_heap(heap.begin(), heap.end(), std::greater<>());
    std::vector<T> sameHash;
    while (!heap.empty()) {
      const uint64_t hash = heap.front().first;
      sameHash.clear();
      while (!heap.empty() && heap.front().first == hash) {
        std::pop_heap(heap.begin(), heap.end(), std::greater<>());
        HashOrderedRun<T>& run = runs[heap.back().second];
        while (!run.isAtEnd() && run.hash() == hash) add(sameHash, run.take());
        if (run.isAtEnd()) {
          heap.pop_back();
        } else {
          heap.back().first = run.hash();
          std::push_heap(heap.begin(), heap.end(), std::greater<>());
        }
      }
      for (T& pair : sameHash) {
        if (!sink(std::move(pair))) return false;
      }
    }
    return true;
  }
  void add(std::vector<T>& sameHash, T pair) const {
    for (T& known : sameHash) {
      if (StableEqual()(known.first, pair.first)) return merge(known.second, pair.second);
    }
    sameHash.push_back(std::move(pair));
  }

  /// One of the two is null.
  P* parent_ = nullptr;
  CombinedShuffle<K, C>* shuffle_ = nullptr;
  std::shared_ptr<const Agg> aggregator_;
  std::shared_ptr<const PartitionerBase> partitioner_;
};

}  // namespace spate
