#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
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
  TaskContext(int stageId, int partitionId, int attemptNumber, int64_t taskAttemptId)
      : stageId_(stageId),
        partitionId_(partitionId),
        attemptNumber_(attemptNumber),
        taskAttemptId_(taskAttemptId) {}
  TaskContext(const TaskContext&) = delete;
  TaskContext& operator=(const TaskContext&) = delete;

  /// The running task's context, or null outside a task.
  static TaskContext* get();
  static int getPartitionId() { return get() == nullptr ? 0 : get()->partitionId(); }

  int stageId() const { return stageId_; }
  int partitionId() const { return partitionId_; }
  int attemptNumber() const { return attemptNumber_; }
  int64_t taskAttemptId() const { return taskAttemptId_; }

  /// `listener` runs when the attempt ends, successful or not.
  void addTaskCompletionListener(std::function<void()> listener) {
    listeners_.push_back(std::move(listener));
  }

  /// The pending update of accumulator `id`, made by `make` on first use.
  PendingUpdate& pendingUpdate(int64_t id,
                               const std::function<std::unique_ptr<PendingUpdate>()>& make) {
    auto& update = pending_[id];
    if (!update) update = make();
    return *update;
  }

 private:
  friend class Scheduler;

  int stageId_;
  int partitionId_;
  int attemptNumber_;
  int64_t taskAttemptId_;
  std::vector<std::function<void()>> listeners_;
  std::map<int64_t, std::unique_ptr<PendingUpdate>> pending_;
};

}  // namespace spate
