#include "spate/sinks/BatchFileWrite.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>
#include <utility>

#include "spate/base/AsciiCase.h"
#include "spate/types/FilePathUri.h"

namespace spate {
namespace {

using Json = nlohmann::json;

}  // namespace

Result<SaveMode> saveModeOf(const std::string& text) {
  const std::string mode = asciiLower(text);
  if (mode == "error" || mode == "errorifexists" || mode == "default")
    return SaveMode::kErrorIfExists;
  if (mode == "append") return SaveMode::kAppend;
  if (mode == "overwrite") return SaveMode::kOverwrite;
  if (mode == "ignore") return SaveMode::kIgnore;
  return failure(Status::invalidArgument("The specified save mode \"" + text +
                                         "\" is invalid. Valid save modes include \"append\", "
                                         "\"overwrite\", \"ignore\", \"error\", \"errorifexists\", "
                                         "and \"default\".")
                     .withErrorClass("INVALID_SAVE_MODE", "42000", {{"mode", "\"" + text + "\""}}));
}

BatchFileWrite::BatchFileWrite(OutputLayout layout, SaveMode mode,
                               std::shared_ptr<FileSystem> files)
    : directory_(layout.directory),
      mode_(mode),
      files_(std::move(files)),
      uuid_(randomUuid()),
      layout_(std::move(layout)) {
  layout_.directory = joinPath(joinPath(directory_, "_temporary"), uuid_);
}

BatchFileWrite::~BatchFileWrite() { this->abort(); }

Result<std::unique_ptr<BatchFileWrite>> BatchFileWrite::make(OutputLayout layout, SaveMode mode,
                                                             std::shared_ptr<FileSystem> files) {
  SPATE_ASSIGN_OR_FAIL(layout.directory, filePathOfUser(layout.directory));
  SPATE_FAIL_IF_ERROR(layout.check());
  const bool isThere = files->exists(layout.directory);
  if (isThere && mode == SaveMode::kErrorIfExists) {
    const std::string uri = "file:" + layout.directory;
    return failure(Status::alreadyExists("Path " + uri +
                                         " already exists. Set mode as \"overwrite\" to overwrite "
                                         "the existing path.")
                       .withErrorClass("PATH_ALREADY_EXISTS", "42K04", {{"outputPath", uri}}));
  }
  const bool isDynamic =
      asciiLower(layout.options.get("partitionOverwriteMode", "static")) == "dynamic" &&
      !layout.partitionColumns.empty();
  std::unique_ptr<BatchFileWrite> write(
      new BatchFileWrite(std::move(layout), mode, std::move(files)));
  write->isDynamic_ = isDynamic;
  write->isSkipped_ = isThere && mode == SaveMode::kIgnore;
  write->isDone_ = write->isSkipped_;
  return write;
}

Result<WriteResult> BatchFileWrite::write(int partition, arrow::RecordBatchReader& rows) {
  WriteResult result;
  result.partition = partition;
  // Attempts of a task must not write the same file.
  OutputLayout layout = layout_;
  const std::string attempt = randomUuid();
  layout.directory = joinPath(layout_.directory, attempt);
  SPATE_ASSIGN_OR_FAIL(const std::vector<WrittenFile> written,
                       writeTask(layout, partition, uuid_, rows, result.rows));
  Json names = Json::array();
  for (const WrittenFile& file : written) names.push_back(file.name);
  result.detail = Json{{"attempt", attempt}, {"files", names}}.dump(-1, ' ', false,
                                                                    Json::error_handler_t::replace);
  return result;
}

Status BatchFileWrite::removeOld(const std::vector<std::string>& names) {
  if (isDynamic_) {
    std::set<std::string> directories;
    for (const std::string& name : names)
      directories.insert(joinPath(directory_, parentPath(name)));
    for (const std::string& directory : directories)
      SPATE_RETURN_IF_ERROR(files_->removeAll(directory));
    return Status::OK();
  }
  const Result<FileInfo> there = files_->stat(directory_);
  if (there && !there->isDirectory) return files_->removeAll(directory_);
  const Result<std::vector<FileInfo>> old = files_->list(directory_);
  if (!old) return old.error().code() == StatusCode::kNotFound ? Status::OK() : old.error();
  for (const FileInfo& info : *old)
    if (fileName(info.path) != "_temporary") SPATE_RETURN_IF_ERROR(files_->removeAll(info.path));
  return Status::OK();
}

Status BatchFileWrite::commit(const std::vector<WriteResult>& results) {
  if (isDone_) return Status::OK();
  std::vector<std::string> names;
  std::vector<std::string> staged;
  for (const WriteResult& result : results) {
    const Json detail = Json::parse(result.detail, nullptr, false);
    if (!detail.is_object() || !detail.contains("attempt"))
      return Status::internal("not a result of a file write: " + result.detail);
    const std::string attempt = joinPath(layout_.directory, detail["attempt"].get<std::string>());
    for (const Json& name : detail["files"]) {
      names.push_back(name.get<std::string>());
      staged.push_back(joinPath(attempt, names.back()));
    }
  }
  SPATE_RETURN_IF_ERROR(files_->createDirectories(directory_));
  if (mode_ == SaveMode::kOverwrite) SPATE_RETURN_IF_ERROR(removeOld(names));
  for (size_t i = 0; i < names.size(); ++i) {
    const std::string target = joinPath(directory_, names[i]);
    SPATE_RETURN_IF_ERROR(files_->createDirectories(parentPath(target)));
    SPATE_RETURN_IF_ERROR(files_->rename(staged[i], target));
  }
  SPATE_RETURN_IF_ERROR(files_->removeAll(joinPath(directory_, "_temporary")));
  SPATE_RETURN_IF_ERROR(files_->writeAtomically(joinPath(directory_, "_SUCCESS"), ""));
  isDone_ = true;
  return Status::OK();
}

void BatchFileWrite::abort() {
  if (std::exchange(isDone_, true)) return;
  // What stays in _temporary is hidden from readers.
  static_cast<void>(files_->removeAll(layout_.directory));
  const Result<std::vector<FileInfo>> others = files_->list(parentPath(layout_.directory));
  if (others && others->empty())
    static_cast<void>(files_->removeAll(parentPath(layout_.directory)));
}

}  // namespace spate
