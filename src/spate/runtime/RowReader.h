#pragma once

#include <arrow/type_fwd.h>

#include <cstddef>
#include <memory>
#include <stop_token>

#include "spate/base/Status.h"
#include "spate/base/TaskPool.h"
#include "spate/operators/PhysicalPlan.h"

namespace spate {

/// A batch plan that is run while its rows are read, and what it needs to live so long.
struct ReadablePlan {
  PhysicalNodePtr root;
  RunContext run;
  /// What `root` and `run` point into.
  std::shared_ptr<const void> owner;
};

/// The rows of a plan, partition after partition, as batches of `schema`. All stages but the last
/// run on the pool before this returns. The last one runs on threads of its own, as many as the
/// pool has slots, and at most about `maxBytesAhead` ahead of the reader: a reader that stands
/// still holds up its own plan and takes no slot from streams.
///
/// Errors  of the operators and leaves: here of the stages before the last, of that one out of the
///         reader (spate/types/ArrowStatus.h); kCancelled when `stop` was requested
/// Threads the reader is used by one thread at a time; destroying it ends the plan
Result<std::shared_ptr<arrow::RecordBatchReader>> readRows(TaskPool& pool, ReadablePlan plan,
                                                           std::shared_ptr<arrow::Schema> schema,
                                                           std::stop_token stop,
                                                           size_t maxBytesAhead = size_t{32} << 20);

}  // namespace spate
