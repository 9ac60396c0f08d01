#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "spate/base/FileSystem.h"
#include "spate/base/Status.h"

namespace spate {

/// How many versions a store keeps, and when a snapshot is made of them.
struct StateStoreConf {
  /// spark.sql.streaming.stateStore.minDeltasForSnapshot
  int minDeltasForSnapshot = 10;
  /// spark.sql.streaming.minBatchesToRetain
  int minVersionsToRetain = 100;
  /// A snapshot also waits until the deltas since the last one (or since the first delta, where
  /// there is none yet) have this part of its size, or
  /// until there are ten times minDeltasForSnapshot: a large state that changes little is not
  /// written out again and again. 0: it does not wait.
  double minDeltaShareForSnapshot = 0.25;
};

/// The files of one store's directory: `V.delta`, `V.snapshot`; what is there and what is needed.
///
/// Errors  name the file; kNotFound, kCorrupt carry Spark's CANNOT_LOAD_STATE_STORE conditions
/// Threads one at a time
class StateFiles {
 public:
  struct Entry {
    int64_t version = 0;
    bool isSnapshot = false;
    uint64_t size = 0;
    auto operator<=>(const Entry&) const = default;
  };

  StateFiles(std::shared_ptr<FileSystem> files, std::string directory)
      : files_(std::move(files)), directory_(std::move(directory)) {}

  const std::string& directory() const { return directory_; }
  FileSystem& files() const { return *files_; }
  std::string path(int64_t version, bool isSnapshot) const;
  std::string path(const Entry& entry) const { return path(entry.version, entry.isSnapshot); }

  /// Sorted by version, delta before snapshot. A missing directory has none.
  Result<std::vector<Entry>> list() const;

  /// Of `all`, the files that make up `version`, in the order in which they are read: a snapshot
  /// (unless there is none), then every delta behind it. Snapshots above `newestSnapshot` are
  /// passed over.
  /// Errors  kNotFound, naming the first file that is missing
  Result<std::vector<Entry>> filesOf(int64_t version, const std::vector<Entry>& all,
                                     int64_t newestSnapshot = INT64_MAX) const;

  Result<std::string> read(const Entry& entry) const;
  /// Atomically; also drops a Hadoop checksum file of an earlier content.
  Status write(int64_t version, bool isSnapshot, std::string_view bytes) const;
  Status remove(const Entry& entry) const;

 private:
  std::string checksumPath(const Entry& entry) const;

  std::shared_ptr<FileSystem> files_;
  std::string directory_;
};

/// Remembers which types a store's bytes are of, in the directory of its operator:
/// `<operator>/_metadata/typed` (`typed-<store>` for a named store). The first open writes it.
///
/// Errors  kInvalidArgument: the file names other types; the message has both
Status checkStateTypes(FileSystem& files, const std::string& storeDirectory,
                       const std::string& keyType, const std::string& valueType, bool mayWrite);

}  // namespace spate
