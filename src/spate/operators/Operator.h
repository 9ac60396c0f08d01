#pragma once

#include <arrow/type_fwd.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "spate/base/BatchId.h"
#include "spate/base/Status.h"
#include "spate/base/Time.h"
#include "spate/functions/BoundExpression.h"

namespace spate {

using RecordBatchPtr = std::shared_ptr<arrow::RecordBatch>;

class OperatorStates;

enum class OutputMode : uint8_t { kAppend, kUpdate, kComplete };

/// What the operators of one run know of it, and the only way in which they learn it. For a batch
/// query the watermarks are unset and there is no state.
struct RunContext {
  const SessionSettings* settings = nullptr;
  /// The value of current_timestamp().
  Timestamp now{};
  BatchId batchId{0};
  OutputMode outputMode = OutputMode::kAppend;
  /// Rows older than this are late.
  std::optional<Timestamp> lateWatermark;
  /// State older than this may go.
  std::optional<Timestamp> evictWatermark;
  OperatorStates* states = nullptr;
};

/// A task: one partition of one stage of a run. Used by one thread.
class TaskContext {
 public:
  TaskContext(const RunContext& run, int partition, int partitions)
      : run_(run), partition_(partition), partitions_(partitions) {}

  const RunContext& run() const { return run_; }
  int partition() const { return partition_; }
  int partitions() const { return partitions_; }
  /// For expressions; `rowsBefore` as the operator counts it.
  EvalContext evalContext(const arrow::RecordBatch* batch, int64_t rowsBefore = 0) const {
    return {*run_.settings, run_.now, partition_, rowsBefore, batch};
  }

 private:
  const RunContext& run_;
  int partition_;
  int partitions_;
};

/// Where an operator puts its rows.
class Output {
 public:
  virtual ~Output() = default;
  virtual Status push(RecordBatchPtr batch) = 0;
  /// False: more rows would be thrown away (a limit was reached).
  virtual bool wantsMore() const { return true; }
};

/// One step of the river in one partition.
///
/// In      push() for each batch of rows, then endInput() once, also when there were no rows
/// Out     batches of the operator's output schema, from either call
/// Threads made, used and destroyed by one task
class Operator {
 public:
  virtual ~Operator() = default;
  virtual Status push(RecordBatchPtr batch, TaskContext& task, Output& output) = 0;
  virtual Status endInput(TaskContext& task, Output& output) {
    static_cast<void>(task), static_cast<void>(output);
    return Status::OK();
  }
  /// True: push() would throw all further rows away (a limit was reached).
  virtual bool isFull() const { return false; }
};

}  // namespace spate
