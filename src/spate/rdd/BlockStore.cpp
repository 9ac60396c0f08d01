#include "spate/rdd/BlockStore.h"

#include <set>

#include "spate/rdd/RddContext.h"
#include "spate/types/Exceptions.h"

namespace spate {

int64_t BlockStore::memoryUsed() const {
  std::lock_guard lock(mutex_);
  return memoryUsed_;
}

bool BlockStore::reserve(const std::shared_ptr<BlockOwner>& owner, int split, int64_t bytes) {
  if (bytes > memoryBudget_) return false;
  std::set<Key> refused;
  while (true) {
    std::shared_ptr<BlockOwner> victim;
    int victimSplit = 0;
    {
      std::lock_guard lock(mutex_);
      // Another task stores the same partition.
      if (positions_.contains({owner.get(), split})) return true;
      if (memoryUsed_ + bytes <= memoryBudget_) {
        memoryUsed_ += bytes;
        entries_.push_back(Entry{{owner.get(), split}, owner, bytes});
        positions_[{owner.get(), split}] = std::prev(entries_.end());
        return true;
      }
      for (const Entry& entry : entries_) {
        if (entry.key.first == owner.get() || refused.contains(entry.key)) continue;
        victim = entry.owner.lock();
        victimSplit = entry.key.second;
        if (victim) break;
      }
    }
    if (!victim) return false;
    // Outside of the lock: it may write a file. The owner calls release() when it gave way.
    if (!victim->evict(victimSplit)) refused.insert({victim.get(), victimSplit});
  }
}

void BlockStore::touch(const BlockOwner& owner, int split) {
  std::lock_guard lock(mutex_);
  const auto found = positions_.find({&owner, split});
  if (found != positions_.end()) entries_.splice(entries_.end(), entries_, found->second);
}

void BlockStore::release(const BlockOwner& owner, int split) {
  std::lock_guard lock(mutex_);
  const auto found = positions_.find({&owner, split});
  if (found == positions_.end()) return;
  memoryUsed_ -= found->second->bytes;
  entries_.erase(found->second);
  positions_.erase(found);
}

std::string BlockStore::blockFile(int rddId, int split) {
  return joinPath(joinPath(context_.localDirectory(), "blocks"),
                  "rdd_" + std::to_string(rddId) + "_" + std::to_string(split));
}

}  // namespace spate
