#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "spate/base/Clock.h"
#include "spate/base/Time.h"
#include "spate/checkpoint/CompactibleFileStreamLog.h"
#include "spate/sinks/FileSink.h"
#include "spate/sources/SeenFilesLog.h"

namespace spate {

/// What becomes of the files of a log that compactions made superfluous: Spark's settings.
struct FileLogCleanup {
  /// spark.sql.streaming.minBatchesToRetain
  int batchesToRetain = 100;
  /// spark.sql.streaming.fileSource.log.cleanupDelay, fileSink.log.cleanupDelay
  Micros delay = std::chrono::minutes(10);
  /// spark.sql.streaming.fileSource.log.deletion, fileSink.log.deletion
  bool deletes = true;
};

/// The log of a FileSource, `sources/N/`, in Spark's format: a line
/// {"path":"file:///...","timestamp":1,"batchId":0} for each file.
///
/// Threads one at a time
class FileSourceLog final : public SeenFilesLog {
 public:
  static Result<std::shared_ptr<SeenFilesLog>> open(CompactibleFileStreamLogOptions options,
                                                    std::shared_ptr<Clock> clock,
                                                    const FileLogCleanup& cleanup = {});

  Status add(BatchId id, const std::vector<SeenFile>& files) override;
  Result<std::vector<SeenFile>> entries(BatchId after, BatchId upTo) override;
  Result<std::vector<SeenFile>> all() override;
  BatchId latest() const override;

 private:
  FileSourceLog(std::unique_ptr<CompactibleFileStreamLog> log, std::shared_ptr<Clock> clock,
                const FileLogCleanup& cleanup)
      : log_(std::move(log)), clock_(std::move(clock)), cleanup_(cleanup) {}

  const std::unique_ptr<CompactibleFileStreamLog> log_;
  const std::shared_ptr<Clock> clock_;
  const FileLogCleanup cleanup_;
};

/// The log of a FileSink, `_spark_metadata/`, in Spark's format.
///
/// Threads one at a time
class FileSinkLog final : public SinkFilesLog {
 public:
  static Result<std::shared_ptr<SinkFilesLog>> open(CompactibleFileStreamLogOptions options,
                                                    std::shared_ptr<Clock> clock,
                                                    const FileLogCleanup& cleanup = {});

  Status add(BatchId batch, const std::vector<std::string>& entries) override;
  BatchId latest() const override;

 private:
  FileSinkLog(std::unique_ptr<CompactibleFileStreamLog> log, std::shared_ptr<Clock> clock,
              const FileLogCleanup& cleanup)
      : log_(std::move(log)), clock_(std::move(clock)), cleanup_(cleanup) {}

  const std::unique_ptr<CompactibleFileStreamLog> log_;
  const std::shared_ptr<Clock> clock_;
  const FileLogCleanup cleanup_;
};

}  // namespace spate
