#include "spate/runtime/BatchLog.h"

#include <fmt/core.h>

#include <utility>

namespace spate {

BatchLog::BatchLog(std::shared_ptr<FileSystem> files, const std::string& directory)
    : files_(std::move(files)), directory_(directory) {}

Result<RecoveredBatches> BatchLog::read() {
  RecoveredBatches recovered;
  if (directory_.empty()) return recovered;
  MetadataLogOptions options;
  options.files = files_;
  options.directory = joinPath(directory_, "commits");
  SPATE_ASSIGN_OR_FAIL(commits_, CommitLog::open(options));
  const std::optional<BatchId> newestCommit = commits_->latestId();
  options.directory = joinPath(directory_, "offsets");
  // The offsets of a committed batch were whole once.
  options.complete = newestCommit;
  SPATE_ASSIGN_OR_FAIL(offsets_, OffsetSeqLog::open(options));

  for (const BatchId id : offsets_->listIds()) {
    SPATE_ASSIGN_OR_FAIL(LoggedBatch batch, logged(id, newestCommit, recovered));
    recovered.history.push_back(std::move(batch));
  }
  SPATE_FAIL_IF_ERROR(checkGoesOn(recovered, newestCommit));
  for (LoggedBatch& batch : recovered.history) {
    if (!newestCommit || batch.batchId != *newestCommit) continue;
    SPATE_ASSIGN_OR_FAIL(const auto commit, commits_->get(batch.batchId));
    for (const auto& [number, millis] : commit->watermarksMs)
      batch.watermarks[number] = timestampOfMillis(millis);
  }
  if (!recovered.history.empty() && recovered.history.back().committed) {
    SPATE_ASSIGN_OR_FAIL(const auto commit, commits_->get(recovered.history.back().batchId));
    recovered.lateWatermark = recovered.evictWatermark;
    recovered.evictWatermark = timestampOfMillis(commit->nextBatchWatermarkMs);
  }
  return recovered;
}

Result<LoggedBatch> BatchLog::logged(BatchId id, std::optional<BatchId> newestCommit,
                                     RecoveredBatches& recovered) {
  SPATE_ASSIGN_OR_FAIL(const std::optional<OffsetSeq> entry, offsets_->get(id));
  LoggedBatch batch;
  batch.batchId = id;
  batch.batchTime = timestampOfMillis(entry->batchTimestampMs);
  batch.committed = newestCommit && id <= *newestCommit;
  for (const std::optional<std::string>& json : entry->offsets)
    batch.endOffsets.push_back(json ? std::optional(Offset(*json)) : std::nullopt);
  recovered.lateWatermark = recovered.evictWatermark;
  recovered.evictWatermark = timestampOfMillis(entry->batchWatermarkMs);
  recovered.conf = {entry->conf.begin(), entry->conf.end()};
  return batch;
}

Status BatchLog::checkGoesOn(const RecoveredBatches& recovered,
                             std::optional<BatchId> newestCommit) const {
  const std::vector<LoggedBatch>& history = recovered.history;
  const BatchId newest = history.empty() ? BatchId{-1} : history.back().batchId;
  if (newestCommit && *newestCommit > newest)
    return Status::corrupt(fmt::format(
        "{} has batch {}, but the newest in {} is {}: entries of the offset log are "
        "missing",
        commits_->directory(), newestCommit->value, offsets_->directory(), newest.value));
  const BatchId firstUncommitted = newestCommit ? newestCommit->next() : BatchId{0};
  if (newest > firstUncommitted)
    return Status::corrupt(fmt::format(
        "{} has batch {}, but {} ends at {}: entries of the commit "
        "log are missing",
        offsets_->directory(), newest.value, commits_->directory(), firstUncommitted.value - 1));
  if (!history.empty() && !history.back().committed && newest.value > 0 && history.size() == 1)
    return Status::corrupt(fmt::format("{} has batch {} but not the one before, where it starts",
                                       offsets_->directory(), newest.value));
  return Status::OK();
}

Status BatchLog::logOffsets(const BatchContext& context, const std::vector<OffsetRange>& ranges,
                            const std::map<std::string, std::string>& conf) {
  if (!offsets_) return Status::OK();
  OffsetSeq entry;
  entry.batchWatermarkMs = millisOf(context.evictWatermark);
  entry.batchTimestampMs = millisOf(context.batchTime);
  entry.conf = {conf.begin(), conf.end()};
  for (const OffsetRange& range : ranges)
    entry.offsets.push_back(range.to ? std::optional(range.to->json()) : std::nullopt);
  return offsets_->add(context.batchId, entry);
}

Status BatchLog::logCommit(const BatchContext& context, Timestamp nextWatermark,
                           const std::map<int64_t, Timestamp>& watermarks) {
  if (!commits_) return Status::OK();
  CommitMetadata commit{millisOf(nextWatermark), std::nullopt};
  for (const auto& [number, reached] : watermarks) commit.watermarksMs[number] = millisOf(reached);
  return commits_->add(context.batchId, commit);
}

Status BatchLog::purgeBelow(BatchId first) {
  if (!offsets_) return Status::OK();
  // Offsets last: a commit without offsets is refused at recovery, the reverse is not.
  SPATE_RETURN_IF_ERROR(commits_->purge(first));
  return offsets_->purge(first);
}

}  // namespace spate
