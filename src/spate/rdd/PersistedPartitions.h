#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "spate/rdd/BlockStore.h"
#include "spate/rdd/ElementFile.h"
#include "spate/rdd/RddContext.h"
#include "spate/rdd/Storage.h"
#include "spate/rdd/StorageLevel.h"
#include "spate/state/HeapBytes.h"

namespace spate {

/// Throws SparkUnsupportedOperationException unless a type with (or without) a Codec can be kept
/// as `level` says; warns once when the level asks for replicas.
void checkStorageLevel(StorageLevel level, bool hasCodec, const std::string& operationName);

/// The partitions of persist(): in memory as objects or bytes, on disk, or gone and computed again
/// when they are needed, as the level says.
///
/// Threads: all functions from any thread.
template <class T>
class PersistedPartitions final : public PartitionStorage<T>, public BlockOwner {
 public:
  using typename PartitionStorage<T>::Block;

  static std::shared_ptr<PersistedPartitions> make(const NodeBase& node, StorageLevel level) {
    std::shared_ptr<PersistedPartitions> made(new PersistedPartitions(node, level));
    made->self_ = made;
    return made;
  }
  ~PersistedPartitions() override {
    for (size_t split = 0; split < slots_.size(); ++split) {
      blocks().release(*this, static_cast<int>(split));
      if (slots_[split].onDisk) remove(static_cast<int>(split));
    }
  }

  Block get(int split) override {
    Slot slot;
    {
      std::lock_guard lock(mutex_);
      slot = slots_[static_cast<size_t>(split)];
    }
    if (slot.elements || slot.bytes) blocks().touch(*this, split);
    if (slot.elements) return slot.elements;
    if constexpr (Encodable<T>) {
      if (slot.bytes)
        return std::make_shared<const std::vector<T>>(
            valueOrThrow(decodeFromString<std::vector<T>>(*slot.bytes)));
      if (slot.onDisk)
        return std::make_shared<const std::vector<T>>(readElementFile<T>(file(split)));
    }
    return nullptr;
  }

  Block put(int split, std::vector<T> elements) override {
    auto block = std::make_shared<const std::vector<T>>(std::move(elements));
    {
      std::lock_guard lock(mutex_);
      if (slots_[static_cast<size_t>(split)].isThere()) return block;
    }
    Slot slot;
    if (level_.useMemory) putInMemory(split, block, slot);
    if constexpr (Encodable<T>) {
      if (!slot.isThere() && level_.useDisk) writeToDisk(split, *block, slot);
    }
    std::lock_guard lock(mutex_);
    // Two tasks may have computed the same partition; what they hold is equal.
    slots_[static_cast<size_t>(split)] = std::move(slot);
    return block;
  }

  bool evict(int split) override {
    std::lock_guard lock(mutex_);
    Slot& slot = slots_[static_cast<size_t>(split)];
    if (kept_ && !level_.useDisk) return false;
    if (!slot.elements && !slot.bytes) return false;
    if constexpr (Encodable<T>) {
      if (level_.useDisk && !slot.onDisk) {
        if (slot.elements)
          writeToDisk(split, *slot.elements, slot);
        else
          writeToDisk(split, valueOrThrow(decodeFromString<std::vector<T>>(*slot.bytes)), slot);
      }
    }
    slot.elements = nullptr;
    slot.bytes = nullptr;
    slot.memoryBytes = 0;
    blocks().release(*this, split);
    return true;
  }

  bool isComplete() const override {
    std::lock_guard lock(mutex_);
    for (const Slot& slot : slots_) {
      if (!slot.isThere()) return false;
    }
    return true;
  }
  void keep(bool on) override {
    std::lock_guard lock(mutex_);
    kept_ = on;
  }
  StorageInfo info() const override {
    std::lock_guard lock(mutex_);
    StorageInfo info;
    for (const Slot& slot : slots_) {
      info.partitions += slot.isThere() ? 1 : 0;
      info.memoryBytes += slot.memoryBytes;
      info.diskBytes += slot.diskBytes;
    }
    return info;
  }

 private:
  struct Slot {
    Block elements{};
    std::shared_ptr<const std::string> bytes{};
    bool onDisk = false;
    int64_t memoryBytes = 0;
    int64_t diskBytes = 0;
    bool isThere() const { return elements || bytes || onDisk; }
  };

  PersistedPartitions(const NodeBase& node, StorageLevel level)
      : context_(node.context()),
        rddId_(node.id()),
        level_(level),
        slots_(static_cast<size_t>(node.numPartitions())) {}

  BlockStore& blocks() const { return context_->blocks(); }
  std::string file(int split) const { return blocks().blockFile(rddId_, split); }
  void remove(int split) {
    // A file that stays goes with the local directory at the end.
    static_cast<void>(context_->files().removeAll(file(split)));
  }

  void putInMemory(int split, const Block& block, Slot& slot) {
    if constexpr (Encodable<T>) {
      if (!level_.deserialized) {
        auto bytes = std::make_shared<const std::string>(encodeToString(*block));
        const auto size = static_cast<int64_t>(bytes->size());
        if (!blocks().reserve(self_.lock(), split, size)) return;
        slot.bytes = std::move(bytes);
        slot.memoryBytes = size;
        return;
      }
    }
    const auto size = static_cast<int64_t>(sizeof(std::vector<T>) + heapBytes(*block));
    if (!blocks().reserve(self_.lock(), split, size)) return;
    slot.elements = block;
    slot.memoryBytes = size;
  }

  void writeToDisk(int split, const std::vector<T>& elements, Slot& slot) {
    slot.diskBytes = static_cast<int64_t>(writeScratchElements(file(split), elements));
    slot.onDisk = true;
  }

  const std::shared_ptr<RddContext> context_;
  const int rddId_;
  const StorageLevel level_;
  std::weak_ptr<PersistedPartitions> self_;
  mutable std::mutex mutex_;
  std::vector<Slot> slots_;
  bool kept_ = false;
};

}  // namespace spate
