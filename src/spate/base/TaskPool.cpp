#include "spate/base/TaskPool.h"

#include <algorithm>

namespace spate {
namespace {

thread_local const TaskPool* poolOfThisThread = nullptr;

}  // namespace

TaskPool::TaskPool(int slots) {
  threads_.reserve(static_cast<size_t>(std::max(slots, 1)));
  for (int i = 0; i < std::max(slots, 1); ++i) threads_.emplace_back([this] { work(); });
}

TaskPool::~TaskPool() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  workAdded_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

void TaskPool::runAll(size_t count, const std::function<void(size_t)>& task) {
  if (count == 0) return;
  Job job{&task, count};
  std::unique_lock lock(mutex_);
  jobs_.push_back(&job);
  if (count == 1)
    workAdded_.notify_one();
  else
    workAdded_.notify_all();
  taskEnded_.wait(lock, [&] { return job.next == job.count && job.running == 0; });
}

bool TaskPool::onPoolThread() const { return poolOfThisThread == this; }

void TaskPool::work() {
  poolOfThisThread = this;
  std::unique_lock lock(mutex_);
  while (true) {
    workAdded_.wait(lock, [&] { return stopping_ || !jobs_.empty(); });
    if (jobs_.empty()) return;
    Job* job = jobs_.front();
    const size_t index = job->next++;
    ++job->running;
    if (job->next == job->count) jobs_.pop_front();
    lock.unlock();
    (*job->task)(index);
    lock.lock();
    --job->running;
    if (job->next == job->count && job->running == 0) taskEnded_.notify_all();
  }
}

}  // namespace spate
