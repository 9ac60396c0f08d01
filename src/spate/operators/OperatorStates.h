#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "spate/state/StateStore.h"
#include "spate/types/DataType.h"

namespace spate {

/// What a stateful operator did in one partition of a batch, for progress reports.
struct StateMetrics {
  int64_t rowsTotal = 0;
  int64_t rowsUpdated = 0;
  int64_t rowsRemoved = 0;
  int64_t rowsDroppedByWatermark = 0;
  int64_t memoryBytes = 0;
};

/// The event times that went through a watermark in one partition, in microseconds.
struct EventTimeStats {
  int64_t count = 0;
  int64_t min = 0;
  int64_t max = 0;
  double sum = 0;
};

/// The state of a query's operators, as they reach it. The runtime opens, commits and takes back.
///
/// Threads from the tasks of a batch; different partitions at once
class OperatorStates {
 public:
  virtual ~OperatorStates() = default;

  /// The store of an operator in a partition, at the version before this batch. Uncommitted changes
  /// of an attempt that failed are gone. `keyType` and `valueType` are structs.
  virtual Result<BytesStateStore*> store(int64_t operatorId, int partition, const DataType& keyType,
                                         const DataType& valueType) = 0;
  virtual void report(int64_t operatorId, const StateMetrics& metrics) = 0;
  virtual void reportEventTime(int watermark, Micros delay, const EventTimeStats& stats) = 0;
};

}  // namespace spate
