#include "spate/sources/files/SinkLogFiles.h"

#include <charconv>
#include <map>
#include <nlohmann/json.hpp>

#include "spate/types/FilePathUri.h"

namespace spate {
namespace {

using Json = nlohmann::json;

/// By path, in the order of the log.
struct Committed {
  std::vector<std::string> order;
  std::map<std::string, FileInfo> files;
};

Status readEntries(const std::string& path, std::string_view text, Committed& committed) {
  const auto malformed = [&] { return Status::corrupt("not a log of a file sink: " + path); };
  size_t line = 0;
  while (!text.empty()) {
    const size_t newline = text.find('\n');
    const std::string_view entry = text.substr(0, newline);
    text = newline == text.npos ? std::string_view() : text.substr(newline + 1);
    if (line++ == 0) {
      if (entry == "v1") continue;
      return entry.starts_with('v')
                 ? Status::unsupported("the log " + path + " is of version " + std::string(entry))
                 : malformed();
    }
    const Json json = Json::parse(entry, nullptr, false);
    if (!json.is_object() || !json.contains("path") || !json["path"].is_string())
      return malformed();
    SPATE_ASSIGN_OR_RETURN(std::string file, filePathOfUri(json["path"].get<std::string>()));
    if (json.value("action", "add") == "delete") {
      committed.files.erase(file);
      continue;
    }
    FileInfo info;
    info.path = file;
    info.size = json.value("size", uint64_t{0});
    info.modificationTime = timestampOfMillis(json.value("modificationTime", int64_t{0}));
    if (committed.files.emplace(file, info).second) committed.order.push_back(file);
  }
  return line == 0 ? malformed() : Status::OK();
}

}  // namespace

Result<std::optional<std::vector<FileInfo>>> committedSinkFiles(FileSystem& files,
                                                                const std::string& directory) {
  const std::string logDirectory = joinPath(directory, "_spark_metadata");
  const Result<FileInfo> there = files.stat(logDirectory);
  if (!there || !there->isDirectory) return std::nullopt;
  SPATE_ASSIGN_OR_FAIL(const std::vector<FileInfo> infos, files.list(logDirectory));
  std::map<int64_t, std::string> batches;
  std::optional<int64_t> compaction;
  for (const FileInfo& info : infos) {
    std::string_view name = fileName(info.path);
    int64_t id = 0;
    const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), id);
    if (error != std::errc()) continue;
    const std::string_view suffix(end, static_cast<size_t>(name.data() + name.size() - end));
    if (suffix == ".compact") compaction = std::max(compaction.value_or(id), id);
    if (suffix == ".compact" || (suffix.empty() && !batches.contains(id))) batches[id] = info.path;
  }
  Committed committed;
  if (batches.empty()) return std::vector<FileInfo>();
  const int64_t newest = batches.rbegin()->first;
  for (int64_t id = compaction.value_or(0); id <= newest; ++id) {
    const auto it = batches.find(id);
    if (it == batches.end())
      return failure(Status::corrupt(joinPath(logDirectory, std::to_string(id)) +
                                     " doesn't exist when compacting or reading the log"));
    SPATE_ASSIGN_OR_FAIL(const std::string text, files.readFile(it->second));
    SPATE_FAIL_IF_ERROR(readEntries(it->second, text, committed));
  }
  std::vector<FileInfo> result;
  for (const std::string& path : committed.order) {
    const auto it = committed.files.find(path);
    if (it != committed.files.end()) result.push_back(it->second);
  }
  return result;
}

}  // namespace spate
