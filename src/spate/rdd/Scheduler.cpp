#include "spate/rdd/Scheduler.h"

#include <algorithm>
#include <numeric>
#include <unordered_set>

#include "spate/base/Logging.h"
#include "spate/rdd/RddContext.h"
#include "spate/types/Exceptions.h"

namespace spate {
namespace {

thread_local TaskContext* taskOfThisThread = nullptr;
thread_local std::optional<JobGroup> jobGroupOfThisThread;
/// A checkpoint runs a job of its own, behind which none is looked for.
thread_local bool writingCheckpoint = false;

/// Gives a thread-local another value for a scope.
template <class T>
class Scoped {
 public:
  Scoped(T& variable, T value) : variable_(variable), outer_(std::exchange(variable, value)) {}
  ~Scoped() { variable_ = outer_; }
  Scoped(const Scoped&) = delete;
  Scoped& operator=(const Scoped&) = delete;

 private:
  T& variable_;
  T outer_;
};

/// All nodes that `node` reads through narrow dependencies, itself first; `enter` says whether to
/// go on behind a node. A loop, not a recursion: a lineage may be very long.
void walkNarrow(NodeBase& node, std::unordered_set<const NodeBase*>& seen,
                const std::function<bool(NodeBase&)>& enter,
                const std::function<void(const std::shared_ptr<ShuffleBase>&)>& onShuffle) {
  std::vector<std::shared_ptr<NodeBase>> waiting{node.shared_from_this()};
  while (!waiting.empty()) {
    const std::shared_ptr<NodeBase> at = std::move(waiting.back());
    waiting.pop_back();
    if (!seen.insert(at.get()).second || !enter(*at)) continue;
    const Dependencies dependencies = at->dependencies();
    for (auto it = dependencies.rbegin(); it != dependencies.rend(); ++it) {
      if (it->narrow) waiting.push_back(it->narrow);
    }
    for (const Dependency& dependency : dependencies) {
      if (dependency.shuffle) onShuffle(dependency.shuffle);
    }
  }
}

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

/// A job's place among the running ones. At its end pins are taken off and, when it was the last,
/// the lineages behind checkpoints are cut: no task looks at them then.
class Scheduler::RunningJob {
 public:
  explicit RunningJob(Scheduler& scheduler)
      : scheduler_(scheduler),
        job_{0, jobGroupOfThisThread ? jobGroupOfThisThread->id : std::string()} {
    std::lock_guard lock(scheduler_.mutex_);
    job_.id = scheduler_.nextJobId_++;
    scheduler_.running_.push_back(&job_);
  }
  ~RunningJob() {
    for (const auto& node : job_.pinned) node->unpinStorage();
    std::vector<std::shared_ptr<NodeBase>> released;
    std::lock_guard lock(scheduler_.mutex_);
    scheduler_.running_.remove(&job_);
    if (!scheduler_.running_.empty()) return;
    released.swap(scheduler_.lineagesToCut_);
    for (const auto& node : released) node->cutLineage();
  }
  RunningJob(const RunningJob&) = delete;
  RunningJob& operator=(const RunningJob&) = delete;

  Job& job() { return job_; }

 private:
  Scheduler& scheduler_;
  Job job_;
};

void Scheduler::run(NodeBase& node, std::span<const int> partitions, const std::string& operation,
                    Body body) {
  const auto always = [] { return true; };
  runWhile(node, partitions, operation, body, always);
}

void Scheduler::runWhile(NodeBase& node, std::span<const int> partitions,
                         const std::string& operation, Body body, FunctionRef<bool()> goOn) {
  context_.checkNotStopped();
  if (context_.pool().onPoolThread())
    throw SparkException(
        "It appears that you are attempting to reference SparkContext from a broadcast variable, "
        "action, or transformation. RDD transformations and actions are run by the driver, not "
        "inside of other transformations. For more information, see SPARK-5063. (" +
        operation + ")");
  {
    RunningJob running(*this);
    prepare(node, running.job());
    runTasks(partitions, running.job(), body, &goOn);
  }
  if (pendingCheckpoints_.load() > 0 && !writingCheckpoint) runCheckpoints(node);
}

void Scheduler::prepare(NodeBase& node, Job& job) {
  // Depth first, so that a shuffle's own inputs are there before it.
  std::unordered_set<const NodeBase*> seen;
  const auto enter = [&](NodeBase& at) {
    at.prepare();
    if (!at.isStored() || !at.pinStorage()) return true;
    job.pinned.push_back(at.shared_from_this());
    return false;
  };
  const std::function<void(NodeBase&)> visit = [&](NodeBase& from) {
    walkNarrow(from, seen, enter, [&](const std::shared_ptr<ShuffleBase>& shuffle) {
      std::unique_lock lock(shuffle->mutex_);
      if (shuffle->done_) return;
      visit(*shuffle->input());
      materialize(*shuffle, job);
      shuffle->done_ = true;
    });
  };
  visit(node);
}

void Scheduler::materialize(ShuffleBase& shuffle, Job& job) {
  const std::shared_ptr<NodeBase> input = shuffle.input();
  std::vector<int> splits(static_cast<size_t>(input->numPartitions()));
  std::iota(splits.begin(), splits.end(), 0);
  shuffle.startMapTasks(static_cast<int>(splits.size()));
  const auto body = [&](TaskContext& task, size_t index) {
    shuffle.runMapTask(splits[index], task);
  };
  runTasks(splits, job, body, nullptr);
}

Status Scheduler::runAttempt(int stage, int partition, size_t index, int attempt, Job& job,
                             Body body) {
  TaskContext task(stage, partition, attempt, context_.nextTaskAttemptId(), &job.cancelled);
  const Scoped<TaskContext*> current(taskOfThisThread, &task);
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
      logWarn("TaskContext",
              "Error in TaskCompletionListener: " + statusOfCurrentException().message());
    }
  }
  return error;
}

void Scheduler::runTasks(std::span<const int> partitions, Job& job, Body body,
                         const FunctionRef<bool()>* goOn) {
  const int stage = context_.nextStageId();
  stagesRun_.fetch_add(1);
  std::mutex mutex;
  Status failure;
  std::atomic<bool> failed{false};
  const auto stop = [&] {
    return failed.load(std::memory_order_relaxed) || job.cancelled.load(std::memory_order_relaxed);
  };

  const std::function<void(size_t)> runTask = [&](size_t index) {
    if (goOn != nullptr && !(*goOn)()) return;
    const int partition = partitions[index];
    for (int attempt = 0; !stop(); ++attempt) {
      const Status error = runAttempt(stage, partition, index, attempt, job, body);
      if (error.ok()) return;
      logWarn("TaskSetManager", "Lost task " + std::to_string(partition) + "." +
                                    std::to_string(attempt) + " in stage " + std::to_string(stage) +
                                    ".0: " + error.message());
      if (attempt + 1 < context_.maxTaskFailures()) continue;
      std::lock_guard lock(mutex);
      if (!failed.exchange(true))
        failure = Status(error.code(),
                         stageFailureMessage(stage, partition, attempt + 1, error.message()));
      return;
    }
  };
  context_.pool().runAll(partitions.size(), runTask);
  if (job.cancelled) throw SparkException(Status::cancelled(job.reason));
  if (!failed) return;
  if (failure.code() == StatusCode::kUserCode) throw SparkTaskException(failure);
  throw SparkException(failure);
}

void Scheduler::setJobGroup(std::optional<JobGroup> group) {
  jobGroupOfThisThread = std::move(group);
}

void Scheduler::cancel(Job& job, std::string reason) {
  if (job.cancelled) return;
  job.reason = "Job " + std::to_string(job.id) + " cancelled " + std::move(reason);
  job.cancelled = true;
}

void Scheduler::cancelJobGroup(const std::string& id) {
  std::lock_guard lock(mutex_);
  for (Job* job : running_) {
    if (job->group == id) cancel(*job, "part of cancelled job group " + id);
  }
}

void Scheduler::cancelAllJobs() {
  std::lock_guard lock(mutex_);
  for (Job* job : running_) cancel(*job, "as part of cancellation of all jobs");
}

void Scheduler::checkpointDone(std::shared_ptr<NodeBase> node) {
  pendingCheckpoints_.fetch_sub(1);
  std::lock_guard lock(mutex_);
  if (running_.empty())
    node->cutLineage();
  else
    lineagesToCut_.push_back(std::move(node));
}

void Scheduler::runCheckpoints(NodeBase& node) {
  // As Spark: of the marked nodes on a path the first one is written, for what lies behind it is
  // not needed any more.
  std::vector<std::shared_ptr<NodeBase>> due;
  std::unordered_set<const NodeBase*> seen;
  std::vector<std::shared_ptr<NodeBase>> starts{node.shared_from_this()};
  const auto enter = [&](NodeBase& at) {
    if (!at.checkpointRequested()) return true;
    due.push_back(at.shared_from_this());
    return false;
  };
  const auto onShuffle = [&](const std::shared_ptr<ShuffleBase>& shuffle) {
    starts.push_back(shuffle->input());
  };
  while (!starts.empty()) {
    const auto start = std::move(starts.back());
    starts.pop_back();
    walkNarrow(*start, seen, enter, onShuffle);
  }
  const Scoped<bool> writing(writingCheckpoint, true);
  for (const auto& each : due) each->runRequestedCheckpoint();
}

}  // namespace spate
