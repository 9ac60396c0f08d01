#include "spate/runtime/FileSourceLog.h"

#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "spate/base/Logging.h"

namespace spate {
namespace {

using Json = nlohmann::ordered_json;

Result<SeenFile> seenFileOf(const std::string& line) {
  const Json json = Json::parse(line, nullptr, false);
  const auto isNumber = [&](const char* key) {
    return json.contains(key) && json[key].is_number_integer();
  };
  if (!json.is_object() || !json.contains("path") || !json["path"].is_string() ||
      !isNumber("timestamp") || !isNumber("batchId"))
    return failure(Status::corrupt("not an entry of a file source's log: " + line));
  return SeenFile{json["path"].get<std::string>(), json["timestamp"].get<int64_t>(),
                  json["batchId"].get<int64_t>()};
}

/// What compactions made superfluous goes after a while; if it cannot, the next one tries again.
void cleanUp(CompactibleFileStreamLog& log, BatchId added, const Clock& clock,
             const FileLogCleanup& cleanup) {
  if (!cleanup.deletes || !log.isCompaction(added)) return;
  const Status status = log.removeExpired(cleanup.batchesToRetain, clock.now() - cleanup.delay);
  if (!status.ok()) logWarn("runtime", "Could not remove old log files: " + status.message());
}

BatchId latestOf(const CompactibleFileStreamLog& log) {
  return log.latestId().value_or(BatchId{-1});
}

}  // namespace

Result<std::shared_ptr<SeenFilesLog>> FileSourceLog::open(CompactibleFileStreamLogOptions options,
                                                          std::shared_ptr<Clock> clock,
                                                          const FileLogCleanup& cleanup) {
  SPATE_ASSIGN_OR_FAIL(auto log, CompactibleFileStreamLog::open(std::move(options)));
  return std::shared_ptr<SeenFilesLog>(
      new FileSourceLog(std::move(log), std::move(clock), cleanup));
}

Status FileSourceLog::add(BatchId id, const std::vector<SeenFile>& files) {
  CompactibleFileStreamLog::Entries entries;
  for (const SeenFile& file : files)
    entries.push_back(
        Json{{"path", file.uri}, {"timestamp", file.timestampMillis}, {"batchId", file.batchId}}
            .dump(-1, ' ', false, Json::error_handler_t::replace));
  SPATE_RETURN_IF_ERROR(log_->add(id, entries));
  cleanUp(*log_, id, *clock_, cleanup_);
  return Status::OK();
}

Result<std::vector<SeenFile>> FileSourceLog::entries(BatchId after, BatchId upTo) {
  std::vector<SeenFile> files;
  for (BatchId id = after.next(); id <= upTo; id = id.next()) {
    SPATE_ASSIGN_OR_FAIL(const auto lines, log_->get(id));
    if (!lines)
      return failure(
          Status::notFound("the log of a file source has no batch " + std::to_string(id.value)));
    for (const std::string& line : *lines) {
      SPATE_ASSIGN_OR_FAIL(SeenFile file, seenFileOf(line));
      // A compaction has those of the batches before it as well.
      if (file.batchId == id.value) files.push_back(std::move(file));
    }
  }
  return files;
}

Result<std::vector<SeenFile>> FileSourceLog::all() {
  SPATE_ASSIGN_OR_FAIL(const auto lines, log_->all());
  std::vector<SeenFile> files;
  for (const std::string& line : lines) {
    SPATE_ASSIGN_OR_FAIL(SeenFile file, seenFileOf(line));
    files.push_back(std::move(file));
  }
  return files;
}

BatchId FileSourceLog::latest() const { return latestOf(*log_); }

Result<std::shared_ptr<SinkFilesLog>> FileSinkLog::open(CompactibleFileStreamLogOptions options,
                                                        std::shared_ptr<Clock> clock,
                                                        const FileLogCleanup& cleanup) {
  SPATE_ASSIGN_OR_FAIL(auto log, CompactibleFileStreamLog::open(std::move(options)));
  return std::shared_ptr<SinkFilesLog>(new FileSinkLog(std::move(log), std::move(clock), cleanup));
}

Status FileSinkLog::add(BatchId batch, const std::vector<std::string>& entries) {
  SPATE_RETURN_IF_ERROR(log_->add(batch, entries));
  cleanUp(*log_, batch, *clock_, cleanup_);
  return Status::OK();
}

BatchId FileSinkLog::latest() const { return latestOf(*log_); }

}  // namespace spate
