#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "spate/base/FileSystem.h"
#include "spate/checkpoint/CommitLog.h"
#include "spate/checkpoint/OffsetSeqLog.h"
#include "spate/runtime/BatchProgram.h"

namespace spate {

/// What the two logs of a checkpoint say about the batches of a query.
struct RecoveredBatches {
  /// Without gaps, oldest first.
  std::vector<LoggedBatch> history;
  std::map<std::string, std::string> conf;
  /// Of the newest batch in the history if it is uncommitted, else of the batch that follows it.
  Timestamp lateWatermark{};
  Timestamp evictWatermark{};
};

/// The offset log and the commit log of one checkpoint directory, as the loop uses them.
///
/// Kept    `offsets/N` and `commits/N` in Spark's formats
/// Errors  of the file system; kCorrupt; kAlreadyExists when another process logged the same batch
/// Threads the loop's only
class BatchLog {
 public:
  /// An empty `directory`: nothing is kept and all calls are ok.
  BatchLog(std::shared_ptr<FileSystem> files, const std::string& directory);

  /// Opens the logs; to be called before all else.
  Result<RecoveredBatches> read();
  /// May be called again for the same batch after it failed.
  Status logOffsets(const BatchContext& context, const std::vector<OffsetRange>& ranges,
                    const std::map<std::string, std::string>& conf);
  Status logCommit(const BatchContext& context, Timestamp nextWatermark,
                   const std::map<int64_t, Timestamp>& watermarks);
  /// Removes the entries of all batches below `first`.
  Status purgeBelow(BatchId first);

 private:
  Result<LoggedBatch> logged(BatchId id, std::optional<BatchId> newestCommit,
                             RecoveredBatches& recovered);
  Status checkGoesOn(const RecoveredBatches& recovered, std::optional<BatchId> newestCommit) const;

  const std::shared_ptr<FileSystem> files_;
  const std::string directory_;
  std::unique_ptr<OffsetSeqLog> offsets_;
  std::unique_ptr<CommitLog> commits_;
};

}  // namespace spate
