#include "spate/connect/OperationThreads.h"

#include <utility>

namespace spate::connect {

void OperationThreads::start(std::function<void()> work) {
  joinEnded();
  const std::lock_guard lock(mutex_);
  const uint64_t id = nextId_++;
  running_[id] = std::thread([this, id, work = std::move(work)] {
    work();
    const std::lock_guard ending(mutex_);
    const auto self = running_.find(id);
    ended_.push_back(std::move(self->second));
    running_.erase(self);
    changed_.notify_all();
  });
}

void OperationThreads::wait() {
  {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return running_.empty(); });
  }
  joinEnded();
}

void OperationThreads::joinEnded() {
  std::vector<std::thread> ended;
  {
    const std::lock_guard lock(mutex_);
    ended.swap(ended_);
  }
  for (std::thread& thread : ended) thread.join();
}

}  // namespace spate::connect
