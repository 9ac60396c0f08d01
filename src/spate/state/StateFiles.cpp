#include "spate/state/StateFiles.h"

#include <algorithm>
#include <charconv>
#include <optional>

namespace spate {
namespace {

constexpr std::string_view kDelta = ".delta";
constexpr std::string_view kSnapshot = ".snapshot";

/// The number that is all of `text`.
std::optional<int64_t> wholeNumber(std::string_view text) {
  int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value < 0) return std::nullopt;
  return value;
}

Status notThere(const std::string& path, bool isSnapshot) {
  const std::string kind = isSnapshot ? "snapshot" : "delta";
  Status status = Status::notFound("Error reading " + kind + " file " + path +
                                   " of the state store: " + path + " does not exist.");
  status.withErrorClass(isSnapshot ? "CANNOT_LOAD_STATE_STORE.CANNOT_READ_MISSING_SNAPSHOT_FILE"
                                   : "CANNOT_LOAD_STATE_STORE.CANNOT_READ_DELTA_FILE_NOT_EXISTS",
                        "58030", {{"fileToRead", path}, {"clazz", "StateStore"}});
  return status;
}

}  // namespace

std::string StateFiles::path(int64_t version, bool isSnapshot) const {
  return joinPath(directory_, std::to_string(version).append(isSnapshot ? kSnapshot : kDelta));
}

std::string StateFiles::checksumPath(const Entry& entry) const {
  const std::string file = path(entry);
  return joinPath(parentPath(file), "." + std::string(fileName(file)) + ".crc");
}

Result<std::vector<StateFiles::Entry>> StateFiles::list() const {
  std::vector<Entry> entries;
  Result<std::vector<FileInfo>> infos = files_->list(directory_);
  if (!infos) {
    if (infos.error().code() == StatusCode::kNotFound) return entries;
    return failure(std::move(infos).error());
  }
  for (const FileInfo& info : *infos) {
    std::string_view name = fileName(info.path);
    const bool isSnapshot = name.ends_with(kSnapshot);
    if (info.isDirectory || !(isSnapshot || name.ends_with(kDelta))) continue;
    name.remove_suffix(isSnapshot ? kSnapshot.size() : kDelta.size());
    // Temporary files begin with a dot, so they are no numbers.
    if (const auto version = wholeNumber(name))
      entries.push_back({*version, isSnapshot, info.size});
  }
  std::sort(entries.begin(), entries.end());
  return entries;
}

Result<std::vector<StateFiles::Entry>> StateFiles::filesOf(int64_t version,
                                                           const std::vector<Entry>& all,
                                                           int64_t newestSnapshot) const {
  std::vector<Entry> chosen;
  int64_t base = 0;
  for (const Entry& entry : all) {
    if (!entry.isSnapshot || entry.version > std::min(version, newestSnapshot)) continue;
    chosen.assign(1, entry);
    base = entry.version;
  }
  int64_t next = base + 1;
  for (const Entry& entry : all) {
    if (entry.isSnapshot || entry.version < next || entry.version > version) continue;
    if (entry.version != next) break;
    chosen.push_back(entry);
    ++next;
  }
  if (next <= version) return failure(notThere(path(next, false), false));
  return chosen;
}

Result<std::string> StateFiles::read(const Entry& entry) const {
  Result<std::string> bytes = files_->readFile(path(entry));
  if (!bytes && bytes.error().code() == StatusCode::kNotFound)
    return failure(notThere(path(entry), entry.isSnapshot));
  return bytes;
}

Status StateFiles::write(int64_t version, bool isSnapshot, std::string_view bytes) const {
  // Spark would refuse the new content under the checksum of the old.
  SPATE_RETURN_IF_ERROR(files_->removeAll(checksumPath({version, isSnapshot})));
  return files_->writeAtomically(path(version, isSnapshot), bytes);
}

Status StateFiles::remove(const Entry& entry) const {
  SPATE_RETURN_IF_ERROR(files_->removeAll(checksumPath(entry)));
  return files_->removeAll(path(entry));
}

Status checkStateTypes(FileSystem& files, const std::string& storeDirectory,
                       const std::string& keyType, const std::string& valueType, bool mayWrite) {
  // .../<operator>/<partition> or .../<operator>/<partition>/<store>
  const std::string parent = parentPath(storeDirectory);
  std::string path;
  if (wholeNumber(fileName(storeDirectory))) {
    path = joinPath(parent, "_metadata/typed");
  } else if (wholeNumber(fileName(parent))) {
    path = joinPath(parentPath(parent), "_metadata/typed-" + std::string(fileName(storeDirectory)));
  } else {
    path = joinPath(storeDirectory, "_metadata/typed");
  }
  const std::string content = "v1\nkey " + keyType + "\nvalue " + valueType + "\n";
  const Result<std::string> found = files.readFile(path);
  if (found) {
    if (*found == content) return Status::OK();
    return Status::invalidArgument("the state in " + storeDirectory +
                                   " was written with other types (" + path + "):\n" + *found +
                                   "but it is opened with:\n" + content);
  }
  if (found.error().code() != StatusCode::kNotFound) return found.error();
  return mayWrite ? files.writeAtomically(path, content) : Status::OK();
}

}  // namespace spate
