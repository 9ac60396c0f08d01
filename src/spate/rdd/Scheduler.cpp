#include "spate/rdd/Scheduler.h"

#include <numeric>
#include <unordered_set>

#include "spate/base/Logging.h"
#include "spate/rdd/RddContext.h"
#include "spate/types/Exceptions.h"

namespace spate {
namespace {

thread_local TaskContext* taskOfThisThread = nullptr;

/// Makes `task` the thread's own for a scope.
class CurrentTask {
 public:
  explicit CurrentTask(TaskContext& task) : outer_(std::exchange(taskOfThisThread, &task)) {}
  ~CurrentTask() { taskOfThisThread = outer_; }
  CurrentTask(const CurrentTask&) = delete;
  CurrentTask& operator=(const CurrentTask&) = delete;

 private:
  TaskContext* outer_;
};

}  // namespace

TaskContext* TaskContext::get() { return taskOfThisThread; }

void rethrowAsUserCode(const std::string& operation) {
  try {
    throw;
  } catch (const UserCodeError&) {
    throw;
  } catch (...) {
    throw UserCodeError(operation, statusOfCurrentException());
  }
}

void Scheduler::run(NodeBase& node, std::span<const int> partitions, const std::string& operation,
                    FunctionRef<void(TaskContext&, size_t)> body) {
  context_.checkNotStopped();
  if (context_.pool().onPoolThread())
    throw SparkException(
        "It appears that you are attempting to reference SparkContext from a broadcast variable, "
        "action, or transformation. RDD transformations and actions are run by the driver, not "
        "inside of other transformations. For more information, see SPARK-5063. (" + operation +
        ")");
  prepare(node);
  runTasks(partitions, body);
}

void Scheduler::prepare(NodeBase& node) {
  // Depth first, so that a shuffle's own inputs are there before it. Iterative over nodes already
  // seen: a lineage may be a wide graph.
  std::unordered_set<const NodeBase*> seen;
  const auto visit = [&](auto&& self, NodeBase& at) -> void {
    if (!seen.insert(&at).second) return;
    at.prepare();
    if (at.isStored() && at.isFullyStored()) return;
    for (const auto& parent : at.narrowParents()) self(self, *parent);
    for (const auto& shuffle : at.shuffles()) {
      std::unique_lock lock(shuffle->mutex_);
      if (shuffle->done_) continue;
      self(self, *shuffle->input());
      materialize(*shuffle);
      shuffle->done_ = true;
    }
  };
  visit(visit, node);
}

void Scheduler::materialize(ShuffleBase& shuffle) {
  const std::shared_ptr<NodeBase> input = shuffle.input();
  std::vector<int> splits(static_cast<size_t>(input->numPartitions()));
  std::iota(splits.begin(), splits.end(), 0);
  shuffle.startMapTasks(static_cast<int>(splits.size()));
  runTasks(splits, [&](TaskContext& task, size_t index) {
    shuffle.runMapTask(splits[index], task);
  });
}

void Scheduler::runTasks(std::span<const int> partitions,
                         FunctionRef<void(TaskContext&, size_t)> body) {
  const int stage = context_.nextStageId();
  std::mutex mutex;
  Status failure;
  std::atomic<bool> failed{false};

  const auto runAttempt = [&](size_t index, int attempt) -> Status {
    TaskContext task(stage, partitions[index], attempt, context_.nextTaskAttemptId());
    const CurrentTask current(task);
    Status error;
    try {
      body(task, index);
      for (auto& [id, update] : task.pending_) update->mergeIntoAccumulator();
    } catch (...) {
      error = statusOfCurrentException();
    }
    for (const auto& listener : task.listeners_) {
      try {
        listener();
      } catch (...) {
        logWarn("TaskContext", "Error in TaskCompletionListener: " + statusOfCurrentException().message());
      }
    }
    return error;
  };

  const std::function<void(size_t)> runTask = [&](size_t index) {
    for (int attempt = 0; !failed.load(std::memory_order_relaxed); ++attempt) {
      const Status error = runAttempt(index, attempt);
      if (error.ok()) return;
      const std::string where = "task " + std::to_string(partitions[index]) + "." +
                                std::to_string(attempt) + " in stage " + std::to_string(stage) +
                                ".0";
      logWarn("TaskSetManager", "Lost " + where + ": " + error.message());
      if (attempt + 1 < context_.maxTaskFailures()) continue;
      std::lock_guard lock(mutex);
      if (!failed.exchange(true))
        failure = Status(error.code(), "Job aborted due to stage failure: Task " +
                                           std::to_string(partitions[index]) + " in stage " +
                                           std::to_string(stage) + ".0 failed " +
                                           std::to_string(attempt + 1) +
                                           " times, most recent failure: Lost " + where + ": " +
                                           error.message());
      return;
    }
  };
  context_.pool().runAll(partitions.size(), runTask);
  if (failed) throw SparkException(failure);
}

}  // namespace spate
