#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "spate/operators/Operator.h"

namespace spate {

struct StateDeduplicateOptions {
  int64_t operatorId = 0;
  bool withinWatermark = false;
  std::vector<StructField> keyFields;
  /// Where the keys stand in the input.
  std::vector<int> keyColumns;
  /// Which key has the watermark, if one has.
  std::optional<int> eventTimeKey;
  /// The column with the watermark, and its delay: for withinWatermark.
  std::optional<int> eventTimeColumn;
  DataType eventTimeType;
  Micros delay{0};
};

/// dropDuplicates on a stream: lets the first row of each key through. Keys that the watermark has
/// passed are forgotten (without an event time among the keys, none ever is). withinWatermark: a
/// key is remembered until the watermark has passed its first row's time plus the delay.
///
/// Kept    key row -> a dummy, or the time of expiry (expiresAtMicros): Spark's formats
std::unique_ptr<Operator> makeStateDeduplicate(const StateDeduplicateOptions& options,
                                               TaskContext& task);

/// The same on a batch: the first row of each key.
std::unique_ptr<Operator> makeDeduplicate(std::vector<BoundExpressionPtr> keys);

}  // namespace spate
