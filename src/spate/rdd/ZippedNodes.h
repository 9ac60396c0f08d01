#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "spate/rdd/NarrowNodes.h"

namespace spate {

/// The elements of one partition, owned.
template <class P>
std::vector<Owned<typename P::Element>> gatherPartition(P& node, int split, TaskContext& task) {
  std::vector<Owned<typename P::Element>> elements;
  iterate(node, split, task, [&](auto&& element) {
    elements.push_back(toOwned(std::forward<decltype(element)>(element)));
    return true;
  });
  return elements;
}

/// Throws Spark's IllegalArgumentException unless the counts are equal.
inline void checkEqualPartitions(int left, int right) {
  if (left != right)
    throw IllegalArgumentException("Can't zip RDDs with unequal numbers of partitions: List(" +
                                   std::to_string(left) + ", " + std::to_string(right) + ")");
}

/// Base of the nodes that read a partition of P and one of the erased Q.
template <class P, class Q, class U>
class TwoParentsNode : public Node<U> {
 public:
  TwoParentsNode(std::shared_ptr<P> left, std::shared_ptr<Q> right, int partitions,
                 std::string operation, std::string kind)
      : Node<U>(left->context(), std::move(operation), std::move(kind),
                {Dependency{left, nullptr}, Dependency{right, nullptr}}),
        left_(left.get()),
        right_(right.get()),
        partitions_(partitions) {}

  int numPartitions() const override { return partitions_; }

 protected:
  P& left() const { return *left_; }
  Q& right() const { return *right_; }

 private:
  P* left_;
  Q* right_;
  int partitions_;
};

template <class P, class Q>
using ZippedElement = std::pair<Owned<typename P::Element>, Owned<typename Q::Element>>;

/// zip: the i-th elements of both.
template <class P, class Q>
class ZippedNode final : public TwoParentsNode<P, Q, ZippedElement<P, Q>> {
 public:
  using T = ZippedElement<P, Q>;

  ZippedNode(std::shared_ptr<P> left, std::shared_ptr<Q> right)
      : TwoParentsNode<P, Q, T>(left, right, left->numPartitions(), "zip", "ZippedPartitionsRDD2") {
    checkEqualPartitions(left->numPartitions(), right->numPartitions());
  }

  template <class Sink>
  bool compute(int split, TaskContext& task, Sink&& sink) {
    auto others = gatherPartition(this->right(), split, task);
    size_t next = 0;
    const bool more = iterate(this->left(), split, task, [&](auto&& element) {
      if (next == others.size()) throwUnequal();
      return sink(T(toOwned(std::forward<decltype(element)>(element)), std::move(others[next++])));
    });
    if (more && next != others.size()) throwUnequal();
    return more;
  }
  void computeChunks(int split, TaskContext& task, ChunkSink<T> sink) override {
    computeIntoChunks<T>(*this, split, task, sink);
  }

 private:
  [[noreturn]] static void throwUnequal() {
    throw SparkException("Can only zip RDDs with same number of elements in each partition");
  }
};

template <class P, class Q, class F>
using ZipPartitionsElement = typename detail::FlatElement<std::remove_cvref_t<std::invoke_result_t<
    F&, Iterator<Owned<typename P::Element>>, Iterator<Owned<typename Q::Element>>>>>::Type;

/// zipPartitions: F(Iterator<T>, Iterator<U>) -> a range.
template <class P, class Q, class F>
class ZipPartitionsNode final : public TwoParentsNode<P, Q, ZipPartitionsElement<P, Q, F>> {
 public:
  using T = ZipPartitionsElement<P, Q, F>;

  ZipPartitionsNode(std::shared_ptr<P> left, std::shared_ptr<Q> right, F function,
                    bool keepsPartitioner)
      : TwoParentsNode<P, Q, T>(left, right, left->numPartitions(), "zipPartitions",
                                "ZippedPartitionsRDD2"),
        function_(std::move(function)) {
    checkEqualPartitions(left->numPartitions(), right->numPartitions());
    if (keepsPartitioner) partitioner_ = left->partitioner();
  }

  std::shared_ptr<const PartitionerBase> partitioner() const override { return partitioner_; }

  template <class Sink>
  bool compute(int split, TaskContext& task, Sink&& sink) {
    using A = Iterator<Owned<typename P::Element>>;
    using B = Iterator<Owned<typename Q::Element>>;
    TaskFunction<F, A, B> function = function_;
    A left(gatherPartition(this->left(), split, task));
    B right(gatherPartition(this->right(), split, task));
    return callUser(
        *this, [&] { return detail::feedFlat(function(std::move(left), std::move(right)), sink); });
  }
  void computeChunks(int split, TaskContext& task, ChunkSink<T> sink) override {
    computeIntoChunks<T>(*this, split, task, sink);
  }

 private:
  F function_;
  std::shared_ptr<const PartitionerBase> partitioner_;
};

/// cartesian: every pair; partition i * n + j has those of the partitions i and j.
template <class P, class Q>
class CartesianNode final : public TwoParentsNode<P, Q, ZippedElement<P, Q>> {
 public:
  using T = ZippedElement<P, Q>;

  CartesianNode(std::shared_ptr<P> left, std::shared_ptr<Q> right)
      : TwoParentsNode<P, Q, T>(left, right, left->numPartitions() * right->numPartitions(),
                                "cartesian", "CartesianRDD"),
        rightPartitions_(right->numPartitions()) {}

  template <class Sink>
  bool compute(int split, TaskContext& task, Sink&& sink) {
    const auto others = gatherPartition(this->right(), split % rightPartitions_, task);
    return iterate(this->left(), split / rightPartitions_, task, [&](auto&& element) {
      for (const auto& other : others) {
        if (!sink(T(toOwned(std::as_const(element)), other))) return false;
      }
      return true;
    });
  }
  void computeChunks(int split, TaskContext& task, ChunkSink<T> sink) override {
    computeIntoChunks<T>(*this, split, task, sink);
  }

 private:
  int rightPartitions_;
};

}  // namespace spate
