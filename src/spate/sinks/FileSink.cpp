#include "spate/sinks/FileSink.h"

#include <arrow/record_batch.h>

#include <nlohmann/json.hpp>
#include <utility>

#include "spate/base/Logging.h"
#include "spate/types/FilePathUri.h"

namespace spate {
namespace {

using Json = nlohmann::ordered_json;

/// A line of _spark_metadata. Local files have no replicas and Hadoop's block size.
std::string entryOf(const std::string& directory, const WrittenFile& file) {
  return Json{{"path", uriOfFilePath(joinPath(directory, file.name))},
              {"size", file.size},
              {"isDir", false},
              {"modificationTime", file.modificationMillis},
              {"blockReplication", 1},
              {"blockSize", 33554432},
              {"action", "add"}}
      .dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace

FileSink::FileSink(OutputLayout layout, std::shared_ptr<SinkFilesLog> log,
                   std::shared_ptr<FileSystem> files)
    : layout_(std::move(layout)), log_(std::move(log)), files_(std::move(files)) {}

Result<std::unique_ptr<FileSink>> FileSink::make(OutputLayout layout,
                                                 std::shared_ptr<SinkFilesLog> log,
                                                 std::shared_ptr<FileSystem> files) {
  SPATE_ASSIGN_OR_FAIL(layout.directory, filePathOfUser(layout.directory));
  SPATE_FAIL_IF_ERROR(layout.check());
  SPATE_FAIL_IF_ERROR(files->createDirectories(layout.directory));
  return std::unique_ptr<FileSink>(
      new FileSink(std::move(layout), std::move(log), std::move(files)));
}

Result<WriteResult> FileSink::write(BatchId batch, int partition, arrow::RecordBatchReader& rows) {
  WriteResult result;
  result.partition = partition;
  // A batch that was committed before a crash is run again; nothing of it is needed.
  if (log_->latest() >= batch) {
    while (true) {
      std::shared_ptr<arrow::RecordBatch> skipped;
      if (!rows.ReadNext(&skipped).ok() || skipped == nullptr) break;
    }
    result.detail = "[]";
    return result;
  }
  SPATE_ASSIGN_OR_FAIL(const std::vector<WrittenFile> written,
                       writeTask(layout_, partition, randomUuid(), rows, result.rows));
  Json detail = Json::array();
  const std::lock_guard lock(mutex_);
  for (const WrittenFile& file : written) {
    staged_[batch].push_back(file.name);
    detail.push_back(entryOf(layout_.directory, file));
  }
  result.detail = detail.dump(-1, ' ', false, Json::error_handler_t::replace);
  return result;
}

Status FileSink::commit(BatchId batch, const std::vector<WriteResult>& results) {
  if (log_->latest() >= batch) {
    logInfo("files", "Skipping already committed batch " + std::to_string(batch.value));
    return Status::OK();
  }
  std::vector<std::string> entries;
  for (const WriteResult& result : results) {
    const Json detail = Json::parse(result.detail, nullptr, false);
    if (!detail.is_array())
      return Status::internal("not a result of a file sink: " + result.detail);
    for (const Json& entry : detail) entries.push_back(entry.get<std::string>());
  }
  SPATE_RETURN_IF_ERROR(log_->add(batch, entries));
  const std::lock_guard lock(mutex_);
  staged_.erase(batch);
  return Status::OK();
}

void FileSink::abort(BatchId batch) {
  std::vector<std::string> names;
  {
    const std::lock_guard lock(mutex_);
    const auto it = staged_.find(batch);
    if (it == staged_.end()) return;
    names = std::move(it->second);
    staged_.erase(it);
  }
  for (const std::string& name : names) {
    const Status removed = files_->removeAll(joinPath(layout_.directory, name));
    // Readers do not see it either way.
    if (!removed.ok()) logWarn("files", "Could not remove " + name + ": " + removed.message());
  }
}

}  // namespace spate
