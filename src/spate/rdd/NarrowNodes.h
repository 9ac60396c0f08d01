#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <ranges>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "spate/rdd/Node.h"

namespace spate {

/// One partition's elements, as functions given to mapPartitions see them: Spark's Iterator.
/// Can be read once, with hasNext()/next() or with a range-for.
template <class T>
class Iterator {
 public:
  explicit Iterator(std::vector<T> elements) : elements_(std::move(elements)) {}

  bool hasNext() const { return next_ < elements_.size(); }
  T next() { return std::move(elements_.at(next_++)); }

  auto begin() { return elements_.begin() + static_cast<std::ptrdiff_t>(next_); }
  auto end() { return elements_.end(); }
  size_t size() const { return elements_.size() - next_; }

  /// All that is left, taken out.
  std::vector<T> toVector() && {
    elements_.erase(elements_.begin(), elements_.begin() + static_cast<std::ptrdiff_t>(next_));
    next_ = 0;
    return std::move(elements_);
  }

 private:
  std::vector<T> elements_;
  size_t next_ = 0;
};

namespace detail {

template <class T>
struct IsOptional : std::false_type {};
template <class T>
struct IsOptional<std::optional<T>> : std::true_type {};

/// The element type of what a flatMap function returns: a range, or an optional.
template <class R>
struct FlatElement {
  using Type = std::ranges::range_value_t<R>;
};
template <class T>
struct FlatElement<std::optional<T>> {
  using Type = T;
};

/// Hands each element of a flatMap result to the sink; moves them out of an owning temporary.
template <class R, class Sink>
bool feedFlat(R&& results, Sink& sink) {
  if constexpr (IsOptional<std::remove_cvref_t<R>>::value) {
    return results ? sink(*std::forward<R>(results)) : true;
  } else {
    constexpr bool owning =
        !std::is_lvalue_reference_v<R> && !std::ranges::view<std::remove_cvref_t<R>>;
    for (auto&& element : results) {
      if constexpr (owning && std::is_lvalue_reference_v<decltype(element)>) {
        if (!sink(std::move(element))) return false;
      } else {
        if (!sink(std::forward<decltype(element)>(element))) return false;
      }
    }
    return true;
  }
}

}  // namespace detail

/// How a task holds a user's function: by reference when calling it cannot change it, else as a
/// copy of its own, since tasks run at the same time. (Spark gives each task a copy as well.)
template <class F, class... Args>
using TaskFunction = std::conditional_t<std::is_invocable_v<const F&, Args...>, const F&, F>;

/// Base of the nodes that read one partition of one parent. P is the parent's node class, so that
/// the parent's loop is inlined into this one.
template <class P, class U>
class NarrowNode : public Node<U> {
 public:
  NarrowNode(std::shared_ptr<P> parent, std::string operation, bool keepsPartitioner = false,
             std::string kind = "MapPartitionsRDD")
      : Node<U>(parent->context(), std::move(operation), std::move(kind), readsFrom(parent)),
        parent_(parent.get()),
        partitions_(parent->numPartitions()) {
    if (keepsPartitioner) partitioner_ = parent->partitioner();
  }

  int numPartitions() const override { return partitions_; }
  std::shared_ptr<const PartitionerBase> partitioner() const override { return partitioner_; }

 protected:
  P& parent() const { return *parent_; }

 private:
  P* parent_;
  int partitions_;
  std::shared_ptr<const PartitionerBase> partitioner_;
};

template <class P, class F>
using MapElement = std::remove_cvref_t<std::invoke_result_t<F&, const typename P::Element&>>;

/// map, and all that is a map.
template <class P, class F, bool kKeepsPartitioner = false>
class MapNode final : public NarrowNode<P, MapElement<P, F>> {
 public:
  using U = MapElement<P, F>;

  MapNode(std::shared_ptr<P> parent, F function, std::string operation)
      : NarrowNode<P, U>(std::move(parent), std::move(operation), kKeepsPartitioner),
        function_(std::move(function)) {}

  template <class Sink>
  bool compute(int split, TaskContext& task, Sink&& sink) {
    TaskFunction<F, const typename P::Element&> function = function_;
    return iterate(this->parent(), split, task, [&](auto&& element) {
      return sink(callUser(*this, function, std::forward<decltype(element)>(element)));
    });
  }
  void computeChunks(int split, TaskContext& task, ChunkSink<U> sink) override {
    computeIntoChunks<U>(*this, split, task, sink);
  }

 private:
  F function_;
};

template <class P, class F>
class FilterNode final : public NarrowNode<P, typename P::Element> {
 public:
  using T = typename P::Element;

  FilterNode(std::shared_ptr<P> parent, F predicate, std::string operation)
      : NarrowNode<P, T>(std::move(parent), std::move(operation), true),
        predicate_(std::move(predicate)) {}

  template <class Sink>
  bool compute(int split, TaskContext& task, Sink&& sink) {
    TaskFunction<F, const T&> predicate = predicate_;
    return iterate(this->parent(), split, task, [&](auto&& element) {
      if (!callUser(*this, predicate, std::as_const(element))) return true;
      return static_cast<bool>(sink(std::forward<decltype(element)>(element)));
    });
  }
  void computeChunks(int split, TaskContext& task, ChunkSink<T> sink) override {
    computeIntoChunks<T>(*this, split, task, sink);
  }

 private:
  F predicate_;
};

template <class P, class F>
using FlatMapElement = typename detail::FlatElement<
    std::remove_cvref_t<std::invoke_result_t<F&, const typename P::Element&>>>::Type;

/// flatMap: the function returns any range (a container, a lazy view) or an optional.
template <class P, class F, bool kKeepsPartitioner = false>
class FlatMapNode final : public NarrowNode<P, FlatMapElement<P, F>> {
 public:
  using U = FlatMapElement<P, F>;

  FlatMapNode(std::shared_ptr<P> parent, F function, std::string operation)
      : NarrowNode<P, U>(std::move(parent), std::move(operation), kKeepsPartitioner),
        function_(std::move(function)) {}

  template <class Sink>
  bool compute(int split, TaskContext& task, Sink&& sink) {
    TaskFunction<F, const typename P::Element&> function = function_;
    return iterate(this->parent(), split, task, [&](auto&& element) {
      // A lazy view computes while it is walked, so the walk is the user's code as well.
      return callUser(*this, [&] {
        return detail::feedFlat(function(std::forward<decltype(element)>(element)), sink);
      });
    });
  }
  void computeChunks(int split, TaskContext& task, ChunkSink<U> sink) override {
    computeIntoChunks<U>(*this, split, task, sink);
  }

 private:
  F function_;
};

/// mapPartitionsWithIndex: F(int split, Iterator<T>) -> range. The partition is gathered first.
template <class P, class F>
class MapPartitionsNode final
    : public NarrowNode<P, typename detail::FlatElement<std::remove_cvref_t<std::invoke_result_t<
                               F&, int, Iterator<Owned<typename P::Element>>>>>::Type> {
 public:
  using T = Owned<typename P::Element>;
  using U = typename detail::FlatElement<
      std::remove_cvref_t<std::invoke_result_t<F&, int, Iterator<T>>>>::Type;

  MapPartitionsNode(std::shared_ptr<P> parent, F function, std::string operation,
                    bool keepsPartitioner)
      : NarrowNode<P, U>(std::move(parent), std::move(operation), keepsPartitioner),
        function_(std::move(function)) {}

  template <class Sink>
  bool compute(int split, TaskContext& task, Sink&& sink) {
    TaskFunction<F, int, Iterator<T>> function = function_;
    std::vector<T> elements;
    iterate(this->parent(), split, task, [&](auto&& element) {
      elements.push_back(toOwned(std::forward<decltype(element)>(element)));
      return true;
    });
    return callUser(*this, [&] {
      return detail::feedFlat(function(split, Iterator<T>(std::move(elements))), sink);
    });
  }
  void computeChunks(int split, TaskContext& task, ChunkSink<U> sink) override {
    computeIntoChunks<U>(*this, split, task, sink);
  }

 private:
  F function_;
};

}  // namespace spate
