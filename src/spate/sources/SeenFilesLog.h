#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "spate/base/BatchId.h"
#include "spate/base/Status.h"

namespace spate {

/// A file that a stream took: a line of Spark's `sources/S/N`.
struct SeenFile {
  /// "file:///data/a%20b.json"
  std::string uri;
  /// When it was last modified.
  int64_t timestampMillis = 0;
  /// The entry of the log that took it, which is the offset of the source.
  int64_t batchId = 0;

  bool operator==(const SeenFile&) const = default;
};

/// Which files a stream took in which step; it outlives the process. The runtime keeps it in
/// Spark's format; a test in memory.
///
/// Errors  of the file system; kCorrupt
/// Threads one at a time
class SeenFilesLog {
 public:
  virtual ~SeenFilesLog() = default;
  /// `id` follows latest(). On return the entry is there after a crash.
  virtual Status add(BatchId id, const std::vector<SeenFile>& files) = 0;
  /// The files of the entries behind `after`, up to and including `upTo`, in their order.
  virtual Result<std::vector<SeenFile>> entries(BatchId after, BatchId upTo) = 0;
  virtual Result<std::vector<SeenFile>> all() = 0;
  /// Id -1: nothing was added yet.
  virtual BatchId latest() const = 0;
};

}  // namespace spate
