#pragma once

#include <functional>
#include <memory>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "spate/rdd/RddHandle.h"
#include "spate/rdd/Shuffle.h"
#include "spate/types/HashMap.h"

namespace spate {

/// One side of a cogroup: pairs that lie by the partitioner already, or come through a shuffle.
template <class K, class V>
struct CogroupInput {
  Dependency dependency;
  std::function<bool(int, TaskContext&, ChunkSink<std::pair<K, V>>)> read;
};

/// The pairs of `node`, spread by `partitioner`: without a shuffle when they are so already.
template <class N, class K = KeyOf<typename N::Element>, class V = ValueOf<typename N::Element>>
CogroupInput<K, V> cogroupInput(const std::shared_ptr<N>& node,
                                const std::shared_ptr<const Partitioner<K>>& partitioner,
                                const std::string& operation) {
  using T = std::pair<K, V>;
  const auto known = node->partitioner();
  if (known && known->equals(*partitioner)) {
    const auto read = [at = node.get()](int split, TaskContext& task, ChunkSink<T> sink) {
      return iterate(*at, split, task, [&](auto&& pair) {
        T owned(toOwned(pair.first), toOwned(pair.second));
        return sink(Chunk<T>{&owned, 1, true});
      });
    };
    return {Dependency{node, nullptr}, read};
  }
  using Shuffle = MovingShuffle<N, PlaceByKey<K>>;
  auto shuffle = std::make_shared<Shuffle>(node, PlaceByKey<K>{partitioner}, operation);
  const auto read = [at = shuffle.get()](int split, TaskContext&, ChunkSink<T> sink) {
    return at->read(split, sink);
  };
  return {Dependency{nullptr, std::move(shuffle)}, read};
}

/// The values of a key in each input: a pair of vectors for two inputs, else a tuple.
template <class... Vs>
struct GroupsOf {
  using Type = std::tuple<std::vector<Vs>...>;
};
template <class V, class W>
struct GroupsOf<V, W> {
  using Type = std::pair<std::vector<V>, std::vector<W>>;
};

/// cogroup: for each key of any input its values in every input.
template <class K, class... Vs>
class CogroupNode final : public Node<std::pair<K, typename GroupsOf<Vs...>::Type>> {
 public:
  using Groups = typename GroupsOf<Vs...>::Type;
  using T = std::pair<K, Groups>;

  CogroupNode(std::shared_ptr<RddContext> context,
              std::shared_ptr<const Partitioner<K>> partitioner, std::string operation,
              CogroupInput<K, Vs>... inputs)
      : Node<T>(std::move(context), std::move(operation), "CoGroupedRDD",
                Dependencies{inputs.dependency...}),
        partitioner_(std::move(partitioner)),
        readers_(std::move(inputs.read)...) {}

  int numPartitions() const override { return partitioner_->numPartitions(); }
  std::shared_ptr<const PartitionerBase> partitioner() const override { return partitioner_; }

  template <class Sink>
  bool compute(int split, TaskContext& task, Sink&& sink) {
    HashMap<K, Groups> table;
    gatherAll(table, split, task, std::index_sequence_for<Vs...>());
    for (auto& [key, groups] : table) {
      // A map's key is const; the table is about to go, so nobody sees it moved from.
      if (!sink(T(std::move(const_cast<K&>(key)), std::move(groups)))) return false;
    }
    return true;
  }
  void computeChunks(int split, TaskContext& task, ChunkSink<T> sink) override {
    computeIntoChunks<T>(*this, split, task, sink);
  }

 private:
  template <size_t... I>
  void gatherAll(HashMap<K, Groups>& table, int split, TaskContext& task,
                 std::index_sequence<I...>) const {
    (gather<I>(table, split, task), ...);
  }
  template <size_t I>
  void gather(HashMap<K, Groups>& table, int split, TaskContext& task) const {
    const auto add = [&](auto&& pair) {
      std::get<I>(table[pair.first]).push_back(std::forward<decltype(pair)>(pair).second);
      return true;
    };
    std::get<I>(readers_)(split, task, [&](auto chunk) { return feedChunk(chunk, add); });
  }

  std::shared_ptr<const Partitioner<K>> partitioner_;
  std::tuple<std::function<bool(int, TaskContext&, ChunkSink<std::pair<K, Vs>>)>...> readers_;
};

}  // namespace spate
