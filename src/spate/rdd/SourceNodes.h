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
  RangeNode(std::shared_ptr<RddContext> context, int64_t start, uint64_t count, int64_t step,
            int slices)
      : Node<int64_t>(std::move(context), "range", "MapPartitionsRDD"),
        start_(start),
        count_(count),
        step_(static_cast<uint64_t>(step)),
        slices_(slices) {}

  int numPartitions() const override { return slices_; }

  template <class Sink>
  bool compute(int split, TaskContext&, Sink&& sink) {
    // In unsigned arithmetic: the last element plus a step may not fit, and wraps unused.
    const uint64_t to = sliceStart(split + 1);
    for (uint64_t i = sliceStart(split); i < to; ++i) {
      if (!sink(static_cast<int64_t>(static_cast<uint64_t>(start_) + i * step_))) return false;
    }
    return true;
  }
  void computeChunks(int split, TaskContext& task, ChunkSink<int64_t> sink) override {
    computeIntoChunks<int64_t>(*this, split, task, sink);
  }

 private:
  uint64_t sliceStart(int split) const {
    // count * split may not fit into 64 bits, so whole slices and the rest apart.
    const auto slices = static_cast<uint64_t>(slices_);
    const auto i = static_cast<uint64_t>(split);
    return count_ / slices * i + count_ % slices * i / slices;
  }

  int64_t start_;
  uint64_t count_;
  uint64_t step_;
  int slices_;
};

/// Hands the elements of one partition of an erased node on in chunks.
template <class T>
bool feedPartition(Node<T>& node, int split, TaskContext& task, ChunkSink<T> sink) {
  bool more = true;
  if constexpr (isView<T>) {
    return iterate(node, split, task, [&](auto&& element) {
      T value(element);
      return sink(Chunk<T>{&value, 1, true});
    });
  } else if (node.isStored()) {
    return readStored<T>(node, split, task, sink);
  } else {
    node.computeChunks(split, task, [&](Chunk<T> chunk) { return more = sink(chunk); });
    return more;
  }
}

/// union: the partitions of the one behind those of the other; but when all are spread by equal
/// partitioners, partition i holds what every parent has in its partition i, and the partitioner
/// stays (Spark's PartitionerAwareUnionRDD).
template <class T>
class UnionNode final : public Node<T> {
 public:
  explicit UnionNode(std::vector<std::shared_ptr<Node<T>>> parents)
      : UnionNode(parents, partitionerOfAll(parents)) {}

  int numPartitions() const override {
    return partitioner_ ? partitioner_->numPartitions() : firstSplits_.back();
  }
  std::shared_ptr<const PartitionerBase> partitioner() const override { return partitioner_; }

  void computeChunks(int split, TaskContext& task, ChunkSink<T> sink) override {
    if (partitioner_) {
      for (Node<T>* parent : parents_) {
        if (parent->numPartitions() > 0 && !feedPartition<T>(*parent, split, task, sink)) return;
      }
      return;
    }
    const auto at = std::upper_bound(firstSplits_.begin(), firstSplits_.end(), split) - 1;
    Node<T>& parent = *parents_[static_cast<size_t>(at - firstSplits_.begin())];
    feedPartition<T>(parent, split - *at, task, sink);
  }

 private:
  using Parents = std::vector<std::shared_ptr<Node<T>>>;

  UnionNode(const Parents& parents, std::shared_ptr<const PartitionerBase> partitioner)
      : Node<T>(parents.at(0)->context(), "union",
                partitioner ? "PartitionerAwareUnionRDD" : "UnionRDD", readsFromAll(parents)),
        partitioner_(std::move(partitioner)) {
    firstSplits_.push_back(0);
    for (const auto& parent : parents) {
      parents_.push_back(parent.get());
      firstSplits_.push_back(firstSplits_.back() + parent->numPartitions());
    }
  }

  /// The partitioner that all parents with any partitions have, or null.
  static std::shared_ptr<const PartitionerBase> partitionerOfAll(const Parents& parents) {
    std::shared_ptr<const PartitionerBase> found;
    for (const auto& parent : parents) {
      if (parent->numPartitions() == 0) continue;
      auto partitioner = parent->partitioner();
      if (!partitioner || (found && !found->equals(*partitioner))) return nullptr;
      if (!found) found = std::move(partitioner);
    }
    return found;
  }

  std::vector<Node<T>*> parents_;
  /// The number of this node's first partition from each parent, and the sum.
  std::vector<int> firstSplits_;
  std::shared_ptr<const PartitionerBase> partitioner_;
};

/// coalesce without a shuffle: each partition is a run of the parent's.
template <class T>
class CoalescedNode final : public Node<T> {
 public:
  CoalescedNode(std::shared_ptr<Node<T>> parent, int partitions)
      : Node<T>(parent->context(), "coalesce", "CoalescedRDD", readsFrom(parent)),
        parent_(parent.get()),
        parentPartitions_(parent->numPartitions()),
        partitions_(std::min(partitions, parentPartitions_)) {}

  int numPartitions() const override { return partitions_; }

  void computeChunks(int split, TaskContext& task, ChunkSink<T> sink) override {
    const int64_t n = parentPartitions_;
    const auto from = static_cast<int>(split * n / partitions_);
    const auto to = static_cast<int>((split + 1) * n / partitions_);
    for (int i = from; i < to; ++i) {
      if (!feedPartition<T>(*parent_, i, task, sink)) return;
    }
  }

 private:
  Node<T>* parent_;
  int parentPartitions_;
  int partitions_;
};

}  // namespace spate
