#pragma once

#include <atomic>
#include <cstddef>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "spate/rdd/FunctionRef.h"
#include "spate/rdd/Partitioner.h"
#include "spate/rdd/StorageLevel.h"
#include "spate/rdd/TaskContext.h"
#include "spate/rdd/UserCode.h"
#include "spate/types/Owned.h"

namespace spate {

class RddContext;
class ShuffleBase;

/// The untyped part of an RDD's node in the lineage graph: what the scheduler sees.
///
/// Threads: the graph is built by driver threads; compute functions run in tasks on a const graph.
class NodeBase : public std::enable_shared_from_this<NodeBase> {
 public:
  /// `operation` is Spark's name of the transformation ("map"), `kind` of its RDD
  /// ("MapPartitionsRDD").
  NodeBase(std::shared_ptr<RddContext> context, std::string operation, std::string kind);
  virtual ~NodeBase();
  NodeBase(const NodeBase&) = delete;
  NodeBase& operator=(const NodeBase&) = delete;

  virtual int numPartitions() const = 0;
  /// The nodes whose partitions are read directly by this node's tasks.
  virtual std::vector<std::shared_ptr<NodeBase>> narrowParents() const { return {}; }
  /// The shuffles whose output this node's tasks read.
  virtual std::vector<std::shared_ptr<ShuffleBase>> shuffles() const { return {}; }
  /// How keys are spread over the partitions, where that is known; else null.
  virtual std::shared_ptr<const PartitionerBase> partitioner() const { return nullptr; }
  /// Called by the driver before any task of a job that reads this node.
  virtual void prepare() {}

  int id() const { return id_; }
  const std::string& operation() const { return operation_; }
  const std::string& kind() const { return kind_; }
  /// "map at RDD 3", as it stands in error messages.
  std::string operationName() const;
  const std::shared_ptr<RddContext>& context() const { return context_; }

  std::optional<std::string> name() const;
  void setName(std::string name);

  StorageLevel storageLevel() const;
  /// Spark's rule: a level once set can only be set again to the same one (else
  /// SparkUnsupportedOperationException), until unpersist.
  void setStorageLevel(StorageLevel level);
  void clearStorageLevel();

  /// True when compute must go through the stored path: the node is persisted or checkpointed.
  /// One relaxed load, asked once per partition.
  bool isStored() const { return stored_.load(std::memory_order_relaxed); }
  /// True when all partitions are stored, so the parents are not needed.
  virtual bool isFullyStored() const { return false; }
  void updateStored(bool stored) { stored_.store(stored, std::memory_order_relaxed); }

 private:
  const int id_;
  const std::shared_ptr<RddContext> context_;
  const std::string operation_;
  const std::string kind_;
  mutable std::mutex mutex_;
  std::optional<std::string> name_;
  StorageLevel level_ = StorageLevel::NONE;
  std::atomic<bool> stored_{false};
};

/// A run of elements handed over in one call. When `movable`, the receiver may move them away.
template <class T>
struct Chunk {
  T* data;
  size_t size;
  bool movable;
};

/// Takes chunks; returns false to say that no more are wanted.
template <class T>
using ChunkSink = FunctionRef<bool(Chunk<T>)>;

template <class T>
class PartitionStorage;

/// A node that yields elements of T. This is the erased form: elements cross it in chunks. A
/// concrete node also has
///   template <class Sink> bool compute(int split, TaskContext&, Sink&& sink)
/// which calls sink(element) -> bool for each element; chains of those compile to one loop.
template <class T>
class Node : public NodeBase {
 public:
  using Element = T;
  using NodeBase::NodeBase;

  virtual void computeChunks(int split, TaskContext& task, ChunkSink<T> sink) = 0;

  /// Where persisted or checkpointed partitions are; null until asked for.
  const std::shared_ptr<PartitionStorage<Owned<T>>>& storage() const { return storage_; }
  void setStorage(std::shared_ptr<PartitionStorage<Owned<T>>> storage) {
    storage_ = std::move(storage);
  }
  bool isFullyStored() const override;

 private:
  std::shared_ptr<PartitionStorage<Owned<T>>> storage_;
};

/// How many elements an erased boundary gathers before it hands them on. Views are handed on one
/// by one: what they point to lives only during the call. (So is bool: its vector has no T*.)
template <class T>
inline constexpr size_t kChunkElements = isView<T> || std::is_same_v<T, bool> ? 1 : 256;

/// Runs a concrete node into an erased sink.
template <class T, class ConcreteNode>
void computeIntoChunks(ConcreteNode& node, int split, TaskContext& task, ChunkSink<T> sink) {
  if constexpr (kChunkElements<T> == 1) {
    node.compute(split, task, [&](auto&& element) {
      T value(std::forward<decltype(element)>(element));
      return sink(Chunk<T>{&value, 1, true});
    });
  } else {
    std::vector<T> buffer;
    buffer.reserve(kChunkElements<T>);
    bool more = true;
    const auto flush = [&] {
      more = sink(Chunk<T>{buffer.data(), buffer.size(), true});
      buffer.clear();
      return more;
    };
    node.compute(split, task, [&](auto&& element) {
      buffer.emplace_back(std::forward<decltype(element)>(element));
      return buffer.size() < kChunkElements<T> || flush();
    });
    if (more && !buffer.empty()) flush();
  }
}

/// Feeds a chunk to an element sink, moving where allowed.
template <class T, class Sink>
bool feedChunk(Chunk<T> chunk, Sink& sink) {
  if (chunk.movable) {
    for (size_t i = 0; i < chunk.size; ++i) {
      if (!sink(std::move(chunk.data[i]))) return false;
    }
  } else {
    for (size_t i = 0; i < chunk.size; ++i) {
      if (!sink(std::as_const(chunk.data[i]))) return false;
    }
  }
  return true;
}

/// Reads the stored partition of `node`, storing it first if need be. In Storage.h.
template <class T>
bool readStored(Node<T>& node, int split, TaskContext& task, ChunkSink<Owned<T>> sink);

/// Calls sink(element) for the elements of one partition until it returns false; returns false
/// then. The one door through which nodes read each other: it sees to stored partitions, and
/// inlines the parent's loop when N is a concrete node.
template <class N, class Sink>
bool iterate(N& node, int split, TaskContext& task, Sink&& sink) {
  using T = typename N::Element;
  if (node.isStored()) [[unlikely]] {
    return readStored<T>(node, split, task, [&](Chunk<Owned<T>> chunk) {
      if constexpr (isView<T>) {
        for (size_t i = 0; i < chunk.size; ++i) {
          if (!sink(T(chunk.data[i]))) return false;
        }
        return true;
      } else {
        return feedChunk(chunk, sink);
      }
    });
  }
  if constexpr (std::is_same_v<N, Node<T>>) {
    bool more = true;
    node.computeChunks(split, task, [&](Chunk<T> chunk) {
      more = feedChunk(chunk, sink);
      return more;
    });
    return more;
  } else {
    return node.compute(split, task, std::forward<Sink>(sink));
  }
}

}  // namespace spate
