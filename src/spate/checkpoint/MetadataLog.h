#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "spate/base/BatchId.h"
#include "spate/base/FaultPoints.h"
#include "spate/base/FileSystem.h"
#include "spate/base/Status.h"
#include "spate/checkpoint/ChecksumJournal.h"

namespace spate {

struct MetadataLogOptions {
  std::shared_ptr<FileSystem> files = FileSystem::local();
  /// `<checkpoint>/offsets`, `<checkpoint>/commits`, ...
  std::string directory;
  /// Whether a file's content can be read; kUnsupported for that of a newer version. Empty: any.
  std::function<Status(std::string_view)> check;
  /// Batches up to this one are known to be complete elsewhere: their files were once whole, so
  /// that one that looks torn is refused.
  std::optional<BatchId> complete;
  /// Changes nothing: for a log that another query, or Spark, is writing.
  bool readOnly = false;
  /// Reached in add(): "<faultName>.beforeWrite", "<faultName>.afterWrite".
  FaultPoints* faults = &FaultPoints::none();
  std::string faultName = "metadataLog";
};

/// Spark's HDFSMetadataLog: one small file per batch id in a directory; the ids are consecutive.
///
/// In      content of a batch, written once
/// Out     after add() returns it survives a crash, whole or (before it returns) not at all
/// Errors  from open and get: kCorrupt, naming the file, when one in the middle is missing, torn,
///         unreadable or fails a checksum (ours in `.checksums`, or Hadoop's `.N.crc`);
///         kUnsupported when a newer Spark wrote it. The newest file alone may be torn: it is put
///         aside as `.N.torn` with a WARN, and its batch counts as never written.
/// Threads one at a time
class MetadataLog {
 public:
  using Entry = std::pair<BatchId, std::string>;

  /// Reads all files once to check them.
  static Result<std::unique_ptr<MetadataLog>> open(MetadataLogOptions options);

  /// Errors  kAlreadyExists: the batch has another content (the same is ok);
  ///         kInvalidArgument: the id does not follow the newest
  Status add(BatchId batchId, std::string_view content) { return add(batchId, content, ""); }
  /// For the files called `N<suffix>`.
  Status add(BatchId batchId, std::string_view content, std::string_view suffix);

  Result<std::optional<std::string>> get(BatchId batchId);
  Result<std::optional<Entry>> latest();
  std::optional<BatchId> latestId() const;
  /// All ids, ascending.
  std::vector<BatchId> listIds() const;

  /// Removes the batches before `threshold`: history that nobody needs.
  Status purge(BatchId threshold);
  /// Removes the batches after `threshold`, newest first: they may then be added anew.
  Status purgeAfter(BatchId threshold);

  const std::string& directory() const { return options_.directory; }
  std::string path(BatchId batchId) const;

 private:
  enum class Health { kWhole, kTorn };

  explicit MetadataLog(MetadataLogOptions options);

  Status recover();
  Status checkConsecutive() const;
  Result<Health> examine(const std::string& name, std::string_view bytes) const;
  Status putTornAside(BatchId batchId, const std::string& name);
  Status remove(const std::string& name);
  std::string pathOf(std::string_view name) const;

  MetadataLogOptions options_;
  ChecksumJournal checksums_;
  std::map<BatchId, std::string> names_;
  std::optional<BatchId> unfinished_;
};

/// The number behind 'v' in the first line of a log file.
///
/// Errors  Spark's: kCorrupt when it is none, kUnsupported when it is above `maxSupported`
Result<int> logVersion(std::string_view line, int maxSupported);

/// The lines of a log file, without their ends; an empty file has none.
std::vector<std::string_view> logLines(std::string_view content);

}  // namespace spate
