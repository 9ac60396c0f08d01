#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "spate/base/Status.h"
#include "spate/checkpoint/MetadataLog.h"

namespace spate {

/// One file of `commits/`: what the next batch needs to know of this one.
struct CommitMetadata {
  int64_t nextBatchWatermarkMs = 0;
  /// By operator, then partition, then store: the unique id of the state that was committed. Given
  /// with Spark's stateStore.checkpointFormatVersion 2; then the file has version 2.
  std::optional<std::map<int64_t, std::vector<std::vector<std::string>>>> stateUniqueIds;
  /// Ours, and read over by Spark: where each of several watermarks is, by its number. Spark begins
  /// them anew after a restart. Written only if there are any.
  std::map<int64_t, int64_t> watermarksMs = {};

  bool operator==(const CommitMetadata&) const = default;

  /// Spark's bytes.
  std::string toBytes() const;
  /// Errors  kCorrupt, kUnsupported (a newer version)
  static Result<CommitMetadata> fromBytes(std::string_view bytes);
};

/// `commits/N`: written when batch N is complete. Verbs, errors and threads are MetadataLog's.
class CommitLog {
 public:
  using Entry = std::pair<BatchId, CommitMetadata>;

  /// `options.check` is set here.
  static Result<std::unique_ptr<CommitLog>> open(MetadataLogOptions options);

  Status add(BatchId batchId, const CommitMetadata& metadata) {
    return log_->add(batchId, metadata.toBytes());
  }
  Result<std::optional<CommitMetadata>> get(BatchId batchId);
  Result<std::optional<Entry>> latest();
  std::optional<BatchId> latestId() const { return log_->latestId(); }
  std::vector<BatchId> listIds() const { return log_->listIds(); }
  Status purge(BatchId threshold) { return log_->purge(threshold); }
  Status purgeAfter(BatchId threshold) { return log_->purgeAfter(threshold); }
  const std::string& directory() const { return log_->directory(); }

 private:
  explicit CommitLog(std::unique_ptr<MetadataLog> log) : log_(std::move(log)) {}
  std::unique_ptr<MetadataLog> log_;
};

}  // namespace spate
