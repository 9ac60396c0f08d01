#pragma once

#include <atomic>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "spate/rdd/FunctionRef.h"
#include "spate/rdd/Node.h"

namespace spate {

/// The output of a shuffle: made once, by map tasks, before the tasks that read it.
///
/// Threads: the scheduler sees that the map tasks run once; reading is const.
class ShuffleBase {
 public:
  explicit ShuffleBase(int id) : id_(id) {}
  virtual ~ShuffleBase() = default;

  int id() const { return id_; }
  /// The node that the map tasks read.
  virtual std::shared_ptr<NodeBase> input() const = 0;
  /// Before the first map task; after a failed run too.
  virtual void startMapTasks(int mapTasks) = 0;
  /// Runs map task `split`; a retry replaces what a failed attempt left.
  virtual void runMapTask(int split, TaskContext& task) = 0;

 private:
  friend class Scheduler;
  const int id_;
  std::mutex mutex_;
  bool done_ = false;
};

/// What a thread's jobs belong to: SparkContext.setJobGroup.
struct JobGroup {
  std::string id;
  std::string description;
};

/// Runs jobs: first the map tasks of the shuffles that a node needs and that have not run, then a
/// task for each asked partition. A task that throws is run again, up to
/// RddContext::maxTaskFailures attempts: recomputation from the lineage is the recovery.
///
/// Threads: run() from any thread that is not a task's; the rest from any thread.
class Scheduler {
 public:
  using Body = FunctionRef<void(TaskContext&, size_t)>;

  explicit Scheduler(RddContext& context) : context_(context) {}

  /// Calls body(task, index) for each of `partitions` (index counts within it). `operation` is the
  /// action's name for messages. Throws SparkException ("Job aborted due to stage failure: ...")
  /// when a task has used up its attempts, with the message of its last failure, or when the job
  /// was cancelled.
  void run(NodeBase& node, std::span<const int> partitions, const std::string& operation,
           Body body);

  /// The same, but starts no further task of the last stage once goOn() is false.
  void runWhile(NodeBase& node, std::span<const int> partitions, const std::string& operation,
                Body body, FunctionRef<bool()> goOn);

  /// The group of the calling thread's jobs; none: empty.
  void setJobGroup(std::optional<JobGroup> group);
  /// Running jobs end with "Job N cancelled ..." as soon as their running tasks have ended.
  void cancelJobGroup(const std::string& id);
  void cancelAllJobs();

  /// How many stages (of map tasks or of an action) have been run: shows which shuffles were made.
  int64_t stagesRun() const { return stagesRun_.load(); }

  // Of NodeBase: checkpoints are written behind the job after which they are due.
  void addPendingCheckpoint() { pendingCheckpoints_.fetch_add(1); }
  void checkpointDropped() { pendingCheckpoints_.fetch_sub(1); }
  void checkpointDone(std::shared_ptr<NodeBase> node);

 private:
  struct Job {
    int id;
    std::string group;
    std::atomic<bool> cancelled{false};
    std::string reason{};
    std::vector<std::shared_ptr<NodeBase>> pinned{};
  };
  class RunningJob;

  void prepare(NodeBase& node, Job& job);
  void materialize(ShuffleBase& shuffle, Job& job);
  void runTasks(std::span<const int> partitions, Job& job, Body body,
                const FunctionRef<bool()>* goOn);
  Status runAttempt(int stage, int partition, size_t index, int attempt, Job& job, Body body);
  void cancel(Job& job, std::string reason);
  void runCheckpoints(NodeBase& node);

  RddContext& context_;
  std::atomic<int64_t> stagesRun_{0};
  std::atomic<int> pendingCheckpoints_{0};
  std::mutex mutex_;
  int nextJobId_ = 0;
  std::list<Job*> running_;
  std::vector<std::shared_ptr<NodeBase>> lineagesToCut_;
};

}  // namespace spate
