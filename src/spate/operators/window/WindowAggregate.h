#pragma once

#include <arrow/type_fwd.h>

#include <memory>
#include <vector>

#include "spate/operators/Operator.h"
#include "spate/operators/aggregate/HashAggregate.h"
#include "spate/operators/window/WindowFrames.h"

namespace spate {

/// The aggregate of each row's frame, one value per sorted row; null as soon as `output` wants no
/// more.
///
/// In      frames as SortedPartitions gives them: neither end goes back within a partition
/// Errors  those of the aggregate and its arguments
Result<std::shared_ptr<arrow::Array>> aggregateFrames(const AggregateCall& call,
                                                      const SortedPartitions& sorted,
                                                      const std::vector<RowRange>& frames,
                                                      TaskContext& task, const Output& output);

}  // namespace spate
