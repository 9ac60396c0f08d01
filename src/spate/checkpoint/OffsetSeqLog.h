#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "spate/base/Status.h"
#include "spate/checkpoint/MetadataLog.h"

namespace spate {

/// What a batch will read, and under which circumstances: one file of `offsets/`. The names are
/// those of Spark's JSON.
struct OffsetSeq {
  int64_t batchWatermarkMs = 0;
  int64_t batchTimestampMs = 0;
  /// Settings that stay as they were when the query began; in the order in which they are written.
  std::vector<std::pair<std::string, std::string>> conf;
  /// The end offset of each source as its JSON (one line); empty where a source had nothing yet.
  std::vector<std::optional<std::string>> offsets;

  bool operator==(const OffsetSeq&) const = default;

  /// Spark's bytes, version 1.
  /// Errors  kInvalidArgument: an offset of several lines, or one that reads as "-"
  Result<std::string> toBytes() const;
  /// Errors  kCorrupt, kUnsupported (a newer version)
  static Result<OffsetSeq> fromBytes(std::string_view bytes);
};

/// `offsets/N`: written before batch N runs. Verbs, errors and threads are those of MetadataLog.
class OffsetSeqLog {
 public:
  using Entry = std::pair<BatchId, OffsetSeq>;

  /// `options.check` is set here; give `options.complete` = the newest id of the commit log.
  static Result<std::unique_ptr<OffsetSeqLog>> open(MetadataLogOptions options);

  Status add(BatchId batchId, const OffsetSeq& offsets);
  Result<std::optional<OffsetSeq>> get(BatchId batchId);
  Result<std::optional<Entry>> latest();
  std::optional<BatchId> latestId() const { return log_->latestId(); }
  std::vector<BatchId> listIds() const { return log_->listIds(); }
  Status purge(BatchId threshold) { return log_->purge(threshold); }
  Status purgeAfter(BatchId threshold) { return log_->purgeAfter(threshold); }
  const std::string& directory() const { return log_->directory(); }

 private:
  explicit OffsetSeqLog(std::unique_ptr<MetadataLog> log) : log_(std::move(log)) {}
  std::unique_ptr<MetadataLog> log_;
};

}  // namespace spate
