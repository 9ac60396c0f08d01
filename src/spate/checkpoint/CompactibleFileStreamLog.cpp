#include "spate/checkpoint/CompactibleFileStreamLog.h"

#include <algorithm>
#include <utility>

namespace spate {
namespace {

constexpr std::string_view kCompactSuffix = ".compact";

Status checkContent(std::string_view bytes) {
  const std::vector<std::string_view> lines = logLines(bytes);
  if (lines.empty()) return Status::corrupt("Incomplete log file");
  const Result<int> version = logVersion(lines[0], 1);
  if (!version) return version.error();
  // A torn last line is no whole object.
  const bool whole = std::all_of(lines.begin() + 1, lines.end(), [](std::string_view line) {
    return line.starts_with('{') && line.ends_with('}');
  });
  return whole ? Status::OK() : Status::corrupt("Incomplete log file");
}

}  // namespace

Result<std::unique_ptr<CompactibleFileStreamLog>> CompactibleFileStreamLog::open(
    CompactibleFileStreamLogOptions options) {
  if (options.compactInterval < 1)
    return failure(Status::invalidArgument("the compact interval must be at least 1, not " +
                                           std::to_string(options.compactInterval)));
  options.log.check = checkContent;
  SPATE_ASSIGN_OR_FAIL(auto log, MetadataLog::open(options.log));
  std::unique_ptr<CompactibleFileStreamLog> opened(
      new CompactibleFileStreamLog(std::move(options), std::move(log)));
  opened->chooseInterval();
  return opened;
}

/// As Spark does: two compactions say what the interval is; one must be a compaction under the new
/// interval too, and then the interval is the first that fits and is as long as wished.
void CompactibleFileStreamLog::chooseInterval() {
  std::vector<int64_t> compactions;
  for (const BatchId id : log_->listIds()) {
    if (log_->path(id).ends_with(kCompactSuffix)) compactions.push_back(id.value);
  }
  int64_t chosen = options_.compactInterval;
  if (compactions.size() >= 2) {
    chosen = compactions.back() - compactions[compactions.size() - 2];
  } else if (compactions.size() == 1) {
    const int64_t upTo = compactions[0] + 1;
    int64_t divisor = chosen;
    while (divisor < upTo && upTo % divisor != 0) ++divisor;
    chosen = chosen < upTo / 2 && divisor <= upTo / 2 ? divisor : upTo;
  }
  interval_ = static_cast<int>(chosen);
}

Status CompactibleFileStreamLog::add(BatchId batchId, const Entries& entries) {
  Entries written;
  if (isCompaction(batchId)) {
    SPATE_ASSIGN_OR_RETURN(written, entriesUpTo(batchId.previous()));
  }
  written.insert(written.end(), entries.begin(), entries.end());
  if (isCompaction(batchId) && options_.keep)
    std::erase_if(written, [this](const std::string& entry) { return !options_.keep(entry); });
  std::string bytes = "v1";
  for (const std::string& entry : written) {
    if (entry.find_first_of("\r\n") != entry.npos)
      return Status::invalidArgument("an entry must be one line of JSON, not " + entry);
    bytes += '\n';
    bytes += entry;
  }
  return log_->add(batchId, bytes, isCompaction(batchId) ? kCompactSuffix : "");
}

Result<std::optional<CompactibleFileStreamLog::Entries>> CompactibleFileStreamLog::get(
    BatchId batchId) {
  SPATE_ASSIGN_OR_FAIL(const auto bytes, log_->get(batchId));
  if (!bytes) return std::nullopt;
  const std::vector<std::string_view> lines = logLines(*bytes);
  return Entries(lines.begin() + 1, lines.end());
}

Result<CompactibleFileStreamLog::Entries> CompactibleFileStreamLog::all() {
  const std::optional<BatchId> newest = latestId();
  return newest ? entriesUpTo(*newest) : Entries{};
}

Result<CompactibleFileStreamLog::Entries> CompactibleFileStreamLog::entriesUpTo(BatchId last) {
  BatchId first{0};
  for (const BatchId id : log_->listIds()) {
    if (id <= last && log_->path(id).ends_with(kCompactSuffix)) first = id;
  }
  Entries entries;
  for (BatchId id = first; id <= last; id = id.next()) {
    SPATE_ASSIGN_OR_FAIL(auto ofBatch, get(id));
    if (!ofBatch)
      return failure(Status::corrupt(
          log_->path(id) + " doesn't exist (compactInterval: " + std::to_string(interval_) + ")"));
    entries.insert(entries.end(), std::move_iterator(ofBatch->begin()),
                   std::move_iterator(ofBatch->end()));
  }
  return entries;
}

Status CompactibleFileStreamLog::removeExpired(int batchesToRetain, Timestamp modifiedBefore) {
  const std::optional<BatchId> newest = latestId();
  if (!newest) return Status::OK();
  std::optional<BatchId> needed;
  for (const BatchId id : log_->listIds()) {
    if (id.value <= newest->value + 1 - batchesToRetain && log_->path(id).ends_with(kCompactSuffix))
      needed = id;
  }
  if (!needed) return Status::OK();
  for (const BatchId id : log_->listIds()) {
    if (id >= *needed) break;
    SPATE_ASSIGN_OR_RETURN(const FileInfo info, options_.log.files->stat(log_->path(id)));
    if (info.modificationTime > modifiedBefore) break;
    SPATE_RETURN_IF_ERROR(log_->purge(id.next()));
  }
  return Status::OK();
}

}  // namespace spate
