#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "spate/runtime/BatchProgram.h"

namespace spate {

/// Where the time of a batch went, under the names of Spark's progress reports.
struct BatchDurations {
  Micros latestOffset{0};   ///< asking the sources how far to read
  Micros walCommit{0};      ///< offset log
  Micros queryPlanning{0};  ///< pipelineFor
  Micros addBatch{0};       ///< run, sinks and state
  Micros commitOffsets{0};  ///< commit log
  Micros triggerExecution{0};

  /// ("latestOffset", ...), ... in Spark's spelling.
  std::vector<std::pair<std::string, Micros>> named() const;
};

/// The report of a finished batch.
struct BatchProgress {
  BatchContext context;
  std::vector<OffsetRange> ranges;  ///< one per source, in the order of sources()
  std::optional<int64_t> numInputRows;
  BatchDurations durations;  ///< summed over all attempts
  int attempts = 1;          ///< more than one: the disk was full
  Timestamp processingStart{};
  Timestamp processingEnd{};

  /// From the time of the batch until it was begun: how far the loop lags behind.
  Micros schedulingDelay() const { return processingStart - context.batchTime; }
  Micros processingDelay() const { return processingEnd - processingStart; }
  Micros totalDelay() const { return processingEnd - context.batchTime; }
};

/// Told of the life of a loop. Exceptions are caught and logged; they do not disturb the loop.
///
/// Threads: the loop's, one call at a time. A listener must not wait for the loop.
class BatchListener {
 public:
  virtual ~BatchListener() = default;

  /// The batch has its ranges, and they are logged (or were before).
  virtual void batchSubmitted(const BatchContext&, const std::vector<OffsetRange>&) {}
  /// An attempt begins; again for each further one.
  virtual void batchStarted(const BatchContext&) {}
  /// The batch is in the commit log.
  virtual void batchCompleted(const BatchProgress&) {}
  /// An attempt failed. `willRetry`: the disk was full, the same batch is tried again.
  virtual void batchFailed(const BatchContext&, const Status&, bool willRetry) {
    static_cast<void>(willRetry);
  }
  /// The loop looked and found nothing to run.
  virtual void nothingNew() {}
  /// The last call: ok when the loop was stopped or its trigger came to an end.
  virtual void loopTerminated(const Status&) {}
};

}  // namespace spate
