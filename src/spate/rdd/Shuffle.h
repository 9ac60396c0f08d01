#pragma once

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "spate/rdd/Node.h"
#include "spate/rdd/RddContext.h"
#include "spate/rdd/Scheduler.h"
#include "spate/rdd/SpillFile.h"
#include "spate/state/HeapBytes.h"

namespace spate {

/// Stands for the key and the value of an element that is no pair, so that the operations on pairs
/// can be declared for every RDD.
struct NotAPair {};

template <class T>
struct PairParts {
  using Key = NotAPair;
  using Value = NotAPair;
};
template <class T>
  requires requires(T pair) {
    pair.first;
    pair.second;
  }
struct PairParts<T> {
  using Key = Owned<decltype(std::declval<T>().first)>;
  using Value = Owned<decltype(std::declval<T>().second)>;
};

/// Keys and values of T, as they are stored.
template <class T>
using KeyOf = typename PairParts<T>::Key;
template <class T>
using ValueOf = typename PairParts<T>::Value;

/// A shuffle that only moves elements of T (owned), as those who read it see it.
template <class T>
class ElementShuffle : public ShuffleBase {
 public:
  using ShuffleBase::ShuffleBase;

  void startMapTasks(int mapTasks) override {
    outputs_.clear();
    outputs_.resize(static_cast<size_t>(mapTasks));
  }

  /// Hands on what the map tasks, in their order, have for a reducer; false when the sink stopped.
  bool read(int reducer, ChunkSink<T> sink) const {
    for (const MapOutput<T>& output : outputs_) {
      if (!read(output, reducer, sink)) return false;
    }
    return true;
  }

 protected:
  void setOutput(int split, MapOutput<T> output) {
    outputs_[static_cast<size_t>(split)] = std::move(output);
  }

 private:
  static bool read(const MapOutput<T>& output, int reducer, ChunkSink<T> sink) {
    if constexpr (Encodable<T>) {
      const size_t runs = output.spill ? output.spill->runs() : 0;
      for (size_t run = 0; run < runs; ++run) {
        FrameReader section = output.spill->section(run, reducer);
        const bool more = readElements<T>(section, [&](T&& element) {
          return sink(Chunk<T>{&element, 1, true});
        });
        if (!more) return false;
      }
    }
    const auto& bucket = output.buckets[static_cast<size_t>(reducer)];
    if constexpr (kChunkElements<T> == 1) {
      for (T element : bucket) {
        if (!sink(Chunk<T>{&element, 1, true})) return false;
      }
      return true;
    } else {
      // Not movable, so never written through.
      return bucket.empty() || sink(Chunk<T>{const_cast<T*>(bucket.data()), bucket.size(), false});
    }
  }

  std::vector<MapOutput<T>> outputs_;
};

/// The placing of a shuffle by key.
template <class K>
struct PlaceByKey {
  std::shared_ptr<const Partitioner<K>> partitioner;

  int numPartitions() const { return partitioner->numPartitions(); }
  /// A function for one map task: element -> reducer.
  auto forTask(int) const {
    return [this](const auto& pair) { return partitioner->getPartition(pair.first); };
  }
};

/// Moves the elements of P to the reducers that `Placing` gives them.
template <class P, class Placing>
class MovingShuffle final : public ElementShuffle<Owned<typename P::Element>> {
 public:
  using T = Owned<typename P::Element>;

  MovingShuffle(std::shared_ptr<P> input, Placing placing, std::string operation)
      : ElementShuffle<T>(input->context()->nextShuffleId()),
        input_(std::move(input)),
        placing_(std::move(placing)),
        operation_(std::move(operation)) {}

  std::shared_ptr<NodeBase> input() const override { return input_; }
  std::string operationName() const { return operation_; }

  void runMapTask(int split, TaskContext& task) override {
    MapOutput<T> output;
    output.buckets.resize(static_cast<size_t>(placing_.numPartitions()));
    auto place = placing_.forTask(split);
    size_t elements = 0;
    size_t heap = 0;
    iterate(*input_, split, task, [&](auto&& given) {
      T element = toOwned(std::forward<decltype(given)>(given));
      const int reducer = callUser(*this, place, std::as_const(element));
      if constexpr (!std::is_trivially_copyable_v<T>) heap += heapBytes(element);
      checkReducer(reducer);
      output.buckets[static_cast<size_t>(reducer)].push_back(std::move(element));
      // A vector that grows may have twice the room that it needs.
      if ((++elements & 1023) == 0 && elements * 2 * sizeof(T) + heap > budget()) {
        spill(output);
        elements = heap = 0;
      }
      return true;
    });
    this->setOutput(split, std::move(output));
  }

 private:
  size_t budget() const { return static_cast<size_t>(input_->context()->shuffleMemoryPerTask()); }
  void checkReducer(int reducer) const {
    if (reducer < 0 || reducer >= placing_.numPartitions()) [[unlikely]]
      throw IllegalArgumentException(operation_ + ": the partitioner gave partition " +
                                     std::to_string(reducer) + " of " +
                                     std::to_string(placing_.numPartitions()));
  }
  void spill(MapOutput<T>& output) const {
    if constexpr (Encodable<T>) {
      if (!output.spill) output.spill = std::make_shared<SpillFile>(*input_->context());
      spillBuckets(*output.spill, output.buckets);
    } else {
      warnThatShuffleCannotSpill(operation_);
    }
  }

  std::shared_ptr<P> input_;
  Placing placing_;
  std::string operation_;
};

/// Reads a moving shuffle: one partition per reducer, sorted when a `sort` is given.
template <class T>
class ShuffledNode final : public Node<T> {
 public:
  using Sort = std::function<void(std::vector<T>&)>;

  ShuffledNode(std::shared_ptr<RddContext> context, std::shared_ptr<ElementShuffle<T>> shuffle,
               int partitions, std::shared_ptr<const PartitionerBase> partitioner,
               std::string operation, Sort sort = nullptr)
      : Node<T>(std::move(context), std::move(operation), "ShuffledRDD", readsShuffle(shuffle)),
        shuffle_(shuffle.get()),
        partitions_(partitions),
        partitioner_(std::move(partitioner)),
        sort_(std::move(sort)) {}

  int numPartitions() const override { return partitions_; }
  std::shared_ptr<const PartitionerBase> partitioner() const override { return partitioner_; }

  template <class Sink>
  bool compute(int split, TaskContext&, Sink&& sink) {
    if (!sort_)
      return shuffle_->read(split, [&](Chunk<T> chunk) { return feedChunk(chunk, sink); });
    std::vector<T> elements;
    const auto gather = [&](auto&& element) {
      elements.push_back(std::forward<decltype(element)>(element));
      return true;
    };
    shuffle_->read(split, [&](Chunk<T> chunk) { return feedChunk(chunk, gather); });
    callUser(*this, sort_, elements);
    for (auto&& element : elements) {
      if (!sink(T(std::move(element)))) return false;
    }
    return true;
  }
  void computeChunks(int split, TaskContext& task, ChunkSink<T> sink) override {
    if (sort_)
      computeIntoChunks<T>(*this, split, task, sink);
    else
      shuffle_->read(split, sink);
  }

 private:
  const ElementShuffle<T>* shuffle_;
  int partitions_;
  std::shared_ptr<const PartitionerBase> partitioner_;
  Sort sort_;
};

}  // namespace spate
