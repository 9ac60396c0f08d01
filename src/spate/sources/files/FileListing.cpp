#include <algorithm>
#include <set>

#include "spate/sources/files/FileFormat.h"
#include "spate/sources/files/FileScan.h"
#include "spate/sources/files/MomentText.h"
#include "spate/sources/files/PartitionColumns.h"
#include "spate/sources/files/PathGlob.h"
#include "spate/sources/files/SinkLogFiles.h"
#include "spate/types/FilePathUri.h"

namespace spate {
namespace {

struct ListOptions {
  bool isRecursive = false;
  bool ignoresMissing = false;
  std::optional<std::string> nameGlob;
  std::optional<Timestamp> modifiedBefore;
  std::optional<Timestamp> modifiedAfter;
  std::optional<std::string> basePath;
};

/// A file, and the directory from which its partition columns are counted.
struct Found {
  FileInfo info;
  std::string base;
  /// It lies in the directory that was asked for, or is itself what was asked for.
  bool isDirect = false;
};

bool isHidden(std::string_view name) {
  const bool isUnderscored = name.starts_with('_') && name.find('=') == name.npos;
  const bool isMetadata = name == "_metadata" || name == "_common_metadata";
  return (isUnderscored && !isMetadata) || name.starts_with('.') || name.ends_with("._COPYING_");
}

Status pathNotFound(const std::string& path) {
  const std::string uri = "file:" + path;
  return Status::notFound("Path does not exist: " + uri + ".")
      .withErrorClass("PATH_NOT_FOUND", "42K03", {{"path", uri}});
}

Result<std::optional<Timestamp>> timeOption(const OptionMap& options, const std::string& name,
                                            const FileReadSettings& settings) {
  const auto text = options.find(name);
  if (!text) return std::nullopt;
  std::shared_ptr<const TimeZone> zone = settings.zone;
  if (const auto id = options.find("timeZone")) {
    SPATE_ASSIGN_OR_FAIL(zone, TimeZone::make(*id));
  }
  const auto micros = parseTimestampText(*text, *zone);
  if (!micros)
    return failure(Status::invalidArgument(
        "The timestamp provided for the '" + name +
        "' option is invalid. The expected format is 'YYYY-MM-DDTHH:mm:ss', but the provided "
        "timestamp: " +
        *text));
  return Timestamp(Micros(*micros));
}

Result<ListOptions> readOptions(const OptionMap& options, const FileReadSettings& settings) {
  ListOptions result;
  SPATE_ASSIGN_OR_FAIL(result.isRecursive, options.getBool("recursiveFileLookup", false));
  SPATE_ASSIGN_OR_FAIL(result.ignoresMissing,
                       options.getBool("ignoreMissingFiles", settings.ignoreMissingFiles));
  result.nameGlob = options.find("pathGlobFilter");
  SPATE_ASSIGN_OR_FAIL(result.modifiedBefore, timeOption(options, "modifiedBefore", settings));
  SPATE_ASSIGN_OR_FAIL(result.modifiedAfter, timeOption(options, "modifiedAfter", settings));
  if (const auto base = options.find("basePath")) {
    SPATE_ASSIGN_OR_FAIL(result.basePath, filePathOfUser(*base));
  }
  return result;
}

bool passes(const FileInfo& info, const ListOptions& options) {
  if (options.nameGlob && !matchesGlob(*options.nameGlob, fileName(info.path))) return false;
  if (options.modifiedBefore && info.modificationTime >= *options.modifiedBefore) return false;
  return !options.modifiedAfter || info.modificationTime > *options.modifiedAfter;
}

Status listBelow(FileSystem& files, const std::string& directory, const std::string& base,
                 bool isDirect, std::vector<Found>& found) {
  const Result<std::vector<FileInfo>> infos = files.list(directory);
  if (!infos) {
    // The directory went away while it was being listed.
    return infos.error().code() == StatusCode::kNotFound ? Status::OK() : infos.error();
  }
  for (const FileInfo& info : *infos) {
    if (isHidden(fileName(info.path))) continue;
    if (info.isDirectory) {
      SPATE_RETURN_IF_ERROR(listBelow(files, info.path, base, false, found));
    } else {
      found.push_back({info, base, isDirect});
    }
  }
  return Status::OK();
}

Status listRoot(FileSystem& files, const FileInfo& root, const ListOptions& options,
                std::vector<Found>& found) {
  if (!root.isDirectory) {
    found.push_back({root, options.basePath.value_or(parentPath(root.path)), true});
    return Status::OK();
  }
  const std::string base = options.basePath.value_or(root.path);
  SPATE_ASSIGN_OR_RETURN(const auto committed, committedSinkFiles(files, root.path));
  if (!committed) return listBelow(files, root.path, base, true, found);
  for (const FileInfo& info : *committed)
    found.push_back({info, base, parentPath(info.path) == root.path});
  return Status::OK();
}

/// The part of the directory of a file that lies below its base.
std::string_view relativeDirectory(const Found& found, const std::string& directory) {
  std::string_view rest = directory;
  if (!rest.starts_with(found.base)) return {};
  rest.remove_prefix(found.base.size());
  while (rest.starts_with('/')) rest.remove_prefix(1);
  return rest;
}

}  // namespace

Result<FileListing> listFiles(FileSystem& fileSystem, const std::vector<std::string>& paths,
                              const OptionMap& options, const std::optional<DataType>& userSchema,
                              const FileReadSettings& settings) {
  SPATE_ASSIGN_OR_FAIL(const ListOptions listOptions, readOptions(options, settings));
  std::vector<Found> found;
  std::set<std::string> roots;
  for (const std::string& text : paths) {
    SPATE_ASSIGN_OR_FAIL(const std::string path, filePathOfUser(text));
    const Result<FileInfo> itself = fileSystem.stat(path);
    if (itself) {
      if (roots.insert(path).second)
        SPATE_FAIL_IF_ERROR(listRoot(fileSystem, *itself, listOptions, found));
      continue;
    }
    if (itself.error().code() != StatusCode::kNotFound) return failure(itself.error());
    std::vector<FileInfo> expanded;
    if (isGlob(path)) {
      SPATE_ASSIGN_OR_FAIL(expanded, expandGlob(fileSystem, path));
    }
    if (expanded.empty() && !listOptions.ignoresMissing) return failure(pathNotFound(path));
    for (const FileInfo& root : expanded)
      if (roots.insert(root.path).second)
        SPATE_FAIL_IF_ERROR(listRoot(fileSystem, root, listOptions, found));
  }
  std::erase_if(found, [&](const Found& each) { return !passes(each.info, listOptions); });

  std::vector<PartitionTexts> texts;
  bool hasPartitions = false;
  for (const Found& each : found) {
    const std::string directory = parentPath(each.info.path);
    texts.push_back(listOptions.isRecursive ? PartitionTexts()
                                            : partitionTextsOf(relativeDirectory(each, directory)));
    hasPartitions = hasPartitions || !texts.back().empty();
  }
  FileListing listing;
  std::vector<PartitionTexts> kept;
  for (size_t i = 0; i < found.size(); ++i) {
    // Without partitions, what lies deeper is none of the table's.
    if (!hasPartitions && !listOptions.isRecursive && !found[i].isDirect) continue;
    const FileInfo& info = found[i].info;
    listing.files.push_back({info.path, static_cast<int64_t>(info.size), info.modificationTime});
    kept.push_back(std::move(texts[i]));
  }
  SPATE_ASSIGN_OR_FAIL(listing.partitionSchema,
                       resolvePartitions(listing.files, kept, userSchema, settings));
  return listing;
}

}  // namespace spate
