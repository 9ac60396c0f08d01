#pragma once

#include "spate/rdd/PersistedPartitions.h"
#include "spate/rdd/RddHandle.h"

namespace spate {

/// The transformations of any RDD. Lazy: they make a node and return its RDD.
///
/// A function given here may take its argument by value, const reference or rvalue; one that
/// throws fails the task with its message and the operation's name.
template <class N>
class RddTransformations : public RddHandle<N> {
 public:
  using T = typename N::Element;
  using RddHandle<N>::RddHandle;

  /// f(element) -> U.
  template <class F>
  auto map(F f, std::string operation = "map") const {
    return makeRdd<MapNode<N, F>>(this->node(), std::move(f), std::move(operation));
  }

  /// f(element) -> any range of U (a container or a lazy view), or std::optional<U>.
  template <class F>
  auto flatMap(F f, std::string operation = "flatMap") const {
    return makeRdd<FlatMapNode<N, F>>(this->node(), std::move(f), std::move(operation));
  }

  /// The elements for which f(element) is true.
  template <class F>
  auto filter(F f, std::string operation = "filter") const {
    return makeRdd<FilterNode<N, F>>(this->node(), std::move(f), std::move(operation));
  }

  /// f(Iterator<T>) -> any range of U, once per partition.
  template <class F>
  auto mapPartitions(F f, bool preservesPartitioning = false,
                     std::string operation = "mapPartitions") const {
    auto withIndex = [f = std::move(f)](int, Iterator<Owned<T>> elements) {
      return f(std::move(elements));
    };
    return makeRdd<MapPartitionsNode<N, decltype(withIndex)>>(
        this->node(), std::move(withIndex), std::move(operation), preservesPartitioning);
  }

  /// f(int split, Iterator<T>) -> any range of U, once per partition.
  template <class F>
  auto mapPartitionsWithIndex(F f, bool preservesPartitioning = false,
                              std::string operation = "mapPartitionsWithIndex") const {
    return makeRdd<MapPartitionsNode<N, F>>(this->node(), std::move(f), std::move(operation),
                                            preservesPartitioning);
  }

  /// Each partition as one vector.
  auto glom() const {
    return mapPartitions(
        [](Iterator<Owned<T>> elements) {
          std::vector<std::vector<Owned<T>>> all;
          all.push_back(std::move(elements).toVector());
          return all;
        },
        false, "glom");
  }

  /// (f(element), element).
  template <class F>
  auto keyBy(F f) const {
    return map([f = std::move(f)](const T& element) { return std::pair(f(element), element); },
               "keyBy");
  }

  RDD<T> union_(const RDD<T>& other) const {
    return makeRdd<UnionNode<T>>(
        std::vector<std::shared_ptr<Node<T>>>{this->node(), other.node()});
  }

  RDD<T> cache() const { return persist(StorageLevel::MEMORY_ONLY); }

  /// Keeps the partitions, as Owned<T>, from the next job on. Throws
  /// SparkUnsupportedOperationException when another level was set before, or when the level needs
  /// bytes and the type has no Codec.
  RDD<T> persist(StorageLevel level = StorageLevel::MEMORY_ONLY) const {
    const N& node = *this->node();
    checkStorageLevel(level, Encodable<Owned<T>>, node.operationName());
    this->node()->persistIn(
        level, [&] { return PersistedPartitions<Owned<T>>::make(node, level); });
    return this->self();
  }

  RDD<T> unpersist(bool blocking = false) const {
    static_cast<void>(blocking);  // it always is
    this->node()->unpersist();
    return this->self();
  }
};

}  // namespace spate
