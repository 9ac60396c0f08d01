#pragma once

#include <memory>
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

/// Runs jobs: first the map tasks of the shuffles that a node needs and that have not run, then a
/// task for each asked partition. A task that throws is run again, up to
/// RddContext::maxTaskFailures attempts: recomputation from the lineage is the recovery.
///
/// Threads: run() from any thread that is not a task's.
class Scheduler {
 public:
  explicit Scheduler(RddContext& context) : context_(context) {}

  /// Calls body(task, index) for each of `partitions` (index counts within it). `operation` is the
  /// action's name for messages. Throws SparkException ("Job aborted due to stage failure: ...")
  /// when a task has used up its attempts, with the message of its last failure.
  void run(NodeBase& node, std::span<const int> partitions, const std::string& operation,
           FunctionRef<void(TaskContext&, size_t)> body);

 private:
  void prepare(NodeBase& node);
  void materialize(ShuffleBase& shuffle);
  void runTasks(std::span<const int> partitions, FunctionRef<void(TaskContext&, size_t)> body);

  RddContext& context_;
};

}  // namespace spate
