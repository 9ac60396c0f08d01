#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "spate/functions/Function.h"
#include "spate/operators/Operator.h"

namespace spate {

/// One aggregate of a grouping: function(arguments) [FILTER (WHERE filter)].
struct AggregateCall {
  BoundAggregate function;
  std::vector<BoundExpressionPtr> arguments;
  BoundExpressionPtr filter = nullptr;
  bool isDistinct = false;
};

/// Which half of an aggregation an operator does.
enum class AggregateStep : uint8_t {
  /// Rows in, finished groups out.
  kComplete,
  /// Rows in; keys and buffers out: before a shuffle.
  kPartial,
  /// Keys and buffers in, finished groups out.
  kFinal,
};

/// Groups rows by keys in a hash table.
///
/// In      kComplete, kPartial: any rows, `keys` and the calls' arguments are read from them.
///         kFinal: the columns that kPartial puts out; `keys` are its first columns
/// Out     one row per group: the keys, then one column per call, or (kPartial) the fields of its
///         buffer. Without keys there is always one group
/// Errors  those of the functions. isDistinct needs kComplete
std::unique_ptr<Operator> makeHashAggregate(AggregateStep step,
                                            std::vector<BoundExpressionPtr> keys,
                                            std::vector<AggregateCall> calls,
                                            std::shared_ptr<arrow::Schema> schema);

}  // namespace spate
