#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>

#include "spate/base/FaultPoints.h"
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

/// How the logs of files are kept: Spark's settings.
struct FileLogSettings {
  /// spark.sql.streaming.fileSource.log.compactInterval, fileSink.log.compactInterval
  int compactInterval = 10;
  FileLogCleanup cleanup = {};
  FaultPoints* faults = &FaultPoints::none();
};

/// The logs of seen and of written files in `directory`. They reach
/// sources.beforeWrite and sources.afterWrite, sink.beforeWrite and sink.afterWrite.
Result<std::shared_ptr<SeenFilesLog>> openSeenFilesLog(const std::shared_ptr<FileSystem>& files,
                                                       const std::string& directory,
                                                       const FileLogSettings& settings);
Result<std::shared_ptr<SinkFilesLog>> openSinkFilesLog(const std::shared_ptr<FileSystem>& files,
                                                       const std::string& directory,
                                                       const FileLogSettings& settings);

/// A random UUID, as java.util.UUID makes them.
std::string randomQueryId();

}  // namespace spate
