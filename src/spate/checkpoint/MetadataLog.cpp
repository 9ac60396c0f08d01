#include "spate/checkpoint/MetadataLog.h"

#include <algorithm>
#include <charconv>

#include "spate/base/Logging.h"
#include "spate/checkpoint/HadoopChecksum.h"

namespace spate {
namespace {

constexpr std::string_view kCompactSuffix = ".compact";

/// The id in "12" or "12.compact".
std::optional<BatchId> idOf(std::string_view name) {
  if (name.ends_with(kCompactSuffix)) name.remove_suffix(kCompactSuffix.size());
  BatchId id;
  const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), id.value);
  if (error != std::errc() || end != name.data() + name.size() || id.value < 0) return std::nullopt;
  return id;
}

Status failedToRead(const std::string& path, std::string_view why) {
  return Status::corrupt("Failed to read log file " + path + ". " + std::string(why));
}

}  // namespace

Result<int> logVersion(std::string_view line, int maxSupported) {
  int version = 0;
  if (line.starts_with('v')) {
    const auto [end, error] = std::from_chars(line.data() + 1, line.data() + line.size(), version);
    if (error != std::errc() || end != line.data() + line.size()) version = 0;
  }
  if (version <= 0)
    return failure(
        Status::corrupt("Log file was malformed: failed to read correct log version from " +
                        std::string(line) + "."));
  if (version > maxSupported)
    return failure(Status::unsupported(
        "UnsupportedLogVersion: maximum supported log version is v" + std::to_string(maxSupported) +
        ", but encountered v" + std::to_string(version) +
        ". The log file was produced by a newer version of Spark and cannot be read by this "
        "version. Please upgrade."));
  return version;
}

std::vector<std::string_view> logLines(std::string_view content) {
  std::vector<std::string_view> lines;
  while (!content.empty()) {
    const size_t end = content.find('\n');
    lines.push_back(content.substr(0, end));
    if (lines.back().ends_with('\r')) lines.back().remove_suffix(1);
    content.remove_prefix(end == content.npos ? content.size() : end + 1);
  }
  return lines;
}

MetadataLog::MetadataLog(MetadataLogOptions options)
    : options_(std::move(options)),
      checksums_(options_.files, joinPath(options_.directory, ".checksums")) {}

Result<std::unique_ptr<MetadataLog>> MetadataLog::open(MetadataLogOptions options) {
  std::unique_ptr<MetadataLog> log(new MetadataLog(std::move(options)));
  SPATE_FAIL_IF_ERROR(log->recover());
  return log;
}

std::string MetadataLog::pathOf(std::string_view name) const {
  return joinPath(options_.directory, name);
}

std::string MetadataLog::path(BatchId batchId) const {
  const auto found = names_.find(batchId);
  return pathOf(found == names_.end() ? std::to_string(batchId.value) : found->second);
}

Status MetadataLog::recover() {
  Result<std::vector<FileInfo>> infos = options_.files->list(options_.directory);
  if (!infos) {
    if (infos.error().code() == StatusCode::kNotFound) return Status::OK();
    return std::move(infos).error();
  }
  for (const FileInfo& info : *infos) {
    const std::string name(fileName(info.path));
    const std::optional<BatchId> id = info.isDirectory ? std::nullopt : idOf(name);
    if (!id) continue;
    // A compaction holds all that the plain file of the same batch holds.
    std::string& kept = names_[*id];
    if (!kept.ends_with(kCompactSuffix)) kept = name;
  }
  SPATE_RETURN_IF_ERROR(checksums_.load());
  SPATE_RETURN_IF_ERROR(checkConsecutive());

  const std::map<BatchId, std::string> found = names_;
  for (const auto& [id, name] : found) {
    SPATE_ASSIGN_OR_RETURN(const std::string bytes, options_.files->readFile(pathOf(name)));
    SPATE_ASSIGN_OR_RETURN(const Health health, examine(name, bytes));
    if (health == Health::kWhole) continue;
    const bool wasComplete = options_.complete && id <= *options_.complete;
    if (id != found.rbegin()->first || wasComplete)
      return failedToRead(pathOf(name), "It is torn, but later batches have built on it.");
    SPATE_RETURN_IF_ERROR(putTornAside(id, name));
  }
  return Status::OK();
}

Status MetadataLog::checkConsecutive() const {
  if (names_.empty()) return Status::OK();
  BatchId expected = names_.begin()->first;
  for (const auto& [id, name] : names_) {
    if (id != expected)
      return Status::corrupt("log file " + pathOf(std::to_string(expected.value)) +
                             " is missing: the log goes from batch " +
                             std::to_string(names_.begin()->first.value) + " to " +
                             std::to_string(names_.rbegin()->first.value));
    expected = expected.next();
  }
  return Status::OK();
}

Result<MetadataLog::Health> MetadataLog::examine(const std::string& name,
                                                 std::string_view bytes) const {
  if (bytes.empty()) return Health::kTorn;
  const std::string path = pathOf(name);
  const std::string sidecarPath = hadoopChecksumPath(path);
  bool vouchedFor = false;
  std::string differs;
  if (const Result<std::string> sidecar = options_.files->readFile(sidecarPath)) {
    const ChecksumVerdict verdict = compareWithHadoopChecksum(bytes, *sidecar);
    vouchedFor = verdict == ChecksumVerdict::kMatches;
    if (verdict == ChecksumVerdict::kDiffers) differs = sidecarPath;
    if (verdict == ChecksumVerdict::kUnusable)
      logWarn("MetadataLog", "ignoring checksum file " + sidecarPath + ": it is torn");
  }
  if (const auto recorded = checksums_.find(name); recorded && !vouchedFor) {
    vouchedFor = *recorded == ChecksumJournal::of(bytes);
    if (!vouchedFor && bytes.size() < recorded->length) return Health::kTorn;
    if (!vouchedFor) differs = checksums_.path();
  }
  if (!vouchedFor && !differs.empty())
    return failure(failedToRead(path, "It does not match its checksum in " + differs + "."));

  Status status = options_.check ? options_.check(bytes) : Status::OK();
  if (status.ok()) return Health::kWhole;
  if (status.code() == StatusCode::kUnsupported || vouchedFor)
    return failure(status.withContext("Failed to read log file " + path));
  return Health::kTorn;
}

Status MetadataLog::putTornAside(BatchId batchId, const std::string& name) {
  logWarn("MetadataLog", "dropping log file " + pathOf(name) + ": its write was torn; batch " +
                             std::to_string(batchId.value) + " counts as never logged");
  names_.erase(batchId);
  if (options_.readOnly) return Status::OK();
  SPATE_RETURN_IF_ERROR(checksums_.forget({name}));
  SPATE_RETURN_IF_ERROR(options_.files->removeAll(hadoopChecksumPath(pathOf(name))));
  return options_.files->rename(pathOf(name), pathOf("." + name + ".torn"));
}

Status MetadataLog::add(BatchId batchId, std::string_view content, std::string_view suffix) {
  const std::string name = std::to_string(batchId.value).append(suffix);
  const std::string target = pathOf(name);
  if (options_.readOnly || batchId.value < 0)
    return Status::invalidArgument("cannot write log file " + target);
  if (names_.contains(batchId)) {
    SPATE_ASSIGN_OR_RETURN(const auto existing, get(batchId));
    if (existing == content) return Status::OK();
    return Status::alreadyExists("log file " + path(batchId) +
                                 " is there already, with another content");
  }
  if (!names_.empty() && batchId != names_.rbegin()->first.next())
    return Status::invalidArgument("log file " + target + " does not follow " +
                                   pathOf(names_.rbegin()->second));
  if (unfinished_ != batchId && options_.files->exists(target))
    return Status::alreadyExists("log file " + target +
                                 " was written by someone else: is another query using the "
                                 "same checkpoint?");
  SPATE_RETURN_IF_ERROR(options_.faults->reach(options_.faultName + ".beforeWrite"));
  // One that belonged to an earlier file of this name would condemn the new one.
  SPATE_RETURN_IF_ERROR(options_.files->removeAll(hadoopChecksumPath(target)));
  if (checksums_.find(name)) SPATE_RETURN_IF_ERROR(checksums_.forget({name}));
  unfinished_ = batchId;  // a write that failed may have left the file: the next try replaces it
  SPATE_RETURN_IF_ERROR(options_.files->writeAtomically(target, content));
  unfinished_.reset();
  names_.emplace(batchId, name);
  checksums_.recorded(name, content);
  return options_.faults->reach(options_.faultName + ".afterWrite");
}

Result<std::optional<std::string>> MetadataLog::get(BatchId batchId) {
  const auto found = names_.find(batchId);
  if (found == names_.end()) return std::nullopt;
  const std::string path = pathOf(found->second);
  Result<std::string> bytes = options_.files->readFile(path);
  if (!bytes && bytes.error().code() == StatusCode::kNotFound)
    return failure(Status::corrupt("log file " + path + " has vanished"));
  if (!bytes) return failure(std::move(bytes).error());
  SPATE_ASSIGN_OR_FAIL(const Health health, examine(found->second, *bytes));
  if (health == Health::kTorn) return failure(failedToRead(path, "It is torn."));
  return std::optional<std::string>(*std::move(bytes));
}

Result<std::optional<MetadataLog::Entry>> MetadataLog::latest() {
  if (names_.empty()) return std::nullopt;
  const BatchId id = names_.rbegin()->first;
  SPATE_ASSIGN_OR_FAIL(auto content, get(id));
  return Entry(id, *std::move(content));
}

std::optional<BatchId> MetadataLog::latestId() const {
  if (names_.empty()) return std::nullopt;
  return names_.rbegin()->first;
}

std::vector<BatchId> MetadataLog::listIds() const {
  std::vector<BatchId> ids;
  ids.reserve(names_.size());
  for (const auto& [id, name] : names_) ids.push_back(id);
  return ids;
}

Status MetadataLog::remove(const std::string& name) {
  SPATE_RETURN_IF_ERROR(options_.files->removeAll(hadoopChecksumPath(pathOf(name))));
  return options_.files->removeAll(pathOf(name));
}

Status MetadataLog::purge(BatchId threshold) {
  while (!names_.empty() && names_.begin()->first < threshold) {
    const std::string name = names_.begin()->second;
    SPATE_RETURN_IF_ERROR(remove(name));
    checksums_.dropped(name);
    names_.erase(names_.begin());
  }
  return Status::OK();
}

Status MetadataLog::purgeAfter(BatchId threshold) {
  std::vector<std::string> going;
  for (auto it = names_.upper_bound(threshold); it != names_.end(); ++it)
    going.push_back(it->second);
  SPATE_RETURN_IF_ERROR(checksums_.forget(going));
  while (!names_.empty() && names_.rbegin()->first > threshold) {
    SPATE_RETURN_IF_ERROR(remove(names_.rbegin()->second));
    names_.erase(std::prev(names_.end()));
  }
  return Status::OK();
}

}  // namespace spate
