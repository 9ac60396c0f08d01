#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <utility>
#include <vector>

namespace spate {

/// What an accumulator has gathered in one attempt of a task; merged into the accumulator only
/// when that attempt has succeeded.
class PendingUpdate {
 public:
  virtual ~PendingUpdate() = default;
  virtual void mergeIntoAccumulator() = 0;
};

/// The task that a thread is running: which part of which job, which attempt. Spark's TaskContext.
///
/// Threads: belongs to the thread that runs the task; get() gives that thread's.
class TaskContext {
 public:
  TaskContext(int stageId, int partitionId, int attemptNumber, int64_t taskAttemptId,
              const std::atomic<bool>* cancelled = nullptr)
      : stageId_(stageId),
        partitionId_(partitionId),
        attemptNumber_(attemptNumber),
        taskAttemptId_(taskAttemptId),
        cancelled_(cancelled) {}
  TaskContext(const TaskContext&) = delete;
  TaskContext& operator=(const TaskContext&) = delete;

  /// The running task's context, or null outside a task.
  static TaskContext* get();
  static int getPartitionId() { return get() == nullptr ? 0 : get()->partitionId(); }

  int stageId() const { return stageId_; }
  int partitionId() const { return partitionId_; }
  int attemptNumber() const { return attemptNumber_; }
  int64_t taskAttemptId() const { return taskAttemptId_; }

  /// The job was cancelled: a long function may look here and throw.
  bool isInterrupted() const {
    return cancelled_ != nullptr && cancelled_->load(std::memory_order_relaxed);
  }

  /// `listener` runs when the attempt ends, successful or not.
  void addTaskCompletionListener(std::function<void()> listener) {
    listeners_.push_back(std::move(listener));
  }

  /// The pending update of accumulator `id`, made by `make() -> std::unique_ptr<PendingUpdate>` on
  /// first use.
  template <class Make>
  PendingUpdate& pendingUpdate(int64_t id, Make&& make) {
    for (auto& [known, update] : pending_) {
      if (known == id) return *update;
    }
    pending_.emplace_back(id, make());
    return *pending_.back().second;
  }

 private:
  friend class Scheduler;

  int stageId_;
  int partitionId_;
  int attemptNumber_;
  int64_t taskAttemptId_;
  std::vector<std::function<void()>> listeners_;
  /// Few: a task has one for each accumulator that it touched.
  std::vector<std::pair<int64_t, std::unique_ptr<PendingUpdate>>> pending_;
  const std::atomic<bool>* cancelled_;
};

}  // namespace spate
