#include "spate/dstream/FileStreamSource.h"

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "spate/base/Logging.h"
#include "spate/dstream/FileUri.h"

namespace spate {
namespace {

constexpr const char* kComponent = "FileInputDStream";

Offset offsetOf(int64_t position) {
  return Offset("{\"logOffset\":" + std::to_string(position) + "}");
}

/// -1 for none.
Result<int64_t> positionOf(const std::optional<Offset>& offset) {
  if (!offset) return -1;
  const auto json = nlohmann::json::parse(offset->json(), nullptr, false);
  if (!json.is_object() || !json.contains("logOffset") || !json["logOffset"].is_number_integer())
    return failure(Status::corrupt("not an offset of a file stream: " + offset->json()));
  return json["logOffset"].get<int64_t>();
}

Duration inWholeBatches(Duration atLeast, Duration batch) {
  const int64_t batches =
      (atLeast.milliseconds() + batch.milliseconds() - 1) / batch.milliseconds();
  return batch * std::max<int64_t>(1, batches);
}

}  // namespace

FileStreamSource::FileStreamSource(FileStreamSourceOptions options)
    : options_(std::move(options)),
      remembered_(inWholeBatches(options_.minRememberDuration, options_.batchDuration)),
      ignoreBefore_(options_.newFilesOnly ? millisOf(options_.clock->now()) : 0) {
  // The log has absolute paths, which must be those that the listing gives.
  options_.directory = std::filesystem::absolute(options_.directory).string();
}

Status FileStreamSource::recover(std::shared_ptr<FileSystem> logFiles, const std::string& directory,
                                 const std::optional<Offset>& end) {
  if (directory.empty()) return Status::OK();
  SPATE_RETURN_IF_ERROR(recoverIgnoreBefore(*logFiles, joinPath(directory, "ignoreBefore")));
  SPATE_ASSIGN_OR_RETURN(const int64_t given, positionOf(end));
  MetadataLogOptions options;
  options.files = std::move(logFiles);
  options.directory = directory;
  options.check = [&](std::string_view content) {
    const auto selection = readLogEntry(directory, content);
    return selection ? Status::OK() : selection.error();
  };
  if (given >= 0) options.complete = BatchId{given};
  SPATE_ASSIGN_OR_RETURN(log_, MetadataLog::open(std::move(options)));
  for (const BatchId id : log_->listIds()) {
    SPATE_ASSIGN_OR_RETURN(const auto content, log_->get(id));
    SPATE_ASSIGN_OR_RETURN(Selection selection, readLogEntry(log_->path(id), *content));
    for (const SelectedFile& file : selection) recentlySelected_[file.path] = file.modifiedMillis;
    selections_.emplace(id.value, std::move(selection));
  }
  if (newest() < given)
    return Status::corrupt("the log " + directory + " ends at " + std::to_string(newest()) +
                           ", but the offset log has a batch with the files of " +
                           std::to_string(given));
  return Status::OK();
}

Status FileStreamSource::recoverIgnoreBefore(FileSystem& files, const std::string& path) {
  if (!options_.newFilesOnly) return Status::OK();
  const auto text = files.readFile(path);
  if (!text && text.error().code() != StatusCode::kNotFound) return text.error();
  if (!text) return files.writeAtomically(path, std::to_string(ignoreBefore_) + "\n");
  const char* const end = text->data() + text->size();
  const auto [rest, error] = std::from_chars(text->data(), end, ignoreBefore_);
  if (error != std::errc() || std::string_view(rest, end) != "\n")
    return Status::corrupt(path + " does not hold a time in milliseconds");
  return Status::OK();
}

Result<std::optional<Offset>> FileStreamSource::latestOffset(const std::optional<Offset>& from,
                                                             const ReadLimit& limit) {
  SPATE_ASSIGN_OR_FAIL(const int64_t position, positionOf(from));
  // Selected by a run that ended before a batch was given them.
  if (newest() > position) return offsetOf(newest());
  Selection found = findNewFiles(Time(limit.batchTime));
  if (found.empty()) return from;
  const int64_t next = position + 1;
  if (log_) SPATE_FAIL_IF_ERROR(log_->add(BatchId{next}, logEntry(next, found)));
  for (const SelectedFile& file : found) recentlySelected_[file.path] = file.modifiedMillis;
  selections_.emplace(next, std::move(found));
  return offsetOf(next);
}

FileStreamSource::Selection FileStreamSource::findNewFiles(Time batchTime) {
  const auto begun = std::chrono::steady_clock::now();
  const int64_t ignoreUpTo = std::max(ignoreBefore_, (batchTime - remembered_).milliseconds());
  std::erase_if(recentlySelected_, [&](const auto& file) { return file.second <= ignoreUpTo; });
  const auto directories = matchDirectories(*options_.files, options_.directory);
  if (!directories) {
    logWarn(kComponent, "Error finding new files under " + options_.directory + ": " +
                            directories.error().message());
    return {};
  }
  if (directories->empty() != directoryIsMissing_) {
    directoryIsMissing_ = directories->empty();
    if (directoryIsMissing_)
      logWarn(kComponent, "No directory to scan: " + options_.directory +
                              ": it does not exist. The stream goes on, and reads it once it does");
    else
      logInfo(kComponent, "The directory is there now: " + options_.directory);
  }
  Selection found;
  for (const std::string& directory : *directories) {
    const Status listed = addNewFilesIn(directory, batchTime, ignoreUpTo, found);
    if (listed.code() == StatusCode::kNotFound)
      logWarn(kComponent, "No directory to scan: " + directory + ": " + listed.message());
    else if (!listed.ok())
      logWarn(kComponent, "Error finding new files under " + directory + ": " + listed.message());
  }
  const auto taken = std::chrono::duration_cast<Millis>(std::chrono::steady_clock::now() - begun);
  if (taken > options_.batchDuration.toMillis())
    logWarn(kComponent, "Time taken to find new files " + std::to_string(taken.count()) +
                            " ms exceeds the batch size. Consider increasing the batch size or "
                            "reducing the number of files in the monitored directories.");
  return found;
}

Status FileStreamSource::addNewFilesIn(const std::string& directory, Time batchTime,
                                       int64_t ignoreUpTo, Selection& found) {
  SPATE_ASSIGN_OR_RETURN(const auto entries, options_.files->list(directory));
  for (const FileInfo& entry : entries) {
    const int64_t modified = millisOf(entry.modificationTime);
    // One that is newer than a late batch belongs to a later one: else it could be forgotten, and
    // taken again, while it is still in the window.
    if (entry.isDirectory || modified <= ignoreUpTo || modified > batchTime.milliseconds())
      continue;
    if (!recentlySelected_.contains(entry.path) && options_.filter(entry.path))
      found.push_back({entry.path, modified});
  }
  return Status::OK();
}

Status FileStreamSource::commit(const Offset& end) {
  SPATE_ASSIGN_OR_RETURN(const int64_t position, positionOf(end));
  const auto isRemembered = [&](const SelectedFile& file) {
    const auto recent = recentlySelected_.find(file.path);
    return recent != recentlySelected_.end() && recent->second == file.modifiedMillis;
  };
  // The newest stays: it tells a restart where the log goes on.
  auto first = selections_.begin();
  while (first != selections_.end() && first->first <= position && first->first < newest() &&
         std::none_of(first->second.begin(), first->second.end(), isRemembered))
    ++first;
  if (first == selections_.begin()) return Status::OK();
  const BatchId kept{first->first};
  selections_.erase(selections_.begin(), first);
  return log_ ? log_->purge(kept) : Status::OK();
}

Result<std::vector<std::string>> FileStreamSource::filesOf(const OffsetRange& range) const {
  SPATE_ASSIGN_OR_FAIL(const int64_t from, positionOf(range.from));
  SPATE_ASSIGN_OR_FAIL(const int64_t to, positionOf(range.to));
  std::vector<std::string> paths;
  for (int64_t i = from + 1; i <= to; ++i) {
    const auto selection = selections_.find(i);
    if (selection == selections_.end())
      return failure(Status::internal(name() + " does not know any more which files belong to " +
                                      offsetOf(i).json()));
    for (const SelectedFile& file : selection->second) paths.push_back(file.path);
  }
  return paths;
}

std::string FileStreamSource::logEntry(int64_t position, const Selection& selection) {
  std::string content = "v1";
  for (const SelectedFile& file : selection)
    content += "\n{\"path\":" + nlohmann::json(fileUri(file.path)).dump() +
               ",\"timestamp\":" + std::to_string(file.modifiedMillis) +
               ",\"batchId\":" + std::to_string(position) + "}";
  return content;
}

Result<FileStreamSource::Selection> FileStreamSource::readLogEntry(const std::string& path,
                                                                   std::string_view content) {
  const auto lines = logLines(content);
  if (lines.empty()) return failure(Status::corrupt(path + ": Incomplete log file"));
  SPATE_FAIL_IF_ERROR([&] {
    const auto version = logVersion(lines[0], 1);
    return version ? Status::OK() : version.error();
  }());
  Selection selection;
  for (size_t i = 1; i < lines.size(); ++i) {
    const auto json = nlohmann::json::parse(lines[i], nullptr, false);
    if (!json.is_object() || !json.contains("path") || !json["path"].is_string() ||
        !json.contains("timestamp") || !json["timestamp"].is_number_integer())
      return failure(Status::corrupt(path + ": not a file's entry: " + std::string(lines[i])));
    SPATE_ASSIGN_OR_FAIL(std::string file, pathOfUri(json["path"].get<std::string>()));
    selection.push_back({std::move(file), json["timestamp"].get<int64_t>()});
  }
  return selection;
}

}  // namespace spate
