#pragma once

#include <cstdint>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>

namespace spate {

class RddContext;

/// Who has partitions in memory and can be asked to give one up.
class BlockOwner {
 public:
  virtual ~BlockOwner() = default;
  /// Drops the partition, or moves it to disk. False when it has to stay.
  virtual bool evict(int split) = 0;
};

/// The memory that stored partitions may take together, and who has to make room: the partition
/// that was not read for the longest time, but none of the RDD that asks (it would push itself
/// out), as in Spark.
///
/// Threads: all functions from any thread. An owner must not hold a lock that its evict() takes
/// while it calls reserve().
class BlockStore {
 public:
  BlockStore(RddContext& context, int64_t memoryBudget)
      : context_(context), memoryBudget_(memoryBudget) {}

  int64_t memoryBudget() const { return memoryBudget_; }
  int64_t memoryUsed() const;

  /// Takes `bytes` of memory for a partition; false when no room can be made.
  bool reserve(const std::shared_ptr<BlockOwner>& owner, int split, int64_t bytes);
  /// The partition was read.
  void touch(const BlockOwner& owner, int split);
  /// The partition has left memory.
  void release(const BlockOwner& owner, int split);

  /// Where the partition of a node would be on disk. Throws when there can be no such directory.
  std::string blockFile(int rddId, int split);

 private:
  using Key = std::pair<const BlockOwner*, int>;
  struct Entry {
    Key key;
    std::weak_ptr<BlockOwner> owner;
    int64_t bytes;
  };
  using Entries = std::list<Entry>;

  RddContext& context_;
  const int64_t memoryBudget_;
  mutable std::mutex mutex_;
  int64_t memoryUsed_ = 0;
  /// The one read longest ago first.
  Entries entries_;
  std::map<Key, Entries::iterator> positions_;
};

}  // namespace spate
