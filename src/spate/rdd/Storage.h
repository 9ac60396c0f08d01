#pragma once

#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include "spate/rdd/Node.h"

namespace spate {

/// The stored partitions of one node.
template <class T>
class PartitionStorage {
 public:
  explicit PartitionStorage(int partitions) : partitions_(static_cast<size_t>(partitions)) {}

  std::shared_ptr<const std::vector<T>> get(int split) const {
    std::lock_guard lock(mutex_);
    return partitions_[static_cast<size_t>(split)];
  }
  void put(int split, std::shared_ptr<const std::vector<T>> elements) {
    std::lock_guard lock(mutex_);
    partitions_[static_cast<size_t>(split)] = std::move(elements);
  }
  bool isComplete() const {
    std::lock_guard lock(mutex_);
    for (const auto& partition : partitions_) {
      if (!partition) return false;
    }
    return true;
  }

 private:
  mutable std::mutex mutex_;
  std::vector<std::shared_ptr<const std::vector<T>>> partitions_;
};

template <class T>
bool Node<T>::isFullyStored() const {
  return storage_ && storage_->isComplete();
}

template <class T>
bool readStored(Node<T>& node, int split, TaskContext& task, ChunkSink<Owned<T>> sink) {
  PartitionStorage<Owned<T>>& storage = *node.storage();
  auto elements = storage.get(split);
  if (!elements) {
    auto computed = std::make_shared<std::vector<Owned<T>>>();
    node.computeChunks(split, task, [&](Chunk<T> chunk) {
      for (size_t i = 0; i < chunk.size; ++i) {
        if (chunk.movable) computed->push_back(toOwned(std::move(chunk.data[i])));
        else computed->push_back(toOwned(std::as_const(chunk.data[i])));
      }
      return true;
    });
    elements = std::move(computed);
    storage.put(split, elements);
  }
  for (auto&& element : *elements) {
    // One copy at a time for bool, whose vector has no T*.
    if constexpr (kChunkElements<Owned<T>> == 1) {
      Owned<T> value = element;
      if (!sink(Chunk<Owned<T>>{&value, 1, true})) return false;
    }
  }
  if constexpr (kChunkElements<Owned<T>> != 1) {
    if (!elements->empty())
      return sink(Chunk<Owned<T>>{const_cast<Owned<T>*>(elements->data()), elements->size(), false});
  }
  return true;
}

}  // namespace spate
