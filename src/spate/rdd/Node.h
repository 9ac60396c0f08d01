#pragma once

#include <atomic>
#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
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

class NodeBase;
class RddContext;
class ShuffleBase;
class StorageBase;
template <class T>
class PartitionStorage;

/// What a node reads: another node's partitions (narrow), or the output of a shuffle.
struct Dependency {
  std::shared_ptr<NodeBase> narrow;
  std::shared_ptr<ShuffleBase> shuffle;
};
using Dependencies = std::vector<Dependency>;

/// The dependencies of a node that reads the partitions of `parent`.
inline Dependencies readsFrom(std::shared_ptr<NodeBase> parent) {
  return {Dependency{std::move(parent), nullptr}};
}
/// The dependencies of a node that reads the output of `shuffle`.
inline Dependencies readsShuffle(std::shared_ptr<ShuffleBase> shuffle) {
  return {Dependency{nullptr, std::move(shuffle)}};
}
template <class NodePointers>
Dependencies readsFromAll(const NodePointers& parents) {
  Dependencies all;
  for (const auto& parent : parents) all.push_back(Dependency{parent, nullptr});
  return all;
}

/// The untyped part of an RDD's node in the lineage graph: what the scheduler sees.
///
/// Keeps   what the node reads alive, until a checkpoint cuts the lineage. So a concrete node holds
///         its parents by plain pointers, and must not ask them anything outside of compute.
/// Threads the graph is built by driver threads; compute functions run in tasks on a const graph.
class NodeBase : public std::enable_shared_from_this<NodeBase> {
 public:
  /// `operation` is Spark's name of the transformation ("map"), `kind` of its RDD
  /// ("MapPartitionsRDD").
  NodeBase(std::shared_ptr<RddContext> context, std::string operation, std::string kind,
           Dependencies dependencies = {});
  virtual ~NodeBase();
  NodeBase(const NodeBase&) = delete;
  NodeBase& operator=(const NodeBase&) = delete;

  virtual int numPartitions() const = 0;
  /// How keys are spread over the partitions, where that is known; else null.
  virtual std::shared_ptr<const PartitionerBase> partitioner() const { return nullptr; }
  /// Called by the driver before any task of a job that reads this node.
  virtual void prepare() {}

  int id() const { return id_; }
  const std::string& operation() const { return operation_; }
  const std::string& kind() const { return kind_; }
  /// "map at RDD 3", as it stands in error messages.
  std::string operationName() const;
  /// "words MapPartitionsRDD[3] at map": Spark's RDD.toString without the line of the program.
  std::string toString() const;
  const std::shared_ptr<RddContext>& context() const { return context_; }

  Dependencies dependencies() const;

  std::optional<std::string> name() const;
  void setName(std::string name);

  // Stored partitions: those of persist(), and those of a checkpoint.

  StorageLevel storageLevel() const;
  /// True when compute must go through the stored path: the node is persisted or checkpointed.
  /// One relaxed load, asked once per partition.
  bool isStored() const { return stored_.load(std::memory_order_relaxed); }
  /// Null when the node is not persisted.
  std::shared_ptr<StorageBase> persisted() const;
  /// Spark's rule: a level once set can only be set again to the same one (else
  /// SparkUnsupportedOperationException), until unpersist.
  void persistIn(StorageLevel level, const std::function<std::shared_ptr<StorageBase>()>& make);
  /// Forgets the stored partitions; for a job that counts on them, when it ends.
  void unpersist();

  /// For a job: true when all partitions are stored. They stay, then, until unpinStorage().
  bool pinStorage();
  void unpinStorage();

  /// RDD.checkpoint(): `write` stores all partitions; called once, after the next job on the node.
  void requestCheckpoint(std::function<std::shared_ptr<StorageBase>()> write);
  bool checkpointRequested() const;
  /// Runs a requested checkpoint: the node reads its partitions from there from now on.
  void runRequestedCheckpoint();
  /// Null before the checkpoint was written.
  std::shared_ptr<StorageBase> checkpointed() const;
  /// After a checkpoint: lets go of what the node was computed from. No job may be running.
  void cutLineage();

 private:
  const int id_;
  const std::shared_ptr<RddContext> context_;
  const std::string operation_;
  const std::string kind_;
  mutable std::mutex mutex_;
  Dependencies dependencies_;
  std::optional<std::string> name_;
  StorageLevel level_ = StorageLevel::NONE;
  std::shared_ptr<StorageBase> persisted_;
  std::shared_ptr<StorageBase> checkpointed_;
  std::function<std::shared_ptr<StorageBase>()> checkpointWriter_;
  int pins_ = 0;
  bool unpersistWhenUnpinned_ = false;
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
  // The erased node, and those that have no loop to inline, hand over chunks.
  if constexpr (!requires { &N::template compute<Sink>; }) {
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
