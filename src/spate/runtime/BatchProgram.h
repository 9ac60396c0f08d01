#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "spate/base/BatchId.h"
#include "spate/base/Status.h"
#include "spate/base/Time.h"
#include "spate/sources/OffsetSource.h"

namespace spate {

/// Who the running batch is; the only way in which a pipeline learns of time and watermarks.
struct BatchContext {
  BatchId batchId;
  /// DStreams: the multiple of the batch duration that names it. DataFrames: when it was planned.
  Timestamp batchTime{};
  /// Rows older than this are late; the eviction watermark of the batch before.
  Timestamp lateWatermark{};
  /// State older than this may go.
  Timestamp evictWatermark{};
  /// The batch was logged before, by a process that died or in an attempt that failed: same
  /// ranges, same time. Its sinks and state may have been committed already.
  bool replay = false;
};

/// One run of one batch, used once.
///
/// Errors  kDiskFull from run or commitState: abort(), and the same batch is tried again later with
///         a new pipeline. Any other error: abort(), and the loop ends with it. An exception that
///         leaves these functions becomes the Status it carries, else kUserCode
/// Threads run, commitState, abort and the destructor on the loop's thread, in this order; cancel
///         from any thread at any time between construction and destruction
class BatchPipeline {
 public:
  virtual ~BatchPipeline() = default;

  /// Reads, computes and stages the output.
  virtual Status run() = 0;
  /// Makes sinks and state durable. Must be idempotent per batch: after a crash between this and
  /// the commit log, the batch runs again with `replay` set.
  virtual Status commitState() = 0;
  /// Discards what run() staged, after an error in run or commitState or right behind them. What
  /// was committed stays committed.
  virtual void abort() = 0;
  /// Asks run() to return soon, best with kCancelled. May come before run() or after it.
  virtual void cancel() {}

  /// After run(): rows read, for progress reports; empty if it is not counted.
  virtual std::optional<int64_t> numInputRows() const { return std::nullopt; }
  /// After run(): the watermark for the next batch; empty: as it was. It never goes back.
  virtual std::optional<Timestamp> nextWatermark() const { return std::nullopt; }
  /// After run(): where each is, by number, when there are several.
  virtual std::map<int64_t, Timestamp> watermarks() const { return {}; }
};

/// A batch as the logs know it.
struct LoggedBatch {
  BatchId batchId;
  Timestamp batchTime{};
  /// One per source, in the order of sources(); empty where the source had nothing yet.
  std::vector<std::optional<Offset>> endOffsets;
  /// False for at most one, the newest: it will be run (again) with `replay` set.
  bool committed = false;
  /// Of a committed batch: what its pipeline said. Only the newest one has them.
  std::map<int64_t, Timestamp> watermarks = {};
};

/// What the loop runs: a DataFrame query or a DStream application.
///
/// In      the ranges of each batch, chosen by the loop through sources()
/// Out     a pipeline per batch
/// Errors  a non-ok Status or an exception ends the loop; kDiskFull is retried
/// Threads all functions on the thread of the loop, except that recovered(), and sources() before
///         it, run on the thread that calls MicroBatchLoop::start()
class BatchProgram {
 public:
  virtual ~BatchProgram() = default;

  /// Fixed for the life of the program, in this order. The logs know sources by their place.
  virtual std::vector<OffsetSource*> sources() = 0;

  /// Called once before the first batch with all batches that are still in the offset log, oldest
  /// first; empty for a new query and for one without a checkpoint. `conf` is what was logged
  /// with the newest batch, over the configuration given to the loop: it wins.
  virtual Status recovered(const std::vector<LoggedBatch>& history,
                           const std::map<std::string, std::string>& conf) {
    static_cast<void>(history), static_cast<void>(conf);
    return Status::OK();
  }

  /// The pipeline that reads `ranges` (one per source). Called after the ranges were logged; and
  /// again for each further attempt of the same batch.
  virtual Result<std::unique_ptr<BatchPipeline>> pipelineFor(
      const BatchContext& context, const std::vector<OffsetRange>& ranges) = 0;

  /// The batch is in the commit log: what was kept in case of its replay may go. Called again
  /// when it, or forgetting input after it, returned kDiskFull.
  virtual Status batchCommitted(const BatchContext& context) {
    static_cast<void>(context);
    return Status::OK();
  }

  /// After a commit: log files of batches below this are removed. The default is Spark's
  /// spark.sql.streaming.minBatchesToRetain = 100.
  virtual BatchId firstBatchStillNeeded(const BatchContext& context) {
    return {context.batchId.value - 99};
  }

  /// After a commit: the sources may forget all input of batches below this. The default is that
  /// a committed batch is never read again; DStreams with windows keep more.
  virtual BatchId firstInputStillNeeded(const BatchContext& context) {
    return context.batchId.next();
  }

  /// Whether a batch shall run although no source has anything new (the watermark moved). Asked
  /// only under triggers that do not make every tick a batch.
  virtual bool runsWithoutData(const BatchContext& next) {
    static_cast<void>(next);
    return false;
  }
};

}  // namespace spate
