#pragma once

#include <arrow/type_fwd.h>

#include <cstdint>
#include <string>
#include <vector>

#include "spate/base/BatchId.h"
#include "spate/base/Status.h"

namespace spate {

/// What one task wrote: handed back to the sink at commit.
struct WriteResult {
  int partition = 0;
  int64_t rows = 0;
  /// The sink's own text, e.g. the files written.
  std::string detail;
};

/// Where the rows of a batch go, in three verbs.
///
/// In      the rows of each partition of a batch, as Arrow columns
/// Out     after commit(batch) all of them are visible, exactly once; before it none
/// Errors  kDiskFull is retried by the loop (abort, then the whole batch anew); others end the
/// query Threads write() from task threads, different partitions at once; commit() and abort() from
/// the
///         loop's thread when no write is under way
class Sink {
 public:
  virtual ~Sink() = default;

  /// For messages and progress: "MemorySink".
  virtual std::string name() const = 0;

  /// Reads `rows` to its end and stages them. One call is one attempt of a task: if it fails, or
  /// its result is not among those given to commit, nothing of it may become visible.
  virtual Result<WriteResult> write(BatchId batch, int partition,
                                    arrow::RecordBatchReader& rows) = 0;

  /// Makes the batch visible and durable. Idempotent: a batch that was committed before, by this
  /// process or an earlier one, is ok and changes nothing.
  virtual Status commit(BatchId batch, const std::vector<WriteResult>& results) = 0;

  /// Forgets what was staged for `batch`. Also ok for a batch of which nothing is known.
  virtual void abort(BatchId batch) = 0;
};

}  // namespace spate
