#include "spate/sources/FileSource.h"

#include <arrow/type.h>

#include <algorithm>
#include <limits>
#include <nlohmann/json.hpp>
#include <set>
#include <utility>

#include "spate/base/Logging.h"
#include "spate/sources/files/FileFormat.h"
#include "spate/sources/files/FormatErrors.h"
#include "spate/sources/files/PartitionColumns.h"
#include "spate/sources/files/PathGlob.h"
#include "spate/types/ArrowTypes.h"
#include "spate/types/DataTypeJson.h"
#include "spate/types/FilePathUri.h"

namespace spate {
namespace {

using Json = nlohmann::json;

constexpr int64_t kBeforeFirst = -1;

Result<BatchId> idOf(const std::optional<Offset>& offset) {
  if (!offset) return BatchId{kBeforeFirst};
  const Json json = Json::parse(offset->json(), nullptr, false);
  // Spark reads a bare number as well.
  if (json.is_number_integer()) return BatchId{json.get<int64_t>()};
  if (json.is_object() && json.contains("logOffset") && json["logOffset"].is_number_integer())
    return BatchId{json["logOffset"].get<int64_t>()};
  return failure(Status::corrupt("not an offset of a file source: " + offset->json()));
}

Offset offsetOf(BatchId id) { return Offset("{\"logOffset\":" + std::to_string(id.value) + "}"); }

bool isBelow(const std::string& path, const std::string& directory) {
  return path == directory || path.starts_with(directory == "/" ? directory : directory + "/");
}

}  // namespace

FileSource::FileSource(Definition definition, FileStreamOptions options,
                       std::shared_ptr<SeenFilesLog> log, std::shared_ptr<FileSystem> files,
                       std::shared_ptr<arrow::Schema> arrowSchema)
    : definition_(std::move(definition)),
      options_(std::move(options)),
      log_(std::move(log)),
      files_(std::move(files)),
      arrowSchema_(std::move(arrowSchema)) {}

Result<std::unique_ptr<FileSource>> FileSource::make(Definition definition,
                                                     std::shared_ptr<SeenFilesLog> log,
                                                     std::shared_ptr<FileSystem> files) {
  if (findFileFormat(definition.format) == nullptr)
    return failure(dataSourceNotFound(definition.format));
  SPATE_ASSIGN_OR_FAIL(FileStreamOptions options, FileStreamOptions::parse(definition.options));
  SPATE_ASSIGN_OR_FAIL(definition.path, filePathOfUser(definition.path));
  const bool isPattern = isGlob(definition.path) && !files->exists(definition.path);
  if (!isPattern) {
    if (!files->exists(definition.path)) {
      const std::string uri = "file:" + definition.path;
      return failure(Status::notFound("Path does not exist: " + uri + ".")
                         .withErrorClass("PATH_NOT_FOUND", "42K03", {{"path", uri}}));
    }
    if (options.cleanSource == FileStreamOptions::Clean::kArchive &&
        isBelow(options.archiveDirectory, definition.path))
      return failure(Status::invalidArgument(
          "Base archive path should not be in the source path: the archived files would be read "
          "again. Source: " +
          definition.path + ", base archive path: " + options.archiveDirectory));
    if (!definition.options.has("basePath")) definition.options.set("basePath", definition.path);
  }
  SPATE_ASSIGN_OR_FAIL(auto arrowSchema,
                       toArrowSchema(definition.columns.value_or(definition.schema)));
  std::unique_ptr<FileSource> source(new FileSource(std::move(definition), std::move(options),
                                                    std::move(log), std::move(files),
                                                    std::move(arrowSchema)));
  SPATE_ASSIGN_OR_FAIL(const std::vector<SeenFile> seen, source->log_->all());
  for (const SeenFile& file : seen) source->remember(file);
  source->forgetOld();
  return source;
}

std::string FileSource::name() const { return "FileStreamSource[file:" + definition_.path + "]"; }

std::string FileSource::keyOf(const std::string& path) const {
  return options_.fileNameOnly ? std::string(fileName(path)) : path;
}

bool FileSource::isNew(const FileEntry& file) const {
  return millisOf(file.modificationTime) >= oldestTime_ && !seen_.contains(keyOf(file.path));
}

void FileSource::remember(const SeenFile& file) {
  const Result<std::string> path = filePathOfUri(file.uri);
  seen_[keyOf(path.value_or(file.uri))] = file.timestampMillis;
  newestTime_ = std::max(newestTime_, file.timestampMillis);
}

/// By the newest file's time, not by the clock's: what is too old does not depend on when we look.
void FileSource::forgetOld() {
  if (options_.maxFileAge == Millis::max()) return;
  const int64_t oldest = newestTime_ - options_.maxFileAge.count();
  if (oldest <= oldestTime_) return;
  oldestTime_ = oldest;
  std::erase_if(seen_, [&](const auto& entry) { return entry.second < oldestTime_; });
}

Result<std::vector<FileEntry>> FileSource::newFiles() {
  if (!cached_.empty()) return std::exchange(cached_, {});
  OptionMap options = definition_.options;
  // A directory may come and go; partition columns are read in plan().
  options.set("ignoreMissingFiles", "true");
  SPATE_ASSIGN_OR_FAIL(FileListing listing, listFiles(*files_, {definition_.path}, options,
                                                      definition_.schema, definition_.settings));
  std::erase_if(listing.files, [&](const FileEntry& file) { return !isNew(file); });
  std::stable_sort(listing.files.begin(), listing.files.end(),
                   [&](const FileEntry& a, const FileEntry& b) {
                     return options_.latestFirst ? a.modificationTime > b.modificationTime
                                                 : a.modificationTime < b.modificationTime;
                   });
  if (options_.fileNameOnly) {
    std::set<std::string> names;
    std::erase_if(listing.files,
                  [&](const FileEntry& file) { return !names.insert(keyOf(file.path)).second; });
  }
  return std::move(listing.files);
}

/// Takes the files of one entry from the front.
std::vector<FileEntry> FileSource::takeBatch(std::vector<FileEntry>& waiting) const {
  size_t count = waiting.size();
  if (options_.maxFilesPerTrigger) {
    count = std::min(count, static_cast<size_t>(*options_.maxFilesPerTrigger));
  } else if (options_.maxBytesPerTrigger) {
    int64_t bytes = 0;
    count = 0;
    // At least one, or the stream would stand still before a big file.
    while (count < waiting.size() &&
           (count == 0 || bytes + waiting[count].size <= *options_.maxBytesPerTrigger))
      bytes += waiting[count++].size;
  }
  const auto end = waiting.begin() + static_cast<std::ptrdiff_t>(count);
  std::vector<FileEntry> batch(std::move_iterator(waiting.begin()), std::move_iterator(end));
  waiting.erase(waiting.begin(), end);
  return batch;
}

Status FileSource::addEntry(const std::vector<FileEntry>& batch) {
  const BatchId id = log_->latest().next();
  std::vector<SeenFile> files;
  for (const FileEntry& file : batch)
    files.push_back({uriOfFilePath(file.path), millisOf(file.modificationTime), id.value});
  SPATE_RETURN_IF_ERROR(log_->add(id, files));
  for (const SeenFile& file : files) remember(file);
  forgetOld();
  return Status::OK();
}

Result<std::optional<Offset>> FileSource::latestOffset(const std::optional<Offset>& from,
                                                       const ReadLimit& limit) {
  SPATE_ASSIGN_OR_FAIL(const BatchId start, idOf(from));
  BatchId bound{std::numeric_limits<int64_t>::max()};
  if (limit.notBeyond) {
    SPATE_ASSIGN_OR_FAIL(bound, idOf(limit.notBeyond));
  }
  // Entries that no batch has read yet: of a batch that was not logged any more, or of
  // Trigger.AvailableNow.
  const bool hasUnread = log_->latest() > start;
  if (limit.ignoreOwnLimits ? !limit.notBeyond : !hasUnread && start < bound) {
    SPATE_ASSIGN_OR_FAIL(std::vector<FileEntry> waiting, newFiles());
    if (limit.ignoreOwnLimits) {
      while (!waiting.empty()) SPATE_FAIL_IF_ERROR(addEntry(takeBatch(waiting)));
    } else if (!waiting.empty()) {
      const std::vector<FileEntry> batch = takeBatch(waiting);
      SPATE_FAIL_IF_ERROR(addEntry(batch));
      const auto enough = static_cast<double>(batch.size()) * options_.discardCachedInputRatio;
      const bool isCached = !options_.latestFirst && static_cast<double>(waiting.size()) >= enough;
      if (isCached) {
        if (static_cast<int64_t>(waiting.size()) > options_.maxCachedFiles)
          waiting.resize(static_cast<size_t>(options_.maxCachedFiles));
        cached_ = std::move(waiting);
      }
    }
  }
  BatchId end = log_->latest();
  if (!limit.ignoreOwnLimits) end = std::min(end, start.next());
  end = std::max(start, std::min(end, bound));
  if (end.value == kBeforeFirst) return std::optional<Offset>();
  return std::optional(offsetOf(end));
}

Result<std::vector<FileEntry>> FileSource::filesOf(const OffsetRange& range) {
  SPATE_ASSIGN_OR_FAIL(const BatchId after, idOf(range.from));
  SPATE_ASSIGN_OR_FAIL(const BatchId upTo, idOf(range.to));
  SPATE_ASSIGN_OR_FAIL(const std::vector<SeenFile> seen, log_->entries(after, upTo));
  std::vector<FileEntry> files;
  for (const SeenFile& each : seen) {
    FileEntry file;
    SPATE_ASSIGN_OR_FAIL(file.path, filePathOfUri(each.uri));
    file.modificationTime = timestampOfMillis(each.timestampMillis);
    // A file that has gone is an error of its reader, which knows whether to ignore it.
    if (const auto info = files_->stat(file.path)) {
      file.size = static_cast<int64_t>(info->size);
      file.modificationTime = info->modificationTime;
    }
    files.push_back(std::move(file));
  }
  return files;
}

FileScan FileSource::scanOf(std::vector<FileEntry> files, DataType partitionSchema) const {
  FileScan scan;
  scan.format = definition_.format;
  scan.options = definition_.options;
  scan.settings = definition_.settings;
  scan.files = std::move(files);
  std::vector<StructField> fields;
  for (const StructField& field : definition_.schema.fields())
    if (partitionSchema.findField(field.name) == nullptr) fields.push_back(field);
  scan.dataSchema = DataType::structOf(std::move(fields));
  scan.partitionSchema = std::move(partitionSchema);
  return scan;
}

Result<std::vector<Split>> FileSource::plan(const OffsetRange& range) {
  std::vector<Split> splits;
  if (range.empty()) return splits;
  SPATE_ASSIGN_OR_FAIL(std::vector<FileEntry> files, filesOf(range));
  const std::string base = definition_.options.get("basePath", "");
  SPATE_ASSIGN_OR_FAIL(const bool isRecursive,
                       definition_.options.getBool("recursiveFileLookup", false));
  std::vector<PartitionTexts> texts;
  for (const FileEntry& file : files) {
    const std::string directory = parentPath(file.path);
    const bool isInBase = !base.empty() && isBelow(directory, base) && !isRecursive;
    texts.push_back(isInBase ? partitionTextsOf(std::string_view(directory).substr(
                                   std::min(base.size() + 1, directory.size())))
                             : PartitionTexts());
  }
  SPATE_ASSIGN_OR_FAIL(DataType partitionSchema,
                       resolvePartitions(files, texts, definition_.schema, definition_.settings));
  const FileScan scan = scanOf(std::move(files), partitionSchema);
  SPATE_ASSIGN_OR_FAIL(const auto tasks, planFileTasks(scan));
  for (const std::vector<FilePart>& parts : tasks) {
    const Json detail = {{"partitionSchema", toJson(partitionSchema)},
                         {"parts", toJson(parts, partitionSchema)}};
    splits.push_back({static_cast<int>(splits.size()), range,
                      detail.dump(-1, ' ', false, Json::error_handler_t::replace)});
  }
  return splits;
}

Result<std::shared_ptr<arrow::RecordBatchReader>> FileSource::open(const Split& split) {
  return openColumns(split,
                     std::vector<bool>(static_cast<size_t>(arrowSchema_->num_fields()), true));
}

Result<std::shared_ptr<arrow::RecordBatchReader>> FileSource::openColumns(
    const Split& split, const std::vector<bool>& used) {
  const Json detail = Json::parse(split.detail, nullptr, false);
  if (!detail.is_object() || !detail.contains("parts") || !detail.contains("partitionSchema"))
    return failure(Status::corrupt("not a split of a file source: " + split.detail));
  SPATE_ASSIGN_OR_FAIL(DataType partitionSchema,
                       dataTypeFromJson(detail["partitionSchema"].get<std::string>()));
  SPATE_ASSIGN_OR_FAIL(std::vector<FilePart> parts,
                       filePartsFromJson(detail["parts"].get<std::string>(), partitionSchema));
  return openFiles(scanOf({}, std::move(partitionSchema)), std::move(parts),
                   definition_.columns.value_or(definition_.schema), used);
}

Status FileSource::commit(const Offset& end) {
  if (options_.cleanSource == FileStreamOptions::Clean::kOff) return Status::OK();
  SPATE_ASSIGN_OR_RETURN(const BatchId upTo, idOf(end));
  const BatchId after = cleanedTo_.value_or(upTo.previous());
  if (after >= upTo) return Status::OK();
  SPATE_ASSIGN_OR_RETURN(const std::vector<SeenFile> seen, log_->entries(after, upTo));
  for (const SeenFile& file : seen) {
    if (const auto path = filePathOfUri(file.uri)) clean(*path);
  }
  cleanedTo_ = upTo;
  return Status::OK();
}

void FileSource::clean(const std::string& path) {
  Status status;
  if (options_.cleanSource == FileStreamOptions::Clean::kDelete) {
    status = files_->removeAll(path);
  } else {
    const std::string target = options_.archiveDirectory + path;
    status = files_->createDirectories(parentPath(target));
    if (status.ok()) status = files_->rename(path, target);
    // It was moved before a crash.
    if (status.code() == StatusCode::kNotFound) status = Status::OK();
  }
  if (!status.ok())
    logWarn("files", "Fail to remove/archive " + path + ", skipped: " + status.message());
}

}  // namespace spate
