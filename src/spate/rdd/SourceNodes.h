#pragma once

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "spate/rdd/Node.h"

namespace spate {

/// parallelize: a collection cut into slices as Spark cuts it (slice i is [i*n/p, (i+1)*n/p)).
template <class T>
class ParallelCollectionNode final : public Node<T> {
 public:
  ParallelCollectionNode(std::shared_ptr<RddContext> context, std::vector<T> elements, int slices)
      : Node<T>(std::move(context), "parallelize", "ParallelCollectionRDD"),
        elements_(std::move(elements)),
        slices_(slices) {}

  int numPartitions() const override { return slices_; }

  template <class Sink>
  bool compute(int split, TaskContext&, Sink&& sink) {
    const auto [from, to] = slice(split);
    for (size_t i = from; i < to; ++i) {
      if (!sink(std::as_const(elements_)[i])) return false;
    }
    return true;
  }
  void computeChunks(int split, TaskContext& task, ChunkSink<T> sink) override {
    if constexpr (kChunkElements<T> == 1) {
      computeIntoChunks<T>(*this, split, task, sink);
    } else {
      const auto [from, to] = slice(split);
      if (from < to) sink(Chunk<T>{elements_.data() + from, to - from, false});
    }
  }

 private:
  std::pair<size_t, size_t> slice(int split) const {
    const size_t n = elements_.size();
    const auto p = static_cast<size_t>(slices_);
    const auto i = static_cast<size_t>(split);
    return {i * n / p, (i + 1) * n / p};
  }

  std::vector<T> elements_;
  int slices_;
};

/// A node whose partitions are given as vectors, shared and never changed: what a receiver's
/// blocks, a test's queue or a finished computation become.
template <class T>
class PartitionsNode final : public Node<T> {
 public:
  using Partition = std::shared_ptr<const std::vector<T>>;

  PartitionsNode(std::shared_ptr<RddContext> context, std::vector<Partition> partitions,
                 std::string operation, std::string kind,
                 std::shared_ptr<const PartitionerBase> partitioner = nullptr)
      : Node<T>(std::move(context), std::move(operation), std::move(kind)),
        partitions_(std::move(partitions)),
        partitioner_(std::move(partitioner)) {}

  int numPartitions() const override { return static_cast<int>(partitions_.size()); }
  std::shared_ptr<const PartitionerBase> partitioner() const override { return partitioner_; }

  template <class Sink>
  bool compute(int split, TaskContext&, Sink&& sink) {
    for (auto&& element : *partitions_[static_cast<size_t>(split)]) {
      if (!sink(element)) return false;
    }
    return true;
  }
  void computeChunks(int split, TaskContext& task, ChunkSink<T> sink) override {
    if constexpr (kChunkElements<T> == 1) {
      computeIntoChunks<T>(*this, split, task, sink);
    } else {
      const std::vector<T>& elements = *partitions_[static_cast<size_t>(split)];
      // Not movable, so never written through.
      if (!elements.empty())
        sink(Chunk<T>{const_cast<T*>(elements.data()), elements.size(), false});
    }
  }

 private:
  std::vector<Partition> partitions_;
  std::shared_ptr<const PartitionerBase> partitioner_;
};

/// range(start, end, step): nothing is stored.
class RangeNode final : public Node<int64_t> {
 public:
  RangeNode(std::shared_ptr<RddContext> context, int64_t start, int64_t count, int64_t step,
            int slices)
      : Node<int64_t>(std::move(context), "range", "MapPartitionsRDD"),
        start_(start),
        count_(count),
        step_(step),
        slices_(slices) {}

  int numPartitions() const override { return slices_; }

  template <class Sink>
  bool compute(int split, TaskContext&, Sink&& sink) {
    const int64_t from = split * count_ / slices_;
    const int64_t to = (split + 1) * count_ / slices_;
    for (int64_t i = from; i < to; ++i) {
      if (!sink(start_ + i * step_)) return false;
    }
    return true;
  }
  void computeChunks(int split, TaskContext& task, ChunkSink<int64_t> sink) override {
    computeIntoChunks<int64_t>(*this, split, task, sink);
  }

 private:
  int64_t start_;
  int64_t count_;
  int64_t step_;
  int slices_;
};

/// union: the partitions of the one behind those of the other.
template <class T>
class UnionNode final : public Node<T> {
 public:
  explicit UnionNode(std::vector<std::shared_ptr<Node<T>>> parents)
      : Node<T>(parents.at(0)->context(), "union", "UnionRDD"), parents_(std::move(parents)) {}

  int numPartitions() const override {
    int sum = 0;
    for (const auto& parent : parents_) sum += parent->numPartitions();
    return sum;
  }
  std::vector<std::shared_ptr<NodeBase>> narrowParents() const override {
    return {parents_.begin(), parents_.end()};
  }

  void computeChunks(int split, TaskContext& task, ChunkSink<T> sink) override {
    for (const auto& parent : parents_) {
      if (split < parent->numPartitions()) {
        if constexpr (isView<T>) {
          iterate(*parent, split, task, [&](auto&& element) {
            T value(element);
            return sink(Chunk<T>{&value, 1, true});
          });
        } else if (parent->isStored()) {
          readStored<T>(*parent, split, task, sink);
        } else {
          parent->computeChunks(split, task, sink);
        }
        return;
      }
      split -= parent->numPartitions();
    }
  }

 private:
  std::vector<std::shared_ptr<Node<T>>> parents_;
};

/// coalesce without a shuffle: each partition is a run of the parent's.
template <class T>
class CoalescedNode final : public Node<T> {
 public:
  CoalescedNode(std::shared_ptr<Node<T>> parent, int partitions)
      : Node<T>(parent->context(), "coalesce", "CoalescedRDD"),
        parent_(std::move(parent)),
        partitions_(std::min(partitions, parent_->numPartitions())) {}

  int numPartitions() const override { return partitions_; }
  std::vector<std::shared_ptr<NodeBase>> narrowParents() const override { return {parent_}; }

  void computeChunks(int split, TaskContext& task, ChunkSink<T> sink) override {
    const int n = parent_->numPartitions();
    bool more = true;
    for (int i = split * n / partitions_; more && i < (split + 1) * n / partitions_; ++i) {
      more = iterate(*parent_, i, task, [&](auto&& element) {
        T value(std::forward<decltype(element)>(element));
        return sink(Chunk<T>{&value, 1, true});
      });
    }
  }

 private:
  std::shared_ptr<Node<T>> parent_;
  int partitions_;
};

}  // namespace spate
