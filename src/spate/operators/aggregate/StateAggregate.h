#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "spate/operators/aggregate/HashAggregate.h"

namespace spate {

struct StateAggregateOptions {
  int64_t operatorId = 0;
  std::vector<StructField> keyFields;
  /// Which key has the watermark: a timestamp, or a window (its end counts).
  std::optional<int> eventTimeKey;
  std::vector<AggregateCall> calls;
  /// Whether the schema of the state says of all buffers that they may be null.
  bool isNullableState = true;
  /// Keys, then results.
  std::shared_ptr<arrow::Schema> schema;
};

/// Merges the partial groups of a batch into what was kept, and puts out, by output mode: update,
/// the groups that changed; complete, all groups; append, the groups that the watermark has passed
/// (their state is let go; so it is in update mode). Groups that are late are dropped and counted.
///
/// In      keys and buffers, as makeHashAggregate(kPartial) puts them out, one partition's keys
/// Kept    key row -> buffer row, Spark's aggregation state format version 2
std::unique_ptr<Operator> makeStateAggregate(const StateAggregateOptions& options,
                                             TaskContext& task);

}  // namespace spate
