#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

namespace spate {

/// The `local[N]` slots of a process: N threads that run the tasks of any number of jobs.
///
/// Threads: runAll from any thread that is not one of the pool's own (a task cannot start a job
/// and wait for it, as in Spark); the destructor waits for running tasks.
class TaskPool {
 public:
  explicit TaskPool(int slots);
  ~TaskPool();
  TaskPool(const TaskPool&) = delete;
  TaskPool& operator=(const TaskPool&) = delete;

  int slots() const { return static_cast<int>(threads_.size()); }

  /// Runs task(0) .. task(count - 1), at most slots() at once, in that order of starting; returns
  /// when all have ended. `task` must not throw.
  void runAll(size_t count, const std::function<void(size_t)>& task);

  /// Whether the calling thread is one of the pool's.
  bool onPoolThread() const;

 private:
  struct Job {
    const std::function<void(size_t)>* task;
    size_t count;
    size_t next = 0;
    size_t running = 0;
  };

  void work();

  std::mutex mutex_;
  std::condition_variable workAdded_;
  std::condition_variable taskEnded_;
  std::deque<Job*> jobs_;
  bool stopping_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace spate
