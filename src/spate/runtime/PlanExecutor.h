#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <vector>

#include "spate/base/TaskPool.h"
#include "spate/operators/PhysicalPlan.h"

namespace spate {

/// Runs physical plans on the slots of a task pool. Chains of operators run as one loop over the
/// batches of a partition; where rows must be spread anew, the rows of a stage are held in memory
/// between the stages.
///
/// Errors  of the operators and leaves; the first one ends the run. kCancelled after cancel()
/// Threads run() from any thread that is not one of the pool's; one run at a time per executor;
///         cancel() from any thread
class PlanExecutor {
 public:
  explicit PlanExecutor(TaskPool& pool) : pool_(pool) {}

  /// All rows, partition by partition.
  Result<std::vector<std::vector<RecordBatchPtr>>> collect(const PhysicalNode& root,
                                                           const RunContext& run);

  /// Calls `consume` once per partition, in tasks of their own, with a task context and a function
  /// that drives the partition's rows into an output.
  using Drive = std::function<Status(TaskContext& task, Output& output)>;
  using Consume = std::function<Status(int partition, TaskContext& task, const Drive& drive)>;
  Status forEachPartition(const PhysicalNode& root, const RunContext& run, const Consume& consume);

  /// Runs all stages but the last, whose tasks come out: one for each partition, to be driven once
  /// each, from any thread, while `root` and `run` live. This executor is not needed for them.
  using Partitions = std::vector<Drive>;
  Result<Partitions> lastStage(const PhysicalNode& root, const RunContext& run) {
    return partitionsOf(root, run);
  }

  void cancel() { cancelled_ = true; }

 private:
  Result<Partitions> partitionsOf(const PhysicalNode& node, const RunContext& run);
  Result<Partitions> inputOf(const PhysicalNode& child, const Distribution& required,
                             const RunContext& run);
  Result<std::vector<std::vector<RecordBatchPtr>>> collectAll(const Partitions& partitions,
                                                              const RunContext& run);
  Result<Partitions> spread(const Partitions& partitions, const Distribution& required,
                            const RunContext& run);
  Status runTasks(size_t count, const std::function<Status(size_t)>& task);

  TaskPool& pool_;
  std::atomic<bool> cancelled_{false};
};

/// The partition of each row: pmod(Murmur3 of the keys, count), as Spark's HashPartitioning.
Result<std::vector<int32_t>> hashPartitions(const std::vector<BoundExpressionPtr>& keys, int count,
                                            const arrow::RecordBatch& batch, EvalContext& context);

}  // namespace spate
