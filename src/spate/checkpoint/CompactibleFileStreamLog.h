#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "spate/base/Status.h"
#include "spate/base/Time.h"
#include "spate/checkpoint/MetadataLog.h"

namespace spate {

struct CompactibleFileStreamLogOptions {
  /// `check` is set by the log.
  MetadataLogOptions log;
  /// spark.sql.streaming.fileSource.log.compactInterval, fileSink.log.compactInterval. A log that
  /// was begun with another one keeps to what its `.compact` files allow.
  int compactInterval = 10;
  /// Which entries a compaction keeps; empty: all.
  std::function<bool(std::string_view entry)> keep;
};

/// Spark's CompactibleFileStreamLog: the files that a source read (`sources/N`) or a sink wrote
/// (`_spark_metadata`), a line of JSON each. Every compactInterval-th batch is a file `N.compact`
/// with the entries of all batches up to it, so that the ones before can go.
///
/// Errors, threads: as MetadataLog
class CompactibleFileStreamLog {
 public:
  using Entries = std::vector<std::string>;

  static Result<std::unique_ptr<CompactibleFileStreamLog>> open(
      CompactibleFileStreamLogOptions options);

  /// Errors  kInvalidArgument too: an entry of several lines
  Status add(BatchId batchId, const Entries& entries);
  /// What the batch's file holds: for a compaction, the entries of all batches up to it.
  Result<std::optional<Entries>> get(BatchId batchId);
  /// The entries of all batches, oldest first.
  /// Errors  kCorrupt: the files since the last compaction (or the first batch) are not all there
  Result<Entries> all();
  std::optional<BatchId> latestId() const { return log_->latestId(); }

  /// Removes what the compactions of the newest `batchesToRetain` batches made superfluous and is
  /// older than `modifiedBefore`: readers may still be at it (spark: fileCleanupDelay, 10 min).
  Status removeExpired(int batchesToRetain, Timestamp modifiedBefore);

  int compactInterval() const { return interval_; }
  bool isCompaction(BatchId batchId) const { return (batchId.value + 1) % interval_ == 0; }

 private:
  CompactibleFileStreamLog(CompactibleFileStreamLogOptions options,
                           std::unique_ptr<MetadataLog> log)
      : options_(std::move(options)), log_(std::move(log)) {}

  void chooseInterval();
  Result<Entries> entriesUpTo(BatchId last);

  CompactibleFileStreamLogOptions options_;
  std::unique_ptr<MetadataLog> log_;
  int interval_ = 1;
};

}  // namespace spate
