#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>

#include "spate/base/FileSystem.h"
#include "spate/runtime/FileSourceLog.h"

namespace spate {

/// The checkpoint directory of a query before it starts.
struct StreamCheckpoint {
  /// The query's: the same for all runs from this checkpoint.
  std::string id;
  /// Logged with the newest batch; empty for a new query. Stays as it was over restarts.
  std::map<std::string, std::string> conf;

  /// Reads it, or begins it.
  /// Errors  kCorrupt, naming the file
  static Result<StreamCheckpoint> open(const std::shared_ptr<FileSystem>& files,
                                       const std::string& directory);
};

/// The logs of seen and of written files in `directory`, with Spark's settings.
Result<std::shared_ptr<SeenFilesLog>> openSeenFilesLog(const std::shared_ptr<FileSystem>& files,
                                                       const std::string& directory);
Result<std::shared_ptr<SinkFilesLog>> openSinkFilesLog(const std::shared_ptr<FileSystem>& files,
                                                       const std::string& directory);

/// A random UUID, as java.util.UUID makes them.
std::string randomQueryId();

}  // namespace spate
