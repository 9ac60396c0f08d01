#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "spate/rdd/Node.h"

namespace spate {

/// What RDD.toDebugString tells about stored partitions.
struct StorageInfo {
  int partitions = 0;
  int64_t memoryBytes = 0;
  int64_t diskBytes = 0;
};

/// The stored partitions of one node, whatever their elements.
///
/// Threads: all functions from any thread.
class StorageBase {
 public:
  virtual ~StorageBase() = default;
  /// All partitions are there.
  virtual bool isComplete() const = 0;
  /// While kept, partitions that are there stay there.
  virtual void keep(bool on) { static_cast<void>(on); }
  virtual StorageInfo info() const = 0;
  /// The directory of a checkpoint; empty for all else.
  virtual std::string location() const { return {}; }
};

/// The stored partitions of a node with elements of T (an owned type).
///
/// Errors: get and put throw SparkException when a file cannot be read or written.
template <class T>
class PartitionStorage : public StorageBase {
 public:
  using Block = std::shared_ptr<const std::vector<T>>;

  /// Null when the partition is not there (any more).
  virtual Block get(int split) = 0;
  /// Stores what was computed, if there is room, and gives it back to be read.
  virtual Block put(int split, std::vector<T> elements) = 0;
};

namespace detail {

/// A persisted partition, computed (or read from the checkpoint) when it is not there.
template <class T>
typename PartitionStorage<Owned<T>>::Block storedBlock(Node<T>& node, int split,
                                                       TaskContext& task) {
  using Storage = PartitionStorage<Owned<T>>;
  const auto persisted = std::static_pointer_cast<Storage>(node.persisted());
  if (persisted) {
    if (auto block = persisted->get(split)) return block;
  }
  if (const auto checkpointed = std::static_pointer_cast<Storage>(node.checkpointed())) {
    auto block = checkpointed->get(split);
    return persisted ? persisted->put(split, *block) : block;
  }
  std::vector<Owned<T>> computed;
  node.computeChunks(split, task, [&](Chunk<T> chunk) {
    for (size_t i = 0; i < chunk.size; ++i) {
      if (chunk.movable)
        computed.push_back(toOwned(std::move(chunk.data[i])));
      else
        computed.push_back(toOwned(std::as_const(chunk.data[i])));
    }
    return true;
  });
  if (persisted) return persisted->put(split, std::move(computed));
  return std::make_shared<const std::vector<Owned<T>>>(std::move(computed));
}

}  // namespace detail

template <class T>
bool readStored(Node<T>& node, int split, TaskContext& task, ChunkSink<Owned<T>> sink) {
  using U = Owned<T>;
  const auto elements = detail::storedBlock(node, split, task);
  if constexpr (kChunkElements<U> == 1) {
    // One copy at a time for bool, whose vector has no T*.
    for (auto&& element : *elements) {
      U value = element;
      if (!sink(Chunk<U>{&value, 1, true})) return false;
    }
    return true;
  } else {
    if (elements->empty()) return true;
    // Not movable, so never written through.
    return sink(Chunk<U>{const_cast<U*>(elements->data()), elements->size(), false});
  }
}

}  // namespace spate
